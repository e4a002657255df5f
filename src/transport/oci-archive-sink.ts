import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, parseDigest, splitDigest } from '../blob/digest.ts'
import { isIndexOrManifest } from '../blob/media-type.ts'
import { once } from '../blob/pieces.ts'
import { DOCUMENT_LIMIT, verified } from '../blob/read.ts'
import type { BlobSink } from '../blob/source.ts'
import type { Diagnostic } from '../error.ts'
import { type ArchiveTarget, finishArchive, openArchiveTarget } from './archive-target.ts'
import type { ArchiveWriter } from './archive-writer.ts'
import { dockerManifest, hidesPlatforms, type NamedRoot } from './docker-manifest.ts'
import { writeOnce } from './write-once.ts'
import { indexJsonOf, LAYOUT_FILE } from './written-index.ts'

/**
 * Writes a layout in a tar file, `index.json` last; `forDocker` puts docker's `manifest.json` beside it, over the same blobs, so
 * that every tool loads it.
 * @throws ImageError `DESTINATION_EXISTS`, `DESTINATION_INVALID`, `PERMISSION_DENIED`
 */
export async function openOciArchiveSink(target: ArchiveTarget, { forDocker = false } = {}): Promise<BlobSink> {
  return new OciArchiveSink(target, await openArchiveTarget(target), forDocker)
}

class OciArchiveSink implements BlobSink {
  readonly [Symbol.asyncDispose] = () => this.abort()
  readonly name: string
  readonly diagnostics: Diagnostic[] = []
  readonly #target: ArchiveTarget
  readonly #writer: ArchiveWriter
  readonly #forDocker: boolean
  readonly #written = new Map<Digest, Promise<void>>()
  /** Manifests and indexes, for docker's list. */
  readonly #documents = new Map<string, Uint8Array>()
  readonly #more: NamedRoot[] = []
  #committed = false

  constructor(target: ArchiveTarget, writer: ArchiveWriter, forDocker: boolean) {
    this.name = target.name
    this.#target = target
    this.#writer = writer
    this.#forDocker = forDocker
  }

  async has(blob: Descriptor): Promise<boolean> {
    return this.#written.has(blob.digest)
  }

  async put(blob: Descriptor, bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const digest = parseDigest(blob.digest)
    await writeOnce(this.#written, digest, () => {
      const checked = isIndexOrManifest(blob.mediaType) ? this.#keeping(blob, bytes) : verified(bytes, blob)
      return this.#writer.add(['blobs', ...splitDigest(digest)].join('/'), blob.size, checked, signal)
    })
  }

  async *#keeping(blob: Descriptor, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const chunks: Uint8Array[] = []
    for await (const chunk of verified(bytes, blob)) {
      if (blob.size <= DOCUMENT_LIMIT) chunks.push(Buffer.from(chunk))
      yield chunk
    }
    if (blob.size <= DOCUMENT_LIMIT) this.#documents.set(blob.digest, Buffer.concat(chunks))
  }

  alsoName(root: Descriptor, names: readonly string[]): void {
    this.#more.push({ root, names })
  }

  async commit(root: Descriptor, name?: string, signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#written.values())
    const roots = [{ root, names: name === undefined ? [] : [name] }, ...this.#more]
    await this.#addText('oci-layout', LAYOUT_FILE)
    const forDocker = this.#forDocker ? dockerManifest(roots, this.#documents) : undefined
    if (forDocker !== undefined) await this.#addText('manifest.json', forDocker)
    if (forDocker !== undefined && roots.some(each => hidesPlatforms(each.root, this.#documents)))
      this.diagnostics.push(ONE_FOR_DOCKER)
    await this.#addText('index.json', indexJsonOf(roots))
    await finishArchive(this.#writer, this.#target, signal)
    this.#committed = true
  }

  async abort(): Promise<void> {
    if (!this.#committed) await this.#writer.remove()
  }

  #addText(name: string, text: string): Promise<void> {
    const bytes = Buffer.from(text)
    return this.#writer.add(name, bytes.length, once(bytes))
  }
}

const ONE_FOR_DOCKER: Diagnostic = {
  code: 'ARCHIVE_ONE_PLATFORM_FOR_DOCKER',
  severity: 'info',
  message:
    'docker’s classic store loads one platform of this archive, linux/amd64 or else the first; programs that read the OCI layout in it have all',
}
