import { at, type Changeset, entryDevice, entryTarget } from '../layer/changeset.ts'
import { ENTRY_TYPES, type EntryType, type Timestamp, type Xattr } from '../layer/entry.ts'

/** Questions of both semantics about one entry, without making an object of it. */

const BOOKKEEPING = 0x80

export function typeOf(changeset: Changeset, index: number): EntryType {
  return ENTRY_TYPES[at(changeset.types, index) & ~BOOKKEEPING] ?? 'file'
}

export function isBookkeeping(changeset: Changeset, index: number): boolean {
  return (at(changeset.types, index) & BOOKKEEPING) !== 0
}

export function targetNames(changeset: Changeset, index: number): string[] {
  return entryTarget(changeset, index).split('/')
}

/** A 0:0 character device: what overlayfs itself takes for a whiteout. */
export function isNativeWhiteout(changeset: Changeset, index: number): boolean {
  if (typeOf(changeset, index) !== 'character-device') return false
  const device = entryDevice(changeset, index)
  return device !== undefined && device[0] === 0 && device[1] === 0
}

/** `trusted.overlay.opaque=y`: what overlayfs itself takes for an opaque directory. */
export function isNativeOpaque(changeset: Changeset, index: number): boolean {
  if (at(changeset.xattrIndexes, index) === 0 || typeOf(changeset, index) !== 'directory') return false
  return xattrsOf(changeset, index).some(([name, value]) => name === NATIVE_OPAQUE && value.length === 1 && value[0] === 0x79)
}

const NATIVE_OPAQUE = 'trusted.overlay.opaque'

export function xattrsOf(changeset: Changeset, index: number): readonly Xattr[] {
  return changeset.xattrSets[at(changeset.xattrIndexes, index)] ?? []
}

/** Whether two entries of one layer give an inode the same mode, owner, time and xattrs. */
export function haveSameAttributes(changeset: Changeset, a: number, b: number): boolean {
  const { modes, uids, gids, mtimeSeconds, mtimeNanoseconds } = changeset
  for (const column of [modes, uids, gids, mtimeSeconds, mtimeNanoseconds]) if (at(column, a) !== at(column, b)) return false
  return haveSameXattrs(xattrsOf(changeset, a), xattrsOf(changeset, b))
}

/** Whether two modification times are equal to the nanosecond; two that are absent are. */
export function haveSameTime(a: Timestamp | undefined, b: Timestamp | undefined): boolean {
  return a?.seconds === b?.seconds && a?.nanoseconds === b?.nanoseconds
}

/** As sets: the order of names in a tar means nothing. */
export function haveSameXattrs(a: readonly Xattr[], b: readonly Xattr[]): boolean {
  if (a === b) return true
  if (a.length !== b.length) return false
  const values = new Map(a)
  return b.every(([name, value]) => {
    const other = values.get(name)
    return other !== undefined && Buffer.compare(other, value) === 0
  })
}
