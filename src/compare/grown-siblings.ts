import type { FilePath } from '../layer/file-path.ts'
import { NO_PATH, type PathId, type PathTable } from '../overlay/path-table.ts'
import { sortSteps } from '../overlay/sort-steps.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { ClassMask } from './change-class.ts'

/** A path of either tree at or below which something differs. */
export type GrownPath = {
  readonly path: FilePath
  /** Where it is in A's and B's tables of paths; `NO_PATH` where no layer mentions it. */
  readonly before: PathId
  readonly after: PathId
  /** Whether either tree has a directory there. */
  readonly isDirectory: boolean
  /** Content bytes that B has more, at the path and below. */
  readonly delta: number
  /** Rows at the path and below. */
  readonly rows: number
  /** How many of them differ in nothing but owner, mode, time and xattrs, and in which of these. */
  readonly quiet: number
  readonly quietMask: ClassMask
}

/** Children of one directory in the order they are shown; each is made when it is asked for. */
export type GrownList = Iterable<GrownPath> & {
  readonly length: number
  /** How many of them are files that differ in nothing but owner, mode, time and xattrs, and in which of these. */
  readonly quiet: { readonly count: number; readonly mask: ClassMask }
}

/** Children by their places in A's and B's tables of paths, `NO_PATH` where a table lacks one. */
type Siblings = { readonly before: Uint32Array; readonly after: Uint32Array }

/** All that either table has below `parent`, the most bytes either way first, then by name; in small steps. */
export function* siblingsOf(
  tables: { readonly a: PathTable; readonly b: PathTable },
  parent: Pick<GrownPath, 'before' | 'after'>,
  bytesAt: (before: PathId, after: PathId) => number,
): Steps<Siblings> {
  const { a, b } = tables
  if (parent.before !== NO_PATH) yield* a.ordering(parent.before)
  if (parent.after !== NO_PATH) yield* b.ordering(parent.after)
  const [before, after]: [PathId[], PathId[]] = [[], []]
  let left = parent.before === NO_PATH ? NO_PATH : a.firstInOrder(parent.before)
  let right = parent.after === NO_PATH ? NO_PATH : b.firstInOrder(parent.after)
  while (left !== NO_PATH || right !== NO_PATH) {
    const order = left === NO_PATH ? 1 : right === NO_PATH ? -1 : a.compareName(left, b, right)
    before.push(order <= 0 ? left : NO_PATH)
    if (after.push(order >= 0 ? right : NO_PATH) % STEP === 0) yield
    if (order <= 0) left = a.nextInOrder(left)
    if (order >= 0) right = b.nextInOrder(right)
  }
  const bytes = new Float64Array(before.length)
  const places = new Uint32Array(before.length)
  for (let place = 0; place < places.length; place++) {
    if (place % STEP === 0) yield
    places[place] = place
    bytes[place] = Math.abs(bytesAt(before[place] ?? NO_PATH, after[place] ?? NO_PATH))
  }
  // Places with the same bytes stay in the order of names.
  const sorted = yield* sortSteps(places, (one, other) => (bytes[other] ?? 0) - (bytes[one] ?? 0))
  return { before: sorted.map(place => before[place] ?? NO_PATH), after: sorted.map(place => after[place] ?? NO_PATH) }
}

/** Those of the children that `keep` wants, in small steps. */
export function* listOf(
  { before, after }: Siblings,
  keep: (before: PathId, after: PathId) => boolean,
  quietAt: (before: PathId, after: PathId) => ClassMask,
  make: (before: PathId, after: PathId) => GrownPath,
): Steps<GrownList> {
  const kept: number[] = []
  let [count, mask] = [0, 0]
  for (let place = 0; place < before.length; place++) {
    if (place % STEP === 0) yield
    const [mine = NO_PATH, theirs = NO_PATH] = [before[place], after[place]]
    if (!keep(mine, theirs)) continue
    kept.push(place)
    const quiet = quietAt(mine, theirs)
    if (quiet !== 0) count++
    mask |= quiet
  }
  const places = Uint32Array.from(kept)
  return {
    length: places.length,
    quiet: { count, mask },
    *[Symbol.iterator]() {
      for (const place of places) yield make(before[place] ?? NO_PATH, after[place] ?? NO_PATH)
    },
  }
}

/** Directories of a table with more children than can be put in order while a key waits; in small steps. */
export function* largeDirectories(paths: PathTable): Steps<readonly PathId[]> {
  const counts = new Uint32Array(paths.count + 1)
  const large: PathId[] = []
  for (let path = paths.count; path > 1; path--) {
    if (path % STEP === 0) yield
    const parent = paths.parent(path)
    const count = (counts[parent] ?? 0) + 1
    counts[parent] = count
    if (count === LARGE) large.push(parent)
  }
  return large
}

/** Children of a directory that is put in order before it is opened. */
const LARGE = 2048
