import { createHash, type Hash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, createZstdCompress } from 'node:zlib'
import { CACHE } from './bench-kit.ts'

/** Synthetic images, streamed to an OCI layout so that a million entries need no memory. */
export type BenchEntry = { readonly name: string; readonly content?: Buffer }

/** zstd makes one frame a layer. */
type BenchCompression = 'gzip' | 'zstd'

/** Makes the layout under the cache directory unless it is there; gives its path. */
export async function benchImage(
  name: string,
  layers: readonly (() => Iterable<BenchEntry>)[],
  compression: BenchCompression = 'gzip',
): Promise<string> {
  const directory = `${CACHE}/${name}`
  if (existsSync(directory)) return directory
  process.stderr.write(`making ${name}…\n`)
  const making = `${directory}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(`${making}/blobs/sha256`, { recursive: true })
  const written: Written[] = []
  for (const layer of layers) written.push(await writeLayer(making, layer(), compression))
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: written.map(({ diffID }) => diffID) },
    history: written.map((_, position) => ({ created_by: `layer ${position + 1}` })),
  }
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...put(making, config) },
    layers: written.map(({ digest, size }) => ({
      mediaType: `application/vnd.oci.image.layer.v1.tar+${compression}`,
      digest,
      size,
    })),
  }
  const root = {
    mediaType: manifest.mediaType,
    ...put(making, manifest),
    annotations: { 'org.opencontainers.image.ref.name': 't' },
  }
  writeFileSync(`${making}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(`${making}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [root] }))
  renameSync(making, directory)
  return directory
}

type Written = { readonly digest: string; readonly diffID: string; readonly size: number }

async function writeLayer(directory: string, entries: Iterable<BenchEntry>, compression: BenchCompression): Promise<Written> {
  const [diffID, blob] = [createHash('sha256'), createHash('sha256')]
  const temporary = `${directory}/layer`
  await pipeline(
    Readable.from(gathered(tar(entries))),
    tap(diffID),
    compression === 'gzip' ? createGzip({ level: 6 }) : createZstdCompress(),
    tap(blob),
    createWriteStream(temporary),
  )
  const hex = blob.digest('hex')
  const size = await sizeOf(temporary)
  renameSync(temporary, `${directory}/blobs/sha256/${hex}`)
  return { digest: `sha256:${hex}`, diffID: `sha256:${diffID.digest('hex')}`, size }
}

async function sizeOf(file: string): Promise<number> {
  let size = 0
  for await (const chunk of createReadStream(file)) size += chunk.length
  return size
}

function tap(hash: Hash): Transform {
  return new Transform({
    transform(chunk, _, done) {
      hash.update(chunk)
      done(null, chunk)
    },
  })
}

function* gathered(pieces: Iterable<Buffer>): Generator<Buffer> {
  let held: Buffer[] = []
  let length = 0
  for (const piece of pieces) {
    held.push(piece)
    length += piece.length
    if (length < 1 << 20) continue
    yield Buffer.concat(held)
    held = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(held)
}

function* tar(entries: Iterable<BenchEntry>): Generator<Buffer> {
  for (const { name, content } of entries) {
    yield header(name, content?.length ?? 0)
    if (content === undefined) continue
    yield content
    if (content.length % 512 !== 0) yield Buffer.alloc(512 - (content.length % 512))
  }
  yield Buffer.alloc(1024)
}

function header(name: string, size: number): Buffer {
  const block = Buffer.alloc(512)
  const directory = name.endsWith('/')
  block.write(name, 0, 100, 'latin1')
  block.write(
    [directory ? '0000755' : '0000644', '0000000', '0000000', size.toString(8).padStart(11, '0'), MTIME, ''].join('\0'),
    100,
    'latin1',
  )
  block.write(`        ${directory ? '5' : '0'}`, 148, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  let sum = 0
  for (const byte of block) sum += byte
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

const MTIME = (1_700_000_000).toString(8)

function put(directory: string, document: object): { readonly digest: string; readonly size: number } {
  const bytes = Buffer.from(JSON.stringify(document))
  const hex = createHash('sha256').update(bytes).digest('hex')
  writeFileSync(`${directory}/blobs/sha256/${hex}`, bytes)
  return { digest: `sha256:${hex}`, size: bytes.length }
}
