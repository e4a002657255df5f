import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { SNIFF_LENGTH, sniffCompression } from '../blob/compression.ts'
import { type Descriptor, isRecord, parseDescriptor, strings } from '../blob/descriptor.ts'
import { type Digest, digestFrom, digestOf, isDigest } from '../blob/digest.ts'
import { parseJson } from '../blob/json.ts'
import { DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST } from '../blob/media-type.ts'
import { DOCUMENT_LIMIT } from '../blob/read.ts'
import type { LocalBlob, PlaceDocument, Root } from '../blob/source.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { escapeText } from '../escape.ts'
import { parseConfig } from '../image/config.ts'
import { ARCHIVE_ITEM_SHAPE, withUsualNames } from '../image/document-shape.ts'
import { toDescriptorPlatform } from '../image/platform.ts'
import type { ArchiveIndex } from './archive-index.ts'
import { readRange } from './local-file.ts'
import { spool, type UnpackedFile } from './spool.ts'
import { isXz } from './xz.ts'

/** An image of `manifest.json`, with the manifest made for it: docker's archives have none. */
export type DockerImage = { readonly root: Root; readonly config: Descriptor; readonly layerCount: number }

export type DockerImages = {
  readonly images: readonly DockerImage[]
  /** Configs and layers by the digests the made manifests name. */
  readonly blobs: ReadonlyMap<string, LocalBlob>
  /** The made manifests. */
  readonly made: ReadonlyMap<string, Uint8Array>
  readonly diagnostics: readonly Diagnostic[]
  readonly documents: readonly PlaceDocument[]
  /** Removes the layers that were unpacked into temporary files. */
  close(): Promise<void>
}

/**
 * Reads docker's `manifest.json` (moby daemon/internal/image/tarexport). A layer that is stored uncompressed has its DiffID as
 * digest, which is proven when the layer is read; a compressed one (kaniko, bazel) is hashed here. One that is packed as no media
 * type says (bzip2, xz), which docker loads all the same, is unpacked into a temporary file: no other place could take its bytes.
 * @throws ImageError `DOCKER_MANIFEST_INVALID`, `JSON_INVALID`; when no image at all can be read, why the first cannot
 */
export async function readDockerImages(archive: ArchiveIndex, signal?: AbortSignal): Promise<DockerImages> {
  const raw = await readMember(archive, 'manifest.json')
  const parsed = parseJson(raw, 'manifest.json')
  const { value, diagnostics } = withUsualNames(parsed.value, raw, 'manifest.json', ARCHIVE_ITEM_SHAPE)
  if (!Array.isArray(value)) throw notAList(value)
  const reader = new DockerReader(archive, signal)
  reader.diagnostics.push(...parsed.diagnostics, ...diagnostics)
  const images: DockerImage[] = []
  let first: unknown
  for (const [position, item] of value.entries()) {
    try {
      images.push(await reader.image(item, `manifest.json [${position}]`))
    } catch (thrown) {
      signal?.throwIfAborted()
      if (!(thrown instanceof ImageError)) throw thrown
      first ??= thrown
      reader.diagnostics.push({ code: thrown.code, severity: 'error', message: thrown.message })
    }
  }
  if (first !== undefined && images.length === 0) {
    await reader.close()
    throw first
  }
  const repositories = archive.find('repositories') && (await readMember(archive, 'repositories').catch(() => undefined))
  return {
    images,
    blobs: reader.blobs,
    made: reader.made,
    diagnostics: reader.diagnostics,
    close: () => reader.close(),
    documents: [
      { name: 'manifest.json', raw },
      ...(repositories === undefined ? [] : [{ name: 'repositories', raw: repositories }]),
    ],
  }
}

/**
 * A small member as a whole.
 * @throws ImageError `ARCHIVE_MEMBER_MISSING`, `DOCUMENT_TOO_LARGE`
 */
export async function readMember(archive: ArchiveIndex, name: string): Promise<Buffer> {
  const found = archive.find(name)
  if (found === undefined) {
    throw new ImageError('ARCHIVE_MEMBER_MISSING', `Cannot read ${escapeText(name)}: the archive has no such file`, {
      hint: 'The archive is incomplete; save the image again.',
    })
  }
  if (found.size > DOCUMENT_LIMIT) {
    const why = `its ${found.size} bytes are over the limit of ${DOCUMENT_LIMIT} for a document`
    throw new ImageError('DOCUMENT_TOO_LARGE', `Cannot read ${escapeText(name)}: ${why}`)
  }
  const chunks: Buffer[] = []
  for await (const chunk of readRange(found.file, found.offset, found.size)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

type ReadConfig = { readonly config: Descriptor; readonly value: ReturnType<typeof parseConfig>['value'] }

/** Configs that are kept while the images of an archive are read: neighbours share them. */
const MOST_CONFIGS = 16

class DockerReader {
  readonly blobs = new Map<string, LocalBlob>()
  readonly made = new Map<string, Uint8Array>()
  readonly diagnostics: Diagnostic[] = []
  readonly #archive: ArchiveIndex
  readonly #signal: AbortSignal | undefined
  /** Digests of members that had to be hashed, by their offset. */
  readonly #hashed = new Map<string, Digest>()
  /** Layers that were unpacked, by their names. */
  readonly #unpacked = new Map<string, UnpackedFile & { readonly size: number }>()
  readonly #configs = new Map<string, ReadConfig>()

  constructor(archive: ArchiveIndex, signal: AbortSignal | undefined) {
    this.#archive = archive
    this.#signal = signal
  }

  async image(item: unknown, where: string): Promise<DockerImage> {
    if (!isRecord(item) || typeof item['Config'] !== 'string' || item['Config'] === '') {
      throw new ImageError('DOCKER_MANIFEST_INVALID', `Cannot read ${where}: it names no "Config"`)
    }
    const name = item['Config']
    const { config, value } = await this.#config(name)
    const claimed = /(?:^|\/|^sha256:)([0-9a-f]{64})(?:\.json)?$/.exec(name)?.[1]
    if (claimed !== undefined && config.digest !== `sha256:${claimed}`) {
      this.#warn('CONFIG_NAME_MISMATCH', `The config "${escapeText(name)}" is named after a digest it does not have`)
    }
    const paths = strings(item['Layers'])
    const layers: Descriptor[] = []
    for (const [position, path] of paths.entries()) {
      layers.push(await this.#layer(path, value.diffIDs[position], item['LayerSources']))
    }
    this.#remember(config.digest, this.#archive.find(name))
    const descriptor = this.#makeManifest(config, layers)
    return {
      root: { ...descriptor, platform: toDescriptorPlatform(value.platform), names: strings(item['RepoTags']) },
      config,
      layerCount: layers.length,
    }
  }

  /** Read, summed and parsed once, however many images of the archive have it. */
  async #config(name: string): Promise<ReadConfig> {
    const known = this.#configs.get(name)
    if (known !== undefined) return known
    const raw = await readMember(this.#archive, name)
    const config: Descriptor = { mediaType: DOCKER_CONFIG, digest: digestOf(raw), size: raw.byteLength }
    const read = { config, value: parseConfig(raw, escapeText(name)).value }
    if (this.#configs.size >= MOST_CONFIGS) this.#configs.clear()
    this.#configs.set(name, read)
    return read
  }

  async #layer(path: string, diffID: Digest | undefined, layerSources: unknown): Promise<Descriptor> {
    const found = this.#archive.find(path)
    if (found === undefined) return this.#missingLayer(path, diffID, layerSources)
    const first = await this.#firstBytes(found)
    if (isPackedOtherwise(first)) return this.#unpackedLayer(path, found, diffID)
    const suffix = compressionSuffix(first)
    const known = blobName(path) ?? (suffix === '' ? diffID : undefined)
    const digest = known ?? (await this.#hash(found))
    this.#remember(digest, found)
    return { mediaType: `${DOCKER_LAYER}${suffix}`, digest, size: found.size }
  }

  async #unpackedLayer(path: string, found: LocalBlob, diffID: Digest | undefined): Promise<Descriptor> {
    const known = this.#unpacked.get(path)
    const { file, size } = known ?? (await this.#unpack(path, found))
    const plain = { file, offset: 0, size }
    const digest = diffID ?? (await this.#hash(plain))
    this.#remember(digest, plain)
    return { mediaType: DOCKER_LAYER, digest, size }
  }

  async #unpack(path: string, { file, offset, size }: LocalBlob): Promise<UnpackedFile & { readonly size: number }> {
    const bytes = readRange(file, offset, size, this.#signal)
    const unpacked = await spool(bytes, { what: `the layer "${escapeText(path)}"`, expectedBytes: size, signal: this.#signal })
    const whole = { ...unpacked, size: (await stat(unpacked.file)).size }
    this.#unpacked.set(path, whole)
    return whole
  }

  async close(): Promise<void> {
    for (const { remove } of this.#unpacked.values()) await remove()
    this.#unpacked.clear()
  }

  /** A foreign layer is named by its source; any other absent one by its DiffID. */
  #missingLayer(path: string, diffID: Digest | undefined, layerSources: unknown): Descriptor {
    if (diffID === undefined) {
      throw new ImageError('ARCHIVE_MEMBER_MISSING', `Cannot read the layer "${escapeText(path)}": the archive has no such file`)
    }
    this.#warn('LAYER_MISSING', `The layer "${escapeText(path)}" is not in the archive`)
    const source = isRecord(layerSources) ? layerSources[diffID] : undefined
    try {
      if (source !== undefined) return parseDescriptor(source, 'LayerSources')
    } catch {
      // Then the DiffID has to do.
    }
    return { mediaType: DOCKER_LAYER, digest: diffID, size: 0 }
  }

  #remember(digest: Digest, found: LocalBlob | undefined): void {
    if (found !== undefined) this.blobs.set(digest, found)
  }

  async #firstBytes(found: LocalBlob): Promise<Buffer> {
    for await (const chunk of readRange(found.file, found.offset, Math.min(SNIFF_LENGTH, found.size))) return chunk
    return Buffer.alloc(0)
  }

  async #hash({ file, offset, size }: LocalBlob): Promise<Digest> {
    const key = `${offset} ${file}`
    const known = this.#hashed.get(key)
    if (known !== undefined) return known
    const hash = createHash('sha256')
    for await (const chunk of readRange(file, offset, size, this.#signal)) hash.update(chunk)
    const digest = digestFrom(hash)
    this.#hashed.set(key, digest)
    return digest
  }

  #makeManifest(config: Descriptor, layers: readonly Descriptor[]): Descriptor {
    const raw = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: DOCKER_MANIFEST, config, layers }))
    const digest = digestOf(raw)
    this.made.set(digest, raw)
    return { mediaType: DOCKER_MANIFEST, digest, size: raw.byteLength }
  }

  #warn(code: ErrorCode, message: string): void {
    this.diagnostics.push({ code, severity: 'warning', message })
  }
}

/** The digest that a blob of a layout is named by, which is proven when the layer is read. */
function blobName(path: string): Digest | undefined {
  const named = /^blobs\/([a-z0-9]+)\/([0-9a-f]{64,})$/.exec(path)
  const digest = `${named?.[1]}:${named?.[2]}`
  return named !== null && isDigest(digest) ? digest : undefined
}

/** How docker's media types end for what the first bytes say. */
function compressionSuffix(bytes: Uint8Array): string {
  const packing = sniffCompression(bytes)
  return packing === 'none' ? '' : `.${packing}`
}

/** Whether docker unpacks it and no media type says how. */
function isPackedOtherwise(bytes: Uint8Array): boolean {
  return sniffCompression(bytes) === 'bzip2' || isXz(bytes)
}

function notAList(value: unknown): ImageError {
  if (value === null) {
    return new ImageError('DOCKER_MANIFEST_INVALID', 'Cannot read manifest.json: it is null, it lists no images', {
      hint: 'The archive was saved without an image; save it again.',
    })
  }
  return new ImageError('DOCKER_MANIFEST_INVALID', 'Cannot read manifest.json: it is not a list of images as docker saves it')
}
