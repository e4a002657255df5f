import { GlobAutomaton } from './glob-automaton.ts'

/**
 * A matcher for `*` and `?` (within one component of a path), `**` (any number of components), `[a-z]` `[!a-z]`, `{a,b}` and
 * `\` before a character that stands for itself. Every other character stands for itself too, as do brackets and braces
 * that are not closed. Names that begin with a dot are matched as all others.
 *
 * Time is linear in the text, whatever the glob: names and globs come from strangers, and an expression that backtracks
 * needs hours for a glob such as `*lib*lib*.so` over one long name (issue 18).
 */
export function compileGlob(glob: string, { nocase = false }: { readonly nocase?: boolean } = {}): (text: string) => boolean {
  const parser = new GlobParser(nocase ? glob.toLowerCase() : glob)
  const automaton = parser.automaton()
  return text => automaton.matches(nocase ? text.toLowerCase() : text)
}

/** Braces nested deeper stand for themselves: the parser calls itself for each. */
const DEEPEST_BRACES = 50

class GlobParser {
  readonly #glob: string
  readonly #closing: ReadonlyMap<number, readonly number[]>
  readonly #automaton = new GlobAutomaton()

  constructor(glob: string) {
    this.#glob = glob
    this.#closing = bracesOf(glob)
  }

  automaton(): GlobAutomaton {
    this.#automaton.accept(this.#part(0, this.#glob.length, this.#automaton.start))
    return this.#automaton
  }

  /** Adds what lies between two offsets behind state `from`; the state that is reached after it. */
  #part(begin: number, end: number, from: number): number {
    let state = from
    for (let at = begin; at < end; ) [state, at] = this.#one(at, end, state)
    return state
  }

  #one(at: number, end: number, from: number): [state: number, next: number] {
    const letter = this.#glob[at] ?? ''
    if (letter === '*') return this.#stars(at, end, from)
    if (letter === '?') return [this.#automaton.step(from, notSlash), at + 1]
    if (letter === '[') return this.#class(at, end, from)
    const marks = letter === '{' ? this.#closing.get(at) : undefined
    if (marks !== undefined) return [this.#choice(at, marks, from), (marks.at(-1) ?? at) + 1]
    const escaped = letter === '\\' && at + 1 < end ? at + 1 : at
    return [this.#automaton.step(from, this.#glob.charCodeAt(escaped)), escaped + 1]
  }

  #stars(at: number, end: number, from: number): [state: number, next: number] {
    let next = at
    while (next < end && this.#glob[next] === '*') next++
    const opens = at === 0 || this.#glob[at - 1] === '/'
    const rest = this.#glob[next]
    const automaton = this.#automaton
    if (next - at < 2 || !opens || (rest !== undefined && rest !== '/')) return [automaton.loop(from, notSlash), next]
    if (rest === undefined) return [automaton.loop(from, anything), next]
    return [automaton.components(from, notSlash), next + 1]
  }

  #class(at: number, end: number, from: number): [state: number, next: number] {
    const negated = '!^'.includes(this.#glob[at + 1] ?? ' ')
    const begin = negated ? at + 2 : at + 1
    // A bracket that comes first is a member.
    const close = this.#glob.indexOf(']', begin + 1)
    if (close === -1 || close >= end) return [this.#automaton.step(from, this.#glob.charCodeAt(at)), at + 1]
    const ranges = rangesOf(this.#glob.slice(begin, close))
    const test = (code: number) => code !== SLASH && ranges.some(([low, high]) => low <= code && code <= high) !== negated
    return [this.#automaton.step(from, test), close + 1]
  }

  #choice(open: number, marks: readonly number[], from: number): number {
    const after = this.#automaton.state()
    let begin = open + 1
    for (const mark of marks) {
      this.#automaton.link(this.#part(begin, mark, this.#automaton.branch(from)), after)
      begin = mark + 1
    }
    return after
  }
}

const SLASH = 0x2f
const notSlash = (code: number) => code !== SLASH
const anything = () => true

/** Where the commas and the end of each brace lie that is closed and has a comma, by the offset at which it opens. */
function bracesOf(glob: string): ReadonlyMap<number, readonly number[]> {
  const found = new Map<number, readonly number[]>()
  const open: { at: number; commas: number[] }[] = []
  for (let at = 0; at < glob.length; at++) {
    const letter = glob[at]
    if (letter === '\\') at++
    else if (letter === '{') open.push({ at, commas: [] })
    else if (letter === ',') open.at(-1)?.commas.push(at)
    else if (letter === '}') {
      const brace = open.pop()
      if (brace !== undefined && brace.commas.length > 0 && open.length < DEEPEST_BRACES)
        found.set(brace.at, [...brace.commas, at])
    }
  }
  return found
}

function rangesOf(members: string): readonly (readonly [low: number, high: number])[] {
  const ranges: [number, number][] = []
  for (let at = 0; at < members.length; at++) {
    const low = members.charCodeAt(at)
    const isRange = members[at + 1] === '-' && at + 2 < members.length
    ranges.push([low, isRange ? members.charCodeAt(at + 2) : low])
    if (isRange) at += 2
  }
  return ranges
}
