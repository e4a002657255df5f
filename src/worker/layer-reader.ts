import { createHash, type Hash } from 'node:crypto'
import { createInflater, SNIFF_LENGTH, sniffCompression } from '../blob/compression.ts'
import { ContentHasher } from '../blob/content-hasher.ts'
import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, digestFrom, hasherFor, isVerifiable, splitDigest } from '../blob/digest.ts'
import { type Checkpoint, CheckpointRecorder } from '../blob/inflate-checkpoint.ts'
import type { Inflater } from '../blob/inflater.ts'
import type { Compression } from '../blob/media-type.ts'
import { digestMismatch, sizeMismatch } from '../blob/read.ts'
import type { TarEntry } from '../blob/tar-member.ts'
import { TarReader } from '../blob/tar-reader.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { ChangesetBuilder } from '../layer/changeset-builder.ts'
import type { LayerReading } from '../layer/reading.ts'

export type LayerReaderOptions = {
  /** Remember where inflating could start in the middle. */
  readonly checkpoints?: boolean
  /** Given the uncompressed stream as it passes; views that are valid during the call only. */
  readonly onTar?: ((bytes: Buffer) => void) | undefined
}

/**
 * One pass over a layer's blob: its size and digest are verified while it is inflated, the uncompressed stream is hashed
 * for the DiffID, split into entries and every file's content hashed. Memory does not grow with the bytes that pass.
 */
export class LayerReader {
  readonly #blob: Descriptor
  readonly #onTar: ((bytes: Buffer) => void) | undefined
  readonly #blobHash: Hash | undefined
  readonly #tarHash = createHash('sha256')
  readonly #contents = new ContentHasher()
  readonly #builder = new ChangesetBuilder()
  readonly #tar: TarReader
  readonly #recorder: CheckpointRecorder | undefined
  #inflater: Inflater | undefined
  #compression: Compression = 'none'
  /** The first bytes, until there are enough to tell the compression. */
  #start = Buffer.alloc(0)
  #size = 0
  #tarSize = 0
  #damage: string | undefined
  #hashing = false

  constructor(blob: Descriptor, { checkpoints = false, onTar }: LayerReaderOptions = {}) {
    this.#blob = blob
    this.#onTar = onTar
    this.#recorder = checkpoints ? new CheckpointRecorder() : undefined
    this.#blobHash = isVerifiable(blob.digest) ? hasherFor(blob.digest) : undefined
    this.#tar = new TarReader({
      entry: entry => this.#begin(entry),
      data: bytes => {
        if (this.#hashing) this.#contents.data(bytes)
      },
      end: (complete, entry) => this.#end(complete, entry),
      diagnostic: diagnostic => this.#report(diagnostic),
    })
  }

  /** @throws ImageError `BLOB_SIZE_MISMATCH` */
  push(bytes: Buffer): void {
    this.#size += bytes.length
    if (this.#size > this.#blob.size) throw sizeMismatch(this.#blob, `more than ${this.#blob.size}`)
    this.#blobHash?.update(bytes)
    if (this.#inflater !== undefined) {
      this.#inflater.push(bytes)
      return
    }
    this.#start = Buffer.concat([this.#start, bytes])
    if (this.#start.length >= SNIFF_LENGTH) this.#sniff()
  }

  /** @throws ImageError `BLOB_SIZE_MISMATCH`, `BLOB_DIGEST_MISMATCH`, `LAYER_NOT_TAR`, `LAYER_DAMAGED` */
  finish(): LayerReading {
    if (this.#size !== this.#blob.size) throw sizeMismatch(this.#blob, String(this.#size))
    const digest = this.#verify()
    if (this.#inflater === undefined) this.#sniff()
    this.#inflater?.finish()
    this.#tar.finish()
    if (this.#tar.entries === 0 && this.#damage !== undefined) throw unreadable(this.#blob, this.#damage)
    return {
      digest,
      size: this.#size,
      diffID: this.#isItsTar ? digest : digestFrom(this.#tarHash),
      compression: this.#compression,
      tarSize: this.#tarSize,
      accessPoints: this.#inflater?.accessPoints ?? [],
      changeset: this.#builder.finish(),
    }
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.#recorder?.points ?? []
  }

  /** Frees native memory. */
  close(): void {
    this.#inflater?.close()
  }

  #sniff(): void {
    const start = this.#start
    this.#start = Buffer.alloc(0)
    this.#compression = sniffCompression(start)
    this.#inflater = createInflater(this.#compression, {
      output: bytes => this.#pass(bytes),
      diagnostic: diagnostic => this.#report(diagnostic),
      recorder: this.#recorder,
    })
    if (start.length > 0) this.#inflater.push(start)
  }

  #pass(bytes: Buffer): void {
    this.#tarSize += bytes.length
    if (!this.#isItsTar) this.#tarHash.update(bytes)
    this.#tar.push(bytes)
    this.#onTar?.(bytes)
  }

  #begin(entry: TarEntry): void {
    this.#hashing = this.#builder.add(entry)
    if (this.#hashing) this.#contents.begin(entry.storedSize, entry.size, entry.sparse)
  }

  #end(complete: boolean, entry: TarEntry): void {
    if (!complete) this.#builder.dropLast(entry)
    else if (this.#hashing) this.#builder.setHash(this.#contents.end())
  }

  #report(diagnostic: Diagnostic): void {
    if (diagnostic.severity === 'error') this.#damage ??= diagnostic.message
    this.#builder.report(diagnostic)
  }

  #verify(): Digest {
    if (this.#blobHash === undefined) {
      const message = `Cannot verify ${this.#blob.digest}: this program does not know its algorithm`
      this.#report({ code: 'DIGEST_UNVERIFIABLE', severity: 'warning', message })
      return this.#blob.digest
    }
    const actual = digestFrom(this.#blobHash, splitDigest(this.#blob.digest)[0])
    if (actual !== this.#blob.digest) throw digestMismatch(this.#blob, actual)
    return actual
  }

  /** An uncompressed blob is its own tar: hashing it once is enough. */
  get #isItsTar(): boolean {
    return this.#compression === 'none' && splitDigest(this.#blob.digest)[0] === 'sha256'
  }
}

function unreadable({ digest }: Descriptor, damage: string): ImageError {
  const inflating = damage.startsWith('Cannot inflate')
  return inflating
    ? new ImageError('LAYER_DAMAGED', `Cannot list layer ${digest}: ${damage.slice(damage.indexOf(': ') + 2)}`)
    : new ImageError(
        'LAYER_NOT_TAR',
        `Cannot list layer ${digest}: it is not a tar archive (${damage.slice(damage.indexOf(': ') + 2)})`,
        {
          hint: 'Its bytes match their digest, so the image was built this way',
        },
      )
}
