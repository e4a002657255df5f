import type { Entry } from '../layer/entry.ts'
import type { TreeNode } from '../overlay/tree.ts'

export type SortKey = 'size' | 'path' | 'mtime'

/**
 * Rows that arrive by path, in the order asked for: the biggest or the latest first, equal ones by path. Sorting needs all
 * of them; by path they stream.
 */
export function sorted<Row extends { readonly file: TreeNode | Entry }>(rows: Iterable<Row>, key: SortKey): Iterable<Row> {
  if (key === 'path') return rows
  return [...rows].sort(key === 'size' ? (a, b) => b.file.size - a.file.size : byTime)
}

function byTime(a: { readonly file: TreeNode | Entry }, b: { readonly file: TreeNode | Entry }): number {
  const [left, right] = [a.file.mtime, b.file.mtime]
  if (left === undefined || right === undefined) return Number(left === undefined) - Number(right === undefined)
  return right.seconds - left.seconds || right.nanoseconds - left.nanoseconds
}
