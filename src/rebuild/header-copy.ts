import { TarAssembler } from '../blob/tar-assembler.ts'
import { BLOCK, type TarEntry, type TarMemberInput } from '../blob/tar-member.ts'
import { ImageError } from '../error.ts'
import { at, entryType } from '../layer/changeset.ts'
import type { Member } from './flatten.ts'
import type { LayerBytes } from './tar-bytes.ts'

/** Longer headers are read anew and written short: no real one comes near. */
const HEADER_LIMIT = 64 * 1024

/**
 * The member's headers as its layer has them, when they say exactly what `wanted` says and nothing that a squashed layer must
 * not (rule 4 of semantics.md: no global PAX header, no absolute or dotted name, directories end in a slash). Other fields of
 * the builder (user names, comments, access times) survive so.
 */
export function copiedHeader(
  { kind, node }: Exclude<Member, { kind: 'whiteout' }>,
  wanted: TarMemberInput,
  { changeset, tar }: LayerBytes,
): Buffer | undefined {
  const { entry: index, content } = node
  if (index === undefined || changeset.sparse.has(index)) return undefined
  if (entryType(changeset, index) !== (kind === 'link' ? 'hardlink' : node.type)) return undefined
  if (kind === 'node' && node.type === 'file' && (content?.entry !== index || content.layer !== node.layer)) return undefined
  const offset = at(changeset.headerOffsets, index)
  const length = at(changeset.dataOffsets, index) - offset
  if (length < BLOCK || length > HEADER_LIMIT || length % BLOCK !== 0) return undefined
  const raw = Buffer.allocUnsafe(length)
  tar.read(raw, 0, offset, length)
  const entry = parsed(raw)
  return entry !== undefined && says(entry, wanted) ? raw : undefined
}

/** The one member these headers describe; undefined where a global header is among them, or they are no longer what was read. */
function parsed(raw: Buffer): TarEntry | undefined {
  const assembler = new TarAssembler(false)
  try {
    for (let block = 0; block < raw.length; block += BLOCK) {
      const entry = assembler.accept(raw, block, block)
      if (entry !== undefined) return entry.headerOffset === 0 && entry.dataOffset === raw.length ? entry : undefined
    }
  } catch (thrown) {
    if (!(thrown instanceof ImageError)) throw thrown
  }
  return undefined
}

function says(entry: TarEntry, wanted: TarMemberInput): boolean {
  return (
    entry.name === wanted.name &&
    entry.typeflag === wanted.typeflag &&
    (entry.mode & 0o7777) === wanted.mode &&
    entry.uid === wanted.uid &&
    entry.gid === wanted.gid &&
    entry.size === wanted.size &&
    entry.mtime.seconds === wanted.mtime?.seconds &&
    entry.mtime.nanoseconds === wanted.mtime.nanoseconds &&
    sameLinkAndDevice(entry, wanted) &&
    sameXattrs(entry.xattrs, wanted.xattrs ?? [])
  )
}

function sameLinkAndDevice(entry: TarEntry, wanted: TarMemberInput): boolean {
  if (wanted.typeflag === '1' || wanted.typeflag === '2') return entry.linkName === wanted.linkName
  if (wanted.typeflag !== '3' && wanted.typeflag !== '4') return true
  return entry.devMajor === wanted.devMajor && entry.devMinor === wanted.devMinor
}

function sameXattrs(a: TarEntry['xattrs'], b: TarEntry['xattrs']): boolean {
  if (a.length !== b.length) return false
  const values = new Map(b)
  return a.every(([name, value]) => {
    const other = values.get(name)
    return other !== undefined && Buffer.compare(value, other) === 0
  })
}
