import { TarAssembler } from '../blob/tar-assembler.ts'
import { BLOCK, type TarEntry, type TarMemberInput } from '../blob/tar-member.ts'
import { TAR_END, tarHeader, tarPaddingBytes } from '../blob/tar-writer.ts'
import { ImageError } from '../error.ts'
import { at, entryType } from '../layer/changeset.ts'
import type { Timestamp } from '../layer/entry.ts'
import type { FilePath } from '../layer/file-path.ts'
import { haveSameXattrs } from '../overlay/layer-entries.ts'
import type { TreeNode } from '../overlay/tree.ts'
import { type Member, whiteoutPath } from './flatten.ts'
import type { LayerBytes, TarBytes } from './tar-bytes.ts'

/** Bytes of a chunk: large enough for few calls, small enough for the processor's cache. */
const CHUNK_BYTES = 256 * 1024
/** A time that no entry gives, for what must be written all the same. */
const NO_TIME: Timestamp = { seconds: 0, nanoseconds: 0 }

/** The layers of a stack, by their places; undefined for one of which nothing but attributes is taken. */
export type CopiedLayers = readonly (LayerBytes | undefined)[]

/**
 * The tar of a layer, in chunks that are valid until the next is asked for. Headers that say exactly what is wanted are copied
 * byte for byte, others are written anew; contents are copied; sparse files are written out, since runtimes refuse GNU's form.
 */
export function* layerTar(members: Iterable<Member>, layers: CopiedLayers): Generator<Buffer> {
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
  let used = 0
  for (const part of parts(members, layers)) {
    for (let taken = 0; taken < part.length; ) {
      const length = Math.min(CHUNK_BYTES - used, part.length - taken)
      part.fill(chunk, used, taken, length)
      taken += length
      used += length
      if (used < CHUNK_BYTES) continue
      yield chunk
      used = 0
    }
  }
  if (used > 0) yield chunk.subarray(0, used)
}

/** A stretch of the tar that is to be. */
type Part = { readonly length: number; fill(into: Buffer, start: number, from: number, length: number): void }

function* parts(members: Iterable<Member>, layers: CopiedLayers): Generator<Part> {
  for (const member of members) {
    if (member.kind === 'whiteout') {
      yield bytesPart(tarHeader({ name: whiteoutPath(member.path), typeflag: '0', mode: 0o644 }))
      continue
    }
    // A directory called `.wh.x`, there because something lies below it: an entry of that name would be a whiteout.
    if (member.node.name.startsWith('.wh.')) continue
    const input = tarMemberOf(member.node, member.node.path, member.kind === 'link' ? member.target : undefined)
    const source = member.node.entry === undefined ? undefined : layers[member.node.layer]
    yield bytesPart((source && copiedHeader(member, input, source)) ?? tarHeader(input))
    if (member.kind === 'link' || member.node.type !== 'file' || member.node.size === 0) continue
    yield* contentParts(member.node, layers)
    yield bytesPart(tarPaddingBytes(member.node.size))
  }
  yield bytesPart(TAR_END)
}

/** The facts that a header must state about a node that is called `path` in the tar; with `link`, as a further name of that file. */
export function tarMemberOf(node: TreeNode, path: FilePath, link?: FilePath): TarMemberInput {
  const directory = node.type === 'directory'
  return {
    name: path === '' ? './' : directory ? `${path}/` : path,
    typeflag: link === undefined ? TAR_TYPES[node.type] : '1',
    linkName: link ?? node.target ?? '',
    mode: node.mode,
    uid: node.uid,
    gid: node.gid,
    size: link !== undefined || node.type !== 'file' ? 0 : node.size,
    mtime: node.mtime ?? NO_TIME,
    devMajor: node.device?.[0] ?? 0,
    devMinor: node.device?.[1] ?? 0,
    xattrs: node.xattrs,
  }
}

/** Tar's type flags. */
export const TAR_TYPES: Readonly<Record<TreeNode['type'], string>> = {
  file: '0',
  symlink: '2',
  'character-device': '3',
  'block-device': '4',
  directory: '5',
  fifo: '6',
}

function* contentParts(node: TreeNode, layers: CopiedLayers): Generator<Part> {
  const { content } = node
  const source = content && layers[content.layer]
  if (content === undefined || source === undefined) throw new RangeError(`nothing holds the content of ${node.path}`)
  const { changeset, tar } = source
  const offset = at(changeset.dataOffsets, content.entry)
  const runs = changeset.sparse.get(content.entry)
  if (runs === undefined) {
    yield tarPart(tar, offset, node.size)
    return
  }
  let [stored, written] = [offset, 0]
  for (const [start, length] of runs) {
    yield zerosPart(start - written)
    yield tarPart(tar, stored, length)
    stored += length
    written = start + length
  }
  yield zerosPart(node.size - written)
}

function bytesPart(bytes: Buffer): Part {
  return { length: bytes.length, fill: (into, start, from, length) => void bytes.copy(into, start, from, from + length) }
}

function tarPart(tar: TarBytes, offset: number, length: number): Part {
  return { length, fill: (into, start, from, count) => tar.read(into, start, offset + from, count) }
}

function zerosPart(length: number): Part {
  return { length, fill: (into, start, _, count) => void into.fill(0, start, start + count) }
}

/** Longer headers are read anew and written short: no real one comes near. */
const HEADER_LIMIT = 64 * 1024

/**
 * The member's headers as its layer has them, when they say exactly what `wanted` says and nothing that a squashed layer must
 * not (rule 4 of semantics.md: no global PAX header, no absolute or dotted name, directories end in a slash). Other fields of
 * the builder (user names, comments, access times) survive so.
 */
function copiedHeader(
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
    haveSameXattrs(entry.xattrs, wanted.xattrs ?? [])
  )
}

function sameLinkAndDevice(entry: TarEntry, wanted: TarMemberInput): boolean {
  if (wanted.typeflag === '1' || wanted.typeflag === '2') return entry.linkName === wanted.linkName
  if (wanted.typeflag !== '3' && wanted.typeflag !== '4') return true
  return entry.devMajor === wanted.devMajor && entry.devMinor === wanted.devMinor
}
