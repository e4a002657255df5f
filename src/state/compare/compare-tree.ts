import type { GrownPath } from '../../compare/grown-siblings.ts'
import type { ComparedFiles } from '../../compare/show-comparison.ts'
import type { FilePath } from '../../layer/file-path.ts'
import { NO_PATH } from '../../overlay/path-table.ts'
import type { OpenComparison } from '../model/compare.ts'

/** One row of the tree of two images: a path, or the quiet changes of one directory taken together. */
export type TreeRow =
  | {
      readonly kind: 'path'
      readonly at: GrownPath
      /** The path of the directory that it is listed in: of a chain of directories, around the first. */
      readonly inside: FilePath
      readonly depth: number
      readonly isOpen: boolean
    }
  | { readonly kind: 'quiet'; readonly at: GrownPath; readonly depth: number; readonly count: number; readonly mask: number }
  /** So many more of a directory that are not listed: the list is as long as it may be. */
  | { readonly kind: 'left'; readonly at: GrownPath; readonly depth: number; readonly count: number }

/** Rows of an open tree that are made, all in all and of one directory; hostile ones have millions, and a key waits for them. */
const MOST_ROWS = 20_000
const MOST_LISTED = 5000
/** Fewer files of a directory whose owner or time alone differs are listed one by one. */
const LEAST_QUIET = 4

/** The rows of the tree as it is open, the most bytes first in each directory. */
export function treeRows(
  { directories, rows: changes }: ComparedFiles,
  { open, listed, unchanged }: OpenComparison,
): readonly TreeRow[] {
  const rows: TreeRow[] = []
  const childrenOf = (at: GrownPath) => (unchanged ? directories.everything(at) : directories.children(at))
  /** The last of the directories that have nothing but the next one, as it is listed. */
  const chainEnd = (start: GrownPath): GrownPath => {
    let end = start
    for (;;) {
      const next = !end.isDirectory ? undefined : unchanged ? directories.onlyEver(end) : directories.onlyChild(end)
      if (next?.isDirectory !== true || !hasSameMark(changes, directories.rowAt(end), directories.rowAt(next))) return end
      end = next
    }
  }
  const visit = (parent: GrownPath, depth: number): void => {
    const children = childrenOf(parent)
    const { quiet } = children
    const isCollapsed = !listed.has(parent.path) && quiet.count >= LEAST_QUIET
    let listedHere = 0
    let left = children.length - (isCollapsed ? quiet.count : 0)
    for (const at of children) {
      if (left === 0) break
      if (isCollapsed && isQuietFile(at)) continue
      if (rows.length >= MOST_ROWS || listedHere++ >= MOST_LISTED) {
        rows.push({ kind: 'left', at: parent, depth, count: left })
        break
      }
      left--
      const end = chainEnd(at)
      const isOpen = end.isDirectory && open.has(end.path)
      rows.push({ kind: 'path', at: end, inside: parent.path, depth, isOpen })
      if (isOpen) visit(end, depth + 1)
    }
    if (!isCollapsed) return
    rows.push({ kind: 'quiet', at: parent, depth, count: quiet.count, mask: quiet.mask })
  }
  visit(directories.root, 0)
  return rows
}

/** Whether two directories can share a row: neither differs itself, or both were added or removed. */
function hasSameMark(rows: ComparedFiles['rows'], outer: number | undefined, inner: number | undefined): boolean {
  if (outer === undefined || inner === undefined) return outer === inner
  const change = rows.change(outer)
  return (change === 'added' || change === 'removed') && rows.change(inner) === change
}

function isQuietFile({ isDirectory, rows, quiet }: GrownPath): boolean {
  return !isDirectory && rows === 1 && quiet === 1
}

/** All directories with something in them that is more than quiet, as many as make a list of a few thousand rows. */
export function directoriesToOpen({ directories }: ComparedFiles): ReadonlySet<string> {
  const open = new Set<string>()
  const pending: GrownPath[] = [...directories.children(directories.root)]
  for (let at = pending.shift(); at !== undefined && open.size < MOST_OPEN; at = pending.shift()) {
    if (!at.isDirectory || at.rows === at.quiet) continue
    open.add(at.path)
    for (const child of directories.children(at)) {
      if (pending.length >= MOST_OPEN) break
      if (child.isDirectory) pending.push(child)
    }
  }
  return open
}

/** A key waits for them: of directories with fifty names each this many take a frame. */
const MOST_OPEN = 250

/** The directories that lead to the path, itself among them. */
export function pathsTo(path: string): readonly string[] {
  const names = path.split('/')
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}

/** The open directories with those of a row opened or closed: all of a chain, which may be torn apart with other rows on the list. */
export function toggledRow(
  open: ReadonlySet<string>,
  { at, inside, isOpen }: Extract<TreeRow, { kind: 'path' }>,
): ReadonlySet<string> {
  const next = new Set(open)
  for (const path of pathsTo(at.path)) {
    if (path.length <= inside.length) continue
    if (isOpen) next.delete(path)
    else next.add(path)
  }
  return next
}

/** Content bytes at and below a path on either side; undefined where a side has none. */
export function bytesOf(
  { rows, usage }: ComparedFiles,
  { before, after }: GrownPath,
): {
  readonly a: number | undefined
  readonly b: number | undefined
} {
  const [mine, theirs] = [
    before === NO_PATH ? undefined : rows.a.node(before),
    after === NO_PATH ? undefined : rows.b.node(after),
  ]
  return { a: mine && usage.a.bytes(mine), b: theirs && usage.b.bytes(theirs) }
}
