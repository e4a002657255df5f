import type { Descriptor } from '../blob/descriptor.ts'
import { parseDigest, splitDigest } from '../blob/digest.ts'
import { once } from '../blob/pieces.ts'
import { verified } from '../blob/read.ts'
import type { BlobSink } from '../blob/source.ts'
import { type ArchiveTarget, finishArchive, openArchiveTarget } from './archive-target.ts'
import type { ArchiveWriter } from './archive-writer.ts'
import { indexWith, LAYOUT_FILE } from './written-index.ts'

/**
 * Writes an oci-archive: a layout in a tar file, `index.json` last.
 * @throws ImageError `DESTINATION_EXISTS`, `DESTINATION_INVALID`, `PERMISSION_DENIED`
 */
export async function openOciArchiveSink(target: ArchiveTarget): Promise<BlobSink> {
  return new OciArchiveSink(target, await openArchiveTarget(target))
}

class OciArchiveSink implements BlobSink {
  readonly name: string
  readonly #target: ArchiveTarget
  readonly #writer: ArchiveWriter
  readonly #written = new Map<string, Promise<void>>()
  #committed = false

  constructor(target: ArchiveTarget, writer: ArchiveWriter) {
    this.name = target.name
    this.#target = target
    this.#writer = writer
  }

  async has(blob: Descriptor): Promise<boolean> {
    return this.#written.has(blob.digest)
  }

  async put(blob: Descriptor, bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void> {
    const digest = parseDigest(blob.digest)
    const known = this.#written.get(digest)
    if (known !== undefined) return known
    const writing = this.#writer.add(['blobs', ...splitDigest(digest)].join('/'), blob.size, verified(bytes, blob), signal)
    this.#written.set(digest, writing)
    try {
      await writing
    } catch (thrown) {
      this.#written.delete(digest)
      throw thrown
    }
  }

  async commit(root: Descriptor, name?: string, signal?: AbortSignal): Promise<void> {
    await Promise.all(this.#written.values())
    await this.#addText('oci-layout', LAYOUT_FILE)
    await this.#addText('index.json', indexWith(root, name))
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
