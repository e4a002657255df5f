import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Descriptor } from '../../../src/blob/descriptor.ts'
import { digestOf, splitDigest } from '../../../src/blob/digest.ts'
import { type Compression, layerMediaType, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../../src/blob/media-type.ts'
import type { BlobSource } from '../../../src/blob/source.ts'
import { ImageError } from '../../../src/error.ts'
import { type TarFixture, tarFixture } from '../tar/tar-fixture.ts'

/**
 * Images as test code: `imageFixture([layerFixture({ 'etc/passwd': 'root' }), layerFixture({ 'etc/.wh.passwd': '' })])`.
 * A value is a file's content, an object a whole tar entry; a name that ends in a slash is a directory.
 */
export type LayerFixture = {
  readonly tar: Buffer
  readonly compression: Compression
  readonly mediaType?: string
  readonly history?: object | null
  /** The blob, where it is not simply the tar compressed. */
  readonly blob?: Buffer
  readonly annotations?: Readonly<Record<string, string>>
  readonly urls?: readonly string[]
}
export type LayerFiles = Readonly<Record<string, string | Omit<TarFixture, 'name'>>>

export function layerFixture(files: LayerFiles | readonly TarFixture[], options: Partial<LayerFixture> = {}): LayerFixture {
  const entries = Array.isArray(files)
    ? (files as readonly TarFixture[])
    : Object.entries(files as LayerFiles).map(([name, value]) =>
        typeof value === 'string' ? { name, content: value } : { name, ...value },
      )
  return { tar: tarFixture(entries), compression: 'gzip', ...options }
}

export type ImageFixture = {
  /** The manifest's descriptor. */
  readonly descriptor: Descriptor
  /** Every blob of the image by its digest. */
  readonly blobs: ReadonlyMap<string, Buffer>
  readonly layers: readonly Descriptor[]
}

export type ImageFixtureOptions = {
  readonly config?: object
  readonly manifest?: object
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string }
  /** Of every digest of it. */
  readonly algorithm?: 'sha256' | 'sha512'
}

export function imageFixture(layers: readonly LayerFixture[], options: ImageFixtureOptions = {}): ImageFixture {
  const blobs = new Map<string, Buffer>()
  const put = (bytes: Buffer, mediaType: string): Descriptor => {
    const digest = digestOf(bytes, options.algorithm)
    blobs.set(digest, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const descriptors = layers.map(layer => ({
    ...put(layer.blob ?? compressed(layer), layer.mediaType ?? layerMediaType('oci', layer.compression)),
    ...(layer.annotations !== undefined && { annotations: layer.annotations }),
    ...(layer.urls !== undefined && { urls: layer.urls }),
  }))
  const platform = options.platform ?? { os: 'linux', architecture: 'amd64' }
  const config = {
    created: '2024-01-02T03:04:05Z',
    ...platform,
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(layer => digestOf(layer.tar, options.algorithm)) },
    history: layers.map((layer, position) => layer.history ?? { created_by: `layer ${position + 1}` }),
    ...options.config,
  }
  const configDescriptor = put(Buffer.from(JSON.stringify(config)), OCI_CONFIG)
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: configDescriptor,
    layers: descriptors,
    ...options.manifest,
  }
  const descriptor = put(Buffer.from(JSON.stringify(manifest)), manifest.mediaType)
  return { descriptor: { ...descriptor, platform }, blobs, layers: descriptors }
}

/** An index over images: one more blob. */
export function indexFixture(images: readonly ImageFixture[], extra: object = {}): ImageFixture {
  const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: images.map(image => image.descriptor), ...extra }
  const bytes = Buffer.from(JSON.stringify(index))
  const descriptor: Descriptor = { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length }
  const blobs = new Map<string, Buffer>(images.flatMap(image => [...image.blobs]))
  blobs.set(descriptor.digest, bytes)
  return { descriptor, blobs, layers: [] }
}

/** Writes an OCI layout; the images are listed under their names (`ref.name`), unnamed where the name is empty. */
export function writeLayout(directory: string, images: Readonly<Record<string, ImageFixture>>): string {
  for (const image of Object.values(images)) {
    for (const [digest, bytes] of image.blobs) {
      const [algorithm, encoded] = splitDigest(digest as Descriptor['digest'])
      mkdirSync(join(directory, 'blobs', algorithm), { recursive: true })
      writeFileSync(join(directory, 'blobs', algorithm, encoded), bytes)
    }
  }
  const manifests = Object.entries(images).map(([name, { descriptor }]) =>
    name === '' ? descriptor : { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': name } },
  )
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }))
  return directory
}

/** A source that holds the fixture's blobs in memory; `locate` finds nothing, as with a registry. */
export function memorySource(image: ImageFixture, chunkBytes = 64 * 1024): BlobSource {
  return {
    name: 'memory:',
    roots: async () => [image.descriptor],
    async *fetchUnverified(blob, range = {}, signal) {
      const bytes = image.blobs.get(blob.digest)
      if (bytes === undefined) throw new ImageError('BLOB_MISSING', `Cannot read ${blob.digest}: it is not here`)
      const start = range.offset ?? 0
      const end = range.length === undefined ? bytes.length : Math.min(bytes.length, start + range.length)
      for (let offset = start; offset < end; offset += chunkBytes) {
        signal?.throwIfAborted()
        yield bytes.subarray(offset, Math.min(end, offset + chunkBytes))
      }
    },
    locate: async () => undefined,
    close: async () => {},
  }
}

function compressed({ tar, compression }: LayerFixture): Buffer {
  if (compression === 'gzip') return gzipSync(tar)
  return compression === 'zstd' ? zstdCompressSync(tar) : tar
}
