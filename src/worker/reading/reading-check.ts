import { isRecord } from '../../blob/descriptor.ts'
import { isDigest } from '../../blob/digest.ts'
import { type Changeset, HASH_BYTES, type NumberColumn } from '../../layer/changeset.ts'
import { ENTRY_TYPES } from '../../layer/entry.ts'

/**
 * Whether a value from a cache file has the form of a reading. A checksum finds damage; a file that was written on
 * purpose, or another program's under the same name, has a right one.
 */
export function hasReadingForm(parts: unknown, columns: number): boolean {
  return (
    isRecord(parts) &&
    [parts['digest'], parts['diffID']].every(each => typeof each === 'string' && isDigest(each)) &&
    typeof parts['compression'] === 'string' &&
    [parts['size'], parts['tarSize'], parts['length']].every(isCount) &&
    isListOf(parts['points'], isCount) &&
    parts['points'].length % 2 === 0 &&
    isListOf(parts['xattrSets'], set => isListOf(set, each => isPair(each, isText, isText))) &&
    isListOf(parts['sparse'], each => isPair(each, isCount, runs => isListOf(runs, run => isPair(run, isCount, isCount)))) &&
    isListOf(parts['claimedSizes'], each => isPair(each, isCount, isNumber)) &&
    isListOf(parts['diagnostics'], isDiagnostic) &&
    isListOf(parts['sizes'], isCount) &&
    parts['sizes'].length === columns &&
    isListOf(parts['widths'], width => [1, 2, 4, 8].includes(Number(width))) &&
    parts['widths'].length === columns
  )
}

/** Whether the columns belong together: an entry in each, every end and index within what it points into. */
export function isSoundChangeset(changeset: Changeset, tarSize: number): boolean {
  const { length, pathBytes, pathEnds, targetBytes, targetEnds, types, contentHashes, hashRows, xattrIndexes, xattrSets } =
    changeset
  const { modes, uids, gids, mtimeSeconds, mtimeNanoseconds, sizes, headerOffsets, dataOffsets, storedSizes } = changeset
  const columns = [pathEnds, targetEnds, types, xattrIndexes, modes, uids, gids, mtimeSeconds, mtimeNanoseconds]
  const rows = contentHashes.length / HASH_BYTES
  return (
    [...columns, sizes, headerOffsets, dataOffsets, storedSizes].every(column => column.length === length) &&
    [pathBytes, types, contentHashes, targetBytes].every(column => column.BYTES_PER_ELEMENT === 1) &&
    areEnds(pathEnds, pathBytes.length) &&
    areEnds(targetEnds, targetBytes.length) &&
    types.every(type => (type & 0x7f) < ENTRY_TYPES.length) &&
    xattrIndexes.every(index => index < xattrSets.length) &&
    Number.isInteger(rows) &&
    (hashRows === undefined ? rows === length : hashRows.length === length && hashRows.every(row => row < rows)) &&
    [headerOffsets, dataOffsets, storedSizes].every(column => column.every(value => value >= 0 && value <= tarSize)) &&
    sizes.every(size => Number.isSafeInteger(size) && size >= 0) &&
    [...changeset.sparse.keys(), ...changeset.claimedSizes.keys()].every(index => index < length)
  )
}

function areEnds(ends: NumberColumn, total: number): boolean {
  let before = 0
  for (const end of ends) {
    if (!(end >= before)) return false
    before = end
  }
  return before === total
}

function isListOf(value: unknown, isElement: (each: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isElement)
}

function isPair(value: unknown, isFirst: (each: unknown) => boolean, isSecond: (each: unknown) => boolean): boolean {
  return Array.isArray(value) && value.length === 2 && isFirst(value[0]) && isSecond(value[1])
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isNumber(value: unknown): boolean {
  return typeof value === 'number'
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isDiagnostic(value: unknown): boolean {
  return (
    isRecord(value) &&
    [value['code'], value['message']].every(isText) &&
    ['info', 'warning', 'error'].includes(String(value['severity'])) &&
    [value['path']].every(each => each === undefined || isText(each))
  )
}
