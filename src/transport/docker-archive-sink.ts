import { createHash } from 'node:crypto'
import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, digestFrom, parseDigest, splitDigest } from '../blob/digest.ts'
import { DOCKER_LAYER, documentKind, isIndexOrManifest, layerType } from '../blob/media-type.ts'
import { once } from '../blob/pieces.ts'
import { DOCUMENT_LIMIT, verified } from '../blob/read.ts'
import type { BlobSink } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { parseImageIndex } from '../image/image-index.ts'
import { isImageManifest, type Manifest, parseManifest } from '../image/manifest.ts'
import { descriptorPlatform } from '../image/platform.ts'
import { familiarReference, parseReference } from '../image/reference.ts'
import { plainBytes } from '../layer/plain-bytes.ts'
import { type ArchiveTarget, finishArchive, openArchiveTarget } from './archive-target.ts'
import type { ArchiveWriter } from './archive-writer.ts'

/**
 * Writes a docker-archive, as `docker load` and `podman load` read it: one image, its layers uncompressed and named after their
 * DiffIDs, `manifest.json` last. Docker before 23 cannot load zstd, and an archive's layers are conventionally plain.
 * @throws ImageError `DESTINATION_EXISTS`, `DESTINATION_INVALID`, `REFERENCE_INVALID`
 */
export async function openDockerArchiveSink(target: ArchiveTarget, name?: string): Promise<BlobSink> {
  if (name !== undefined) parseReference(name)
  return new DockerArchiveSink(target, await openArchiveTarget(target))
}

class DockerArchiveSink implements BlobSink {
  readonly [Symbol.asyncDispose] = () => this.abort()
  readonly name: string
  readonly #target: ArchiveTarget
  readonly #writer: ArchiveWriter
  /** Manifests and configs, which the archive holds in another form or under other names. */
  readonly #documents = new Map<Digest, Buffer>()
  /** The plain tars that the archive holds, by the digest of the blob they came in. */
  readonly #layers = new Map<Digest, Descriptor>()
  readonly #members = new Set<string>()
  readonly #tags: string[] = []
  #committed = false

  constructor(target: ArchiveTarget, writer: ArchiveWriter) {
    this.name = target.name
    this.#target = target
    this.#writer = writer
  }

  async has({ digest }: Descriptor): Promise<boolean> {
    return this.#documents.has(digest) || this.#layers.has(digest)
  }

  async put(blob: Descriptor, bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const digest = parseDigest(blob.digest)
    if (await this.has(blob)) return
    const checked = verified(bytes, blob)
    if (layerType(blob.mediaType) === undefined || layerType(blob.mediaType)?.encrypted === true)
      await this.#keep(digest, blob, checked)
    else await this.#writer.addUnsized(output => this.#inflate(digest, checked, output), signal)
  }

  /** Documents wait for the commit. Any other blob than a document or a layer is checked and dropped: the archive has no place for it. */
  async #keep(digest: Digest, blob: Descriptor, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const wanted = documentKind(blob.mediaType) !== 'other' && blob.size <= DOCUMENT_LIMIT
    const chunks: Uint8Array[] = []
    for await (const chunk of bytes) if (wanted) chunks.push(chunk)
    if (wanted) this.#documents.set(digest, Buffer.concat(chunks))
  }

  async #inflate(
    digest: Digest,
    bytes: AsyncIterable<Uint8Array>,
    output: (chunk: Uint8Array) => Promise<void>,
  ): Promise<string | undefined> {
    const hash = createHash('sha256')
    let size = 0
    for await (const chunk of plainBytes(bytes, digest)) {
      hash.update(chunk)
      size += chunk.byteLength
      await output(chunk)
    }
    const plain = { mediaType: DOCKER_LAYER, digest: digestFrom(hash), size }
    const member = memberOf(plain)
    this.#layers.set(digest, plain)
    if (this.#members.has(member)) return undefined
    this.#members.add(member)
    return member
  }

  /** More names of the one image that it holds. */
  alsoName(_: Descriptor, names: readonly string[]): void {
    this.#tags.push(...names)
  }

  async commit(root: Descriptor, name?: string, signal?: AbortSignal): Promise<void> {
    const manifest = this.#manifestOf(root)
    const config = this.#documents.get(manifest.config.digest)
    if (config === undefined) throw unsupported('the config of the image was not written')
    const layers = manifest.layers.map(layer => {
      const plain = this.#layers.get(layer.digest)
      if (plain !== undefined) return memberOf(plain)
      throw unsupported(`a docker-archive has no place for layers of type "${escapeText(layer.mediaType)}"`)
    })
    const configName = `${splitDigest(manifest.config.digest)[1]}.json`
    const all = [...(name === undefined ? [] : [name]), ...this.#tags]
    const tags = all.length === 0 ? null : all.map(each => familiarReference(parseReference(each)))
    await this.#addDocument(configName, config)
    await this.#addDocument(
      'manifest.json',
      Buffer.from(JSON.stringify([{ Config: configName, RepoTags: tags, Layers: layers }])),
    )
    await finishArchive(this.#writer, this.#target, signal)
    this.#committed = true
  }

  /** Layers are there as their tars, and the config stands for the manifest: it is what names an image in docker. */
  inPlace(blob: Descriptor): Descriptor {
    const plain = this.#layers.get(blob.digest)
    if (plain !== undefined) return plain
    return this.#documents.has(blob.digest) && isIndexOrManifest(blob.mediaType) ? this.#manifestOf(blob).config : blob
  }

  async abort(): Promise<void> {
    if (!this.#committed) await this.#writer.remove()
  }

  /** The manifest to write; of an index, the only image in it. */
  #manifestOf(root: Descriptor): Manifest {
    const raw = this.#documents.get(root.digest)
    if (raw === undefined) throw unsupported(`its root ${root.digest} was not written`)
    const where = `the document ${root.digest}`
    if (documentKind(root.mediaType) !== 'index') {
      const { value } = parseManifest(raw, where, root.mediaType)
      if (!isImageManifest(value)) throw unsupported('it is an artifact, not an image')
      return value
    }
    const { manifests } = parseImageIndex(raw, where, root.mediaType).value
    const images = manifests.filter(each => descriptorPlatform(each.platform) !== undefined || manifests.length === 1)
    const [only] = images
    if (only === undefined || images.length > 1) {
      throw unsupported(
        `a docker-archive holds an image for one platform, not for ${images.length}`,
        'Choose one with --platform, or write an oci-archive.',
      )
    }
    return this.#manifestOf(only)
  }

  #addDocument(name: string, bytes: Buffer): Promise<void> {
    return this.#writer.add(name, bytes.length, once(bytes))
  }
}

function memberOf({ digest }: Descriptor): string {
  return `${splitDigest(digest)[1]}.tar`
}

function unsupported(why: string, hint = 'Write an oci-archive or a layout instead.'): ImageError {
  return new ImageError('DESTINATION_UNSUPPORTED', `Cannot write the docker-archive: ${why}`, { hint })
}
