import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { digestOf } from '../../../src/blob/digest.ts'
import { type TarFixture, tarFixture } from '../tar/tar-fixture.ts'
import type { LayerFixture } from './image-fixture.ts'

export type LazyLayerOptions = {
  /** Bytes of a file in one gzip member or zstd frame. */
  readonly chunkSize?: number
  /** The older footer of 47 bytes. */
  readonly legacy?: boolean
  /** eStargz: everything in one gzip member, as with a minimum chunk size. */
  readonly shared?: boolean
  /** zstd:chunked: the position stands in the footer only. */
  readonly footerOnly?: boolean
  /** Changes the table before it is written and its digest taken. */
  readonly edit?: (table: TableFixture) => unknown
  readonly annotations?: Readonly<Record<string, string>>
}

export type TableFixture = { version: number; entries: Record<string, unknown>[] }

/** A layer as stargz-snapshotter writes it (docs/estargz.md): a gzip member a chunk, the table, the footer. */
export function estargzFixture(entries: readonly TarFixture[], options: LazyLayerOptions = {}): LayerFixture {
  const { chunkSize = 1 << 22, legacy = false, shared = false, edit = table => table, annotations } = options
  const table: TableFixture = { version: 1, entries: [] }
  const members = new Members(gzipSync)
  for (const entry of entries) {
    const { header, content, padding } = partsOf(entry)
    members.plain(header)
    const record = recordOf(entry, false)
    table.entries.push(record)
    for (let start = 0; start < content.length; start += chunkSize) {
      const chunk = content.subarray(start, start + chunkSize)
      const place = shared ? { innerOffset: members.waiting } : { offset: members.begin() }
      members.plain(chunk)
      if (!shared) members.end()
      addChunk(table, record, { start, chunk, more: content.length > chunkSize, place })
    }
    members.plain(padding)
  }
  members.end()
  const json = Buffer.from(JSON.stringify(edit(table)))
  const tocOffset = members.size
  const blob = Buffer.concat([
    ...members.parts,
    gzipSync(tarFixture([{ name: 'stargz.index.json', content: json, mtime: 0, mode: 0 }])),
    estargzFooter(tocOffset, legacy),
  ])
  const tar = gunzipSync(blob)
  return {
    tar,
    compression: 'gzip',
    blob,
    annotations: annotations ?? { 'containerd.io/snapshot/stargz/toc.digest': digestOf(json) },
  }
}

function estargzFooter(tocOffset: number, legacy: boolean): Buffer {
  const where = Buffer.from(`${tocOffset.toString(16).padStart(16, '0')}STARGZ`)
  const extra = legacy ? where : Buffer.concat([Buffer.from('SG'), Buffer.from([22, 0]), where])
  return Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, extra.length, 0]),
    extra,
    Buffer.from([1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]),
  ])
}

/** A layer as containers/storage writes it (pkg/chunked/compressor): a zstd frame a chunk, table and footer in skippable frames. */
export function zstdChunkedFixture(entries: readonly TarFixture[], options: LazyLayerOptions = {}): LayerFixture {
  const { chunkSize = 1 << 17, footerOnly = false, edit = table => table, annotations } = options
  const table: TableFixture = { version: 1, entries: [] }
  const frames = new Members(zstdCompressSync)
  const plain: Buffer[] = []
  for (const entry of entries) {
    const { header, content, padding } = partsOf(entry)
    plain.push(header, content, padding)
    frames.plain(header)
    const record = recordOf(entry, true)
    table.entries.push(record)
    for (let start = 0; start < content.length; start += chunkSize) {
      const chunk = content.subarray(start, start + chunkSize)
      const offset = frames.begin()
      frames.plain(chunk)
      frames.end()
      addChunk(table, record, { start, chunk, more: content.length > chunkSize, place: { offset } })
      record['endOffset'] = frames.size
    }
    frames.plain(padding)
  }
  frames.plain(Buffer.alloc(1024))
  frames.end()
  const json = Buffer.from(JSON.stringify(edit(table)))
  const packed = zstdCompressSync(json)
  const position = [frames.size + 8, packed.length, json.length, 1]
  const footer = Buffer.alloc(40)
  for (const [index, value] of position.entries()) footer.writeBigUInt64LE(BigInt(value), index * 8)
  footer.write('GNUlInUx', 32)
  const blob = Buffer.concat([...frames.parts, skippable(packed), skippable(footer)])
  return {
    tar: Buffer.concat([...plain, Buffer.alloc(1024)]),
    compression: 'zstd',
    blob,
    annotations: annotations ?? {
      'io.containers.zstd-chunked.manifest-checksum': digestOf(packed),
      ...(!footerOnly && { 'io.containers.zstd-chunked.manifest-position': position.join(':') }),
    },
  }
}

function skippable(content: Buffer): Buffer {
  const head = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0])
  head.writeUInt32LE(content.length, 4)
  return Buffer.concat([head, content])
}

/** Compressed stretches, one behind the other. */
class Members {
  readonly parts: Buffer[] = []
  size = 0
  readonly #compress: (bytes: Buffer) => Buffer
  #waiting: Buffer[] = []

  constructor(compress: (bytes: Buffer) => Buffer) {
    this.#compress = compress
  }

  /** Bytes that will be in the member at hand. */
  get waiting(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0)
  }

  plain(bytes: Buffer): void {
    if (bytes.length > 0) this.#waiting.push(bytes)
  }

  /** Ends the member at hand; where the next one begins. */
  begin(): number {
    this.end()
    return this.size
  }

  end(): void {
    if (this.#waiting.length === 0) return
    const packed = this.#compress(Buffer.concat(this.#waiting))
    this.#waiting = []
    this.parts.push(packed)
    this.size += packed.length
  }
}

type ChunkFixture = {
  readonly start: number
  readonly chunk: Buffer
  readonly more: boolean
  readonly place: Record<string, number>
}

function addChunk(table: TableFixture, record: Record<string, unknown>, { start, chunk, more, place }: ChunkFixture): void {
  const sized = { ...place, ...(more && { chunkSize: chunk.length }), chunkDigest: digestOf(chunk) }
  if (start === 0) Object.assign(record, sized)
  else table.entries.push({ name: record['name'], type: 'chunk', ...sized, chunkOffset: start })
}

function partsOf(entry: TarFixture) {
  const bytes = tarFixture([entry], { end: false })
  const content = Buffer.from(entry.content ?? '')
  const padded = Math.ceil(content.length / 512) * 512
  return {
    header: bytes.subarray(0, bytes.length - padded),
    content,
    padding: bytes.subarray(bytes.length - padded + content.length),
  }
}

const TYPES: Readonly<Record<string, string>> = {
  '0': 'reg',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'dir',
  '6': 'fifo',
}

function recordOf(entry: TarFixture, nanoseconds: boolean): Record<string, unknown> {
  const name = Buffer.from(entry.name).toString()
  const type = TYPES[entry.flag ?? (name.endsWith('/') ? '5' : '0')] ?? 'reg'
  const content = Buffer.from(entry.content ?? '')
  const [seconds = '0', fraction] = String(entry.pax?.['mtime'] ?? entry.mtime ?? 1_700_000_000).split('.')
  const time = new Date(Number(seconds) * 1000).toISOString().slice(0, 19)
  const xattrs = Object.entries(entry.pax ?? {}).flatMap(([key, value]) =>
    key.startsWith('SCHILY.xattr.') ? [[key.slice(13), Buffer.from(value).toString('base64')] as const] : [],
  )
  return {
    name,
    type,
    modtime: `${time}${nanoseconds && fraction !== undefined ? `.${fraction}` : ''}Z`,
    mode: entry.mode ?? (type === 'dir' ? 0o755 : 0o644),
    ...(entry.uid !== undefined && { uid: entry.uid }),
    ...(entry.gid !== undefined && { gid: entry.gid }),
    ...(entry.link !== undefined && { linkName: Buffer.from(entry.link).toString() }),
    ...(entry.device !== undefined && { devMajor: entry.device[0], devMinor: entry.device[1] }),
    ...(xattrs.length > 0 && { xattrs: Object.fromEntries(xattrs) }),
    ...(type === 'reg' && { size: content.length, digest: digestOf(content) }),
  }
}
