import { createHash } from 'node:crypto'
import type { Diagnostic } from '../../../src/error.ts'
import type { Changeset } from '../../../src/layer/changeset.ts'
import { ENTRY_TYPES, type EntryType, type Timestamp, type Xattr } from '../../../src/layer/entry.ts'
import { cleanPath } from '../../../src/layer/file-path.ts'

/** One entry of a layer as test code; paths are cleaned, what is not named has a default. */
export type EntryFixture = {
  readonly type: EntryType
  /** The path that a whiteout removes, or that an opaque empties. */
  readonly path: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly mtime?: Timestamp
  readonly content?: string
  /** Bytes the content is said to have, where it shall differ from the content's. */
  readonly size?: number
  readonly target?: string
  readonly device?: readonly [major: number, minor: number]
  readonly xattrs?: readonly Xattr[]
  readonly bookkeeping?: boolean
}

const MTIME: Timestamp = { seconds: 1_700_000_000, nanoseconds: 0 }
const LINKS: readonly EntryType[] = ['symlink', 'hardlink']

/** A changeset without a tar: for tests of what stands on changesets, and independent of how they are read. */
export function changesetFixture(entries: readonly EntryFixture[], diagnostics: readonly Diagnostic[] = []): Changeset {
  const column = (value: (entry: EntryFixture) => number) => Float64Array.from(entries, value)
  const paths = joined(entries.map(entry => Buffer.from(cleanPath(Buffer.from(entry.path, 'latin1')), 'latin1')))
  const targets = joined(entries.map(targetBytes))
  const xattrSets: (readonly Xattr[])[] = [[]]
  const xattrIndexes = Uint32Array.from(entries, ({ xattrs }) =>
    xattrs === undefined || xattrs.length === 0 ? 0 : xattrSets.push(xattrs) - 1,
  )
  const content = ({ type, content: text = '' }: EntryFixture) => (type === 'file' ? text : '')
  return {
    length: entries.length,
    pathBytes: paths.bytes,
    pathEnds: paths.ends,
    types: Uint8Array.from(entries, ({ type, bookkeeping }) => ENTRY_TYPES.indexOf(type) | (bookkeeping === true ? 0x80 : 0)),
    modes: Uint16Array.from(entries, ({ type, mode }) => mode ?? (type === 'directory' ? 0o755 : 0o644)),
    uids: column(({ uid }) => uid ?? 0),
    gids: column(({ gid }) => gid ?? 0),
    mtimeSeconds: column(({ mtime }) => (mtime ?? MTIME).seconds),
    mtimeNanoseconds: Uint32Array.from(entries, ({ mtime }) => (mtime ?? MTIME).nanoseconds),
    sizes: column(entry => entry.size ?? content(entry).length),
    headerOffsets: Float64Array.from(entries, (_, index) => index * 1024),
    dataOffsets: Float64Array.from(entries, (_, index) => index * 1024 + 512),
    storedSizes: column(entry => entry.size ?? content(entry).length),
    hashRows: undefined,
    contentHashes: Buffer.concat(entries.map(entry => (entry.type === 'file' ? sha256(content(entry)) : Buffer.alloc(32)))),
    targetBytes: targets.bytes,
    targetEnds: targets.ends,
    xattrIndexes,
    xattrSets,
    sparse: new Map(),
    claimedSizes: new Map(),
    diagnostics,
  }
}

function targetBytes({ type, target = '', device }: EntryFixture): Buffer {
  if (device !== undefined) return Buffer.from(device.join(':'))
  if (!LINKS.includes(type)) return Buffer.alloc(0)
  const raw = Buffer.from(target, 'latin1')
  return type === 'hardlink' ? Buffer.from(cleanPath(raw), 'latin1') : raw
}

function joined(parts: readonly Buffer[]): { readonly bytes: Uint8Array; readonly ends: Uint32Array } {
  let end = 0
  return { bytes: Buffer.concat(parts), ends: Uint32Array.from(parts, part => (end += part.length)) }
}

const hashes = new Map<string, Buffer>()

function sha256(content: string): Buffer {
  const known = hashes.get(content)
  if (known !== undefined) return known
  const hash = createHash('sha256').update(content, 'latin1').digest()
  if (hashes.size < 10_000) hashes.set(content, hash)
  return hash
}
