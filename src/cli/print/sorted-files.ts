import type { Entry } from '../../layer/entry.ts'
import type { TreeNode } from '../../overlay/tree.ts'

export type SortKey = 'size' | 'path' | 'mtime'
type Sortable = { readonly ref: number; readonly file: TreeNode | Entry }

/**
 * Rows that arrive by path, in the order asked for: the biggest or the latest first, equal ones by path. By path they
 * stream; else what they are sorted by is held, three numbers a row, and each row is made again when its turn comes.
 */
export function* sorted<Row extends Sortable>(
  rows: Iterable<Row>,
  key: SortKey,
  again: (ref: number) => Row | undefined,
): Generator<Row> {
  if (key === 'path') return yield* rows
  const [refs, major, minor]: [number[], number[], number[]] = [[], [], []]
  for (const { ref, file } of rows) {
    refs.push(ref)
    // Directories that no entry describes have no time and come last.
    major.push(key === 'size' ? file.size : (file.mtime?.seconds ?? Number.NEGATIVE_INFINITY))
    minor.push(key === 'size' ? 0 : (file.mtime?.nanoseconds ?? 0))
  }
  const order = Uint32Array.from(refs.keys())
  order.sort((a, b) => compare(major[b], major[a]) || compare(minor[b], minor[a]) || a - b)
  for (const index of order) {
    const row = again(refs[index] ?? -1)
    if (row !== undefined) yield row
  }
}

function compare(a = 0, b = 0): number {
  return a < b ? -1 : a > b ? 1 : 0
}
