import type { Entry } from '../../layer/entry.ts'
import { sortSteps } from '../../overlay/sort-steps.ts'
import { STEP } from '../../overlay/steps.ts'
import type { TreeNode } from '../../overlay/tree.ts'

export type SortKey = 'size' | 'path' | 'mtime'
type Sortable = { readonly ref: number; readonly file: TreeNode | Entry }

/**
 * Rows that arrive by path, in the order asked for: the biggest or the latest first, equal ones by path. By path they
 * stream; else what they are sorted by is held, three numbers a row, and each row is made again when its turn comes. `undefined` is no row but
 * the end of a step of that work.
 */
export function* sorted<Row extends Sortable>(
  rows: Iterable<Row | undefined>,
  key: SortKey,
  again: (ref: number) => Row | undefined,
): Generator<Row | undefined> {
  if (key === 'path') return yield* rows
  const [refs, major, minor]: [number[], number[], number[]] = [[], [], []]
  for (const row of rows) {
    if (row === undefined || refs.length % STEP === STEP - 1) yield undefined
    if (row === undefined) continue
    const { ref, file } = row
    refs.push(ref)
    // Directories that no entry describes have no time and come last.
    major.push(key === 'size' ? file.size : (file.mtime?.seconds ?? Number.NEGATIVE_INFINITY))
    minor.push(key === 'size' ? 0 : (file.mtime?.nanoseconds ?? 0))
  }
  const byKey = (a: number, b: number) => compare(major[b], major[a]) || compare(minor[b], minor[a]) || a - b
  const order = yield* sortSteps(Uint32Array.from(refs.keys()), byKey)
  for (const index of order) {
    const row = again(refs[index] ?? -1)
    if (row !== undefined) yield row
  }
}

function compare(a = 0, b = 0): number {
  return a < b ? -1 : a > b ? 1 : 0
}
