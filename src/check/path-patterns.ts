import type { MergedTree } from '../overlay/merged-tree.ts'
import type { PathId } from '../overlay/path-table.ts'
import { ROOT_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'

/** A directory or file by its path: `*` stands for one component, `**` at the start for any directories. */
export type PathPattern<Kind> = { readonly path: string; readonly kind: Kind }

/** The kind of no pattern. */
export const NO_KIND = 0

type Position = { readonly next: Map<string, Position>; any?: Position; kind: number }

/** States of a match, each the set of places in the patterns that a path has come to. */
type State = { readonly positions: readonly Position[]; readonly kind: number; readonly steps: Map<string, number> }

/**
 * Which pattern each path of a tree is at or below, one number a path: the kind's index in `kinds`, `NO_KIND` for none. A path below a
 * match has its kind unless another pattern matches there. One pass over the path table in small steps, a map lookup a path, whatever the
 * number of patterns: parents have smaller identifiers than their children, so a path goes on from its parent's state.
 */
export class PathPatterns<Kind> {
  /** Element 0 is no kind. */
  readonly kinds: readonly (Kind | undefined)[]
  readonly #states: State[] = []
  readonly #known = new Map<string, number>()
  readonly #ids = new Map<Position, number>()
  readonly #anywhere: Position = { next: new Map(), kind: NO_KIND }

  constructor(patterns: readonly PathPattern<Kind>[]) {
    const kinds = [...new Set(patterns.map(({ kind }) => kind))]
    this.kinds = [undefined, ...kinds]
    const root: Position = { next: new Map(), kind: NO_KIND }
    for (const { path, kind } of patterns) {
      const components = path.split('/')
      const deep = components[0] === '**'
      let position = deep ? this.#anywhere : root
      for (const component of deep ? components.slice(1) : components) position = step(position, component)
      position.kind = kinds.indexOf(kind) + 1
    }
    this.#state([root, this.#anywhere], NO_KIND)
  }

  *steps({ paths }: MergedTree): Steps<Uint8Array> {
    const states = new Uint32Array(paths.count + 1)
    const kinds = new Uint8Array(paths.count + 1)
    for (let path: PathId = ROOT_PATH + 1; path <= paths.count; path++) {
      if (path % STEP === 0) yield
      const state = this.#step(states[paths.parent(path)] ?? 0, paths.name(path))
      states[path] = state
      kinds[path] = this.#states[state]?.kind ?? NO_KIND
    }
    return kinds
  }

  #step(from: number, name: string): number {
    const state = this.#states[from]
    if (state === undefined) return 0
    const hasName = state.positions.some(({ next }) => next.has(name))
    // Names that no pattern has at this place all lead to one state: the maps do not grow with an image.
    const key = hasName ? name : ''
    const known = state.steps.get(key)
    if (known !== undefined) return known
    const positions = state.positions.flatMap(({ next, any }) => [
      ...(hasName && next.has(name) ? [next.get(name) as Position] : []),
      ...(any === undefined ? [] : [any]),
    ])
    const kind = positions.find(each => each.kind !== NO_KIND)?.kind ?? state.kind
    const to = this.#state([...new Set([...positions, this.#anywhere])], kind)
    state.steps.set(key, to)
    return to
  }

  #state(positions: readonly Position[], kind: number): number {
    const key = `${kind}:${positions.map(position => this.#id(position)).join()}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const state = this.#states.push({ positions, kind, steps: new Map() }) - 1
    this.#known.set(key, state)
    return state
  }

  #id(position: Position): number {
    const known = this.#ids.get(position) ?? this.#ids.size
    this.#ids.set(position, known)
    return known
  }
}

function step(position: Position, component: string): Position {
  const next = component === '*' ? position.any : position.next.get(component)
  if (next !== undefined) return next
  const made: Position = { next: new Map(), kind: NO_KIND }
  if (component === '*') position.any = made
  else position.next.set(component, made)
  return made
}
