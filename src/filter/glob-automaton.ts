/** A character code, or a test of one. */
type Consumed = number | ((code: number) => boolean)
type Edge = { readonly consumed: Consumed; readonly to: number }
/** A set of states that the same text leads to, with the sets that were reached from it, by character code. */
type Reached = { readonly states: readonly number[]; readonly accepts: boolean; readonly next: Map<number, Reached> }

/**
 * A nondeterministic automaton that is made deterministic while it runs: each set of states is worked out once a character,
 * so that a text costs one look-up a character. Sets are forgotten when there are too many: time stays linear in the text.
 */
export class GlobAutomaton {
  readonly #edges: Edge[][] = []
  readonly #empty: number[][] = []
  readonly start = this.state()
  #end = this.start
  #known = new Map<string, Reached>()
  #transitions = 0

  state(): number {
    this.#edges.push([])
    return this.#empty.push([]) - 1
  }

  /** Reaches `to` from `from` without a character. */
  link(from: number, to: number): void {
    this.#empty[from]?.push(to)
  }

  /** A state of its own that `from` reaches without a character. */
  branch(from: number): number {
    const state = this.state()
    this.link(from, state)
    return state
  }

  /** The state one character further. */
  step(from: number, consumed: Consumed): number {
    const state = this.state()
    this.#edges[from]?.push({ consumed, to: state })
    return state
  }

  /** The state after any number of such characters. */
  loop(from: number, consumed: Consumed): number {
    const state = this.branch(from)
    this.#edges[state]?.push({ consumed, to: state })
    return state
  }

  /** The state after any number of components, each with its slash. */
  components(from: number, inside: Consumed): number {
    const state = this.branch(from)
    const within = this.loop(state, inside)
    this.#edges[within]?.push({ consumed: 0x2f, to: state })
    return this.branch(state)
  }

  accept(state: number): void {
    this.#end = state
  }

  matches(text: string): boolean {
    let reached = this.#reached([this.start])
    for (let at = 0; at < text.length && reached.states.length > 0; at++) {
      const code = text.charCodeAt(at)
      reached = reached.next.get(code) ?? this.#advance(reached, code)
    }
    return reached.accepts
  }

  #advance(from: Reached, code: number): Reached {
    const targets: number[] = []
    for (const state of from.states) {
      for (const { consumed, to } of this.#edges[state] ?? []) {
        if (typeof consumed === 'number' ? consumed === code : consumed(code)) targets.push(to)
      }
    }
    if (++this.#transitions > MOST_TRANSITIONS) {
      this.#known = new Map()
      this.#transitions = 0
    }
    const reached = this.#reached(targets)
    from.next.set(code, reached)
    return reached
  }

  /** These states and all that they reach without a character. */
  #reached(states: readonly number[]): Reached {
    const all = new Set(states)
    for (const state of all) for (const to of this.#empty[state] ?? []) all.add(to)
    const sorted = [...all].sort((a, b) => a - b)
    const key = sorted.join()
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const reached = { states: sorted, accepts: all.has(this.#end), next: new Map() }
    this.#known.set(key, reached)
    return reached
  }
}

/** Some megabytes of sets; a glob that people write needs a few hundred. */
const MOST_TRANSITIONS = 20_000
