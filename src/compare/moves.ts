import { at, HASH_BYTES } from '../layer/changeset.ts'
import { NO_PATH, type PathId } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Snapshot } from '../overlay/tree.ts'
import { maskOfNodes } from './compare-trees.ts'
import type { TreeRows } from './tree-rows.ts'

/** Smaller files are alike by chance: licences, empty modules. */
const LEAST_BYTES = 4096

/** The added and the removed row of one file that was moved. */
export type Move = { readonly removed: number; readonly added: number }

/**
 * Files of at least 4 KiB whose content was removed at one path and added at another, and at no third: they were moved. Files with
 * several names are not looked at: which name went where has no answer.
 */
export function* findMoves(rows: TreeRows): Steps<readonly Move[]> {
  const count = { added: 0, removed: 0 }
  for (let row = 0; row < rows.length; row++) {
    const change = rows.change(row)
    if (change === 'removed' || change === 'added') count[change]++
    if (row % STEP === 0) yield
  }
  // Only the contents of the smaller side are kept in memory.
  const [few, many] = count.removed < count.added ? (['removed', 'added'] as const) : (['added', 'removed'] as const)
  const contents = new Map<string, ContentRows>()
  for (const side of [few, many]) {
    for (let row = 0; row < rows.length; row++) {
      if (row % STEP === 0) yield
      if (rows.change(row) === side) meet(contents, rows, row, side === few)
    }
  }
  const moves: Move[] = []
  let steps = 0
  for (const { mine, other, isUnique } of contents.values()) {
    if (++steps % STEP === 0) yield
    if (isUnique && other !== NONE)
      moves.push(few === 'removed' ? { removed: mine, added: other } : { removed: other, added: mine })
  }
  return moves.sort((one, other) => one.added - other.added)
}

/** A content's row on the side with fewer rows and on the other. */
type ContentRows = { readonly mine: number; other: number; isUnique: boolean }
const NONE = -1

function meet(contents: Map<string, ContentRows>, rows: TreeRows, row: number, isFew: boolean): void {
  const isRemoved = rows.after(row) === NO_PATH
  const key = isRemoved ? contentKey(rows.a, rows.before(row)) : contentKey(rows.b, rows.after(row))
  if (key === undefined) return
  const place = contents.get(key)
  if (place === undefined) {
    if (isFew) contents.set(key, { mine: row, other: NONE, isUnique: true })
  } else if (isFew || place.other !== NONE) place.isUnique = false
  else place.other = row
}

/** Makes each move one row, with what else of the file differs; those that went with their directory are done already. */
export function* applyMoves(rows: TreeRows, moves: readonly Move[]): Steps<void> {
  for (const [index, { removed, added }] of moves.entries()) {
    if (rows.mask(removed) === 0 || rows.mask(added) === 0) continue
    const [before, after] = [rows.nodeBefore(removed), rows.nodeAfter(added)]
    if (before !== undefined && after !== undefined) rows.move(removed, added, maskOfNodes(before, after))
    if (index % STEP === 0) yield
  }
}

/** The bytes of the content's hash; undefined for what is not a file, has several names, is small or has no hash. */
function contentKey({ tree, layers }: Snapshot, path: PathId): string | undefined {
  const version = tree.versions.visible(path, layers)
  const inode = tree.versions.inode(version)
  if (!tree.versions.hasOneName(inode) || tree.type(version) !== 'file') return undefined
  const changeset = tree.changeset(inode)
  const entry = tree.versions.entry(inode)
  if (at(changeset.sizes, entry) < LEAST_BYTES) return undefined
  const start = (changeset.hashRows === undefined ? entry : at(changeset.hashRows, entry)) * HASH_BYTES
  const { buffer, byteOffset } = changeset.contentHashes
  const key = Buffer.from(buffer, byteOffset + start, HASH_BYTES).toString('latin1')
  return key === NO_HASH ? undefined : key
}

const NO_HASH = '\0'.repeat(HASH_BYTES)
