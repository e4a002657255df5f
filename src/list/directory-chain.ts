import { ENTRY_TYPES } from '../layer/entry.ts'
import { CHANGES, type FileTable, TOUCHED_BELOW } from './file-table.ts'

/**
 * A directory with nothing in it but one directory shares the row of that one on a list, `usr/share/doc/`: a row each would say the
 * same size again and again. The row of a chain is that of its last directory; every key on it is about that one.
 */

const DIRECTORY = ENTRY_TYPES.indexOf('directory')
const MODIFIED = CHANGES.indexOf('modified')

/**
 * Whether a row is a directory that has no row of its own on a list: all that is in it is one directory with the same mark. A
 * directory that a layer modified keeps its row, which says in what.
 */
export function leadsOn({ ends, types, changes }: FileTable, row: number): boolean {
  const below = row + 1
  if (row === 0 || ends[row] === below || ends[below] !== ends[row]) return false
  if (types[row] !== DIRECTORY || types[below] !== DIRECTORY) return false
  const change = (changes[row] ?? 0) & ~TOUCHED_BELOW
  return change !== MODIFIED && change === ((changes[below] ?? 0) & ~TOUCHED_BELOW)
}

/** The row that a row is listed as: the last of the chain of directories that it is in. `shown`: 0 for rows that are left out. */
export function chainEnd(table: FileTable, row: number, shown?: Uint8Array): number {
  let end = row
  while (leadsOn(table, end) && (shown === undefined || shown[end + 1] !== 0)) end++
  return end
}

/** The first directory of the chain that a row of a list stands for: the row itself where it stands for no chain. */
export function chainStart(table: FileTable, row: number): number {
  let start = row
  while (start > 0 && leadsOn(table, start - 1)) start--
  return start
}

/** How many rows of a list a row lies below, chains being one row; `most` at most. */
export function listLevel(table: FileTable, row: number, most: number): number {
  let level = 0
  for (let at = chainStart(table, row); at > 0 && level < most; at = chainStart(table, table.parents[at] ?? 0)) level++
  return level
}
