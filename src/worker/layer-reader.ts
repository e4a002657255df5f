import { createInflater, SNIFF_LENGTH, sniffCompression } from '../blob/compression.ts'
import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, splitDigest } from '../blob/digest.ts'
import { type Checkpoint, CheckpointRecorder } from '../blob/inflate-checkpoint.ts'
import type { AccessPoint, Inflater } from '../blob/inflater.ts'
import type { Packing } from '../blob/media-type.ts'
import { digestMismatch, sizeMismatch } from '../blob/read.ts'
import type { ZstdRecorder } from '../blob/stream/zstd-checkpoint.ts'
import type { TarEntry } from '../blob/tar-member.ts'
import { TarReader } from '../blob/tar-reader.ts'
import type { LayerScanner } from '../check/packages/layer-scanner.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { ChangesetBuilder } from '../layer/changeset-builder.ts'
import { cleanBinary } from '../layer/file-path.ts'
import type { LayerReading } from '../layer/reading.ts'
import type { HashRing } from './hash-ring.ts'
import { type LayerSums, OwnSums } from './layer-sums.ts'
import { SharedSums } from './shared-sums.ts'

export type LayerReaderOptions = {
  /** Remember where inflating could start in the middle. */
  readonly checkpoints?: boolean
  /** Makes the same for a layer that is zstd, whose checkpoints are handed on as they are found. */
  readonly recordFrames?: (() => ZstdRecorder) | undefined
  /** Given the uncompressed stream as it passes, views that are valid during the call only, and where inflating can start so far. */
  readonly onTar?: ((bytes: Buffer, points: readonly AccessPoint[]) => void) | undefined
  /** Looks into every file as its bytes pass. It is given, not made here: its rules are loaded for a scan only. */
  readonly scanner?: LayerScanner | undefined
  /** Shared with a thread that hashes; without it this one does. */
  readonly ring?: HashRing | undefined
}

/**
 * One pass over a layer's blob: its size and digest are verified while it is inflated, the uncompressed stream is hashed
 * for the DiffID, split into entries and every file's content hashed. Memory does not grow with the bytes that pass.
 */
export class LayerReader {
  readonly #blob: Descriptor
  readonly #onTar: LayerReaderOptions['onTar']
  readonly #sums: LayerSums
  readonly #builder: ChangesetBuilder
  readonly #tar: TarReader
  readonly #recorder: CheckpointRecorder | undefined
  readonly #recordFrames: LayerReaderOptions['recordFrames']
  readonly #scanner: LayerScanner | undefined
  #inflater: Inflater | undefined
  #compression: Packing = 'none'
  /** The first bytes, until there are enough to tell the compression. */
  #start = Buffer.alloc(0)
  #size = 0
  #tarSize = 0
  #damage: string | undefined
  #hashing = false

  constructor(blob: Descriptor, { checkpoints = false, recordFrames, onTar, scanner, ring }: LayerReaderOptions = {}) {
    this.#blob = blob
    this.#builder = new ChangesetBuilder({ blobBytes: blob.size })
    this.#onTar = onTar
    this.#recorder = checkpoints ? new CheckpointRecorder() : undefined
    this.#recordFrames = recordFrames
    this.#scanner = scanner
    const onContent = (entry: number, hash: Buffer | undefined) => this.#builder.setHash(hash, entry)
    this.#sums = ring === undefined ? new OwnSums(blob.digest, onContent) : new SharedSums(ring, onContent)
    this.#tar = new TarReader({
      entry: entry => this.#begin(entry),
      data: bytes => {
        if (!this.#hashing) return
        this.#sums.data(bytes)
        this.#scanner?.data(bytes)
      },
      end: (complete, entry) => this.#end(complete, entry),
      diagnostic: diagnostic => this.#report(diagnostic),
    })
  }

  /** A buffer to read the next piece of the blob into; pieces from elsewhere may be pushed as well. */
  input(): Buffer {
    return this.#sums.input()
  }

  /** @throws ImageError `BLOB_SIZE_MISMATCH` */
  push(bytes: Buffer): void {
    this.#size += bytes.length
    if (this.#size > this.#blob.size) throw sizeMismatch(this.#blob, `more than ${this.#blob.size}`)
    this.#sums.blob(bytes)
    if (this.#inflater !== undefined) {
      this.#inflater.push(bytes)
      return
    }
    const start = this.#start.length === 0 ? bytes : Buffer.concat([this.#start, bytes])
    if (start.length >= SNIFF_LENGTH) this.#sniff(start)
    else this.#start = Buffer.from(start)
  }

  /** @throws ImageError `BLOB_SIZE_MISMATCH`, `BLOB_DIGEST_MISMATCH`, `LAYER_NOT_TAR`, `LAYER_DAMAGED` */
  finish(): LayerReading {
    if (this.#size !== this.#blob.size) throw sizeMismatch(this.#blob, String(this.#size))
    const digest = this.#verify()
    if (this.#inflater === undefined) this.#sniff(this.#start)
    this.#inflater?.finish()
    this.#tar.finish()
    if (this.#tar.entries === 0 && this.#damage !== undefined) throw unreadable(this.#blob, this.#damage)
    // Asked for last: by then the hasher has reported every file.
    const diffID = this.#isItsTar ? digest : this.#sums.tarDigest()
    return {
      digest,
      size: this.#size,
      diffID,
      compression: this.#compression,
      tarSize: this.#tarSize,
      accessPoints: this.#inflater?.accessPoints ?? [],
      changeset: this.#builder.finish(),
    }
  }

  get compression(): Packing {
    return this.#compression
  }

  get checkpoints(): readonly Checkpoint[] {
    return this.#recorder?.points ?? []
  }

  /** Frees native memory. */
  close(): void {
    this.#inflater?.[Symbol.dispose]()
    this.#sums.close()
  }

  #sniff(start: Buffer): void {
    this.#start = Buffer.alloc(0)
    this.#scanner?.start(start)
    this.#compression = sniffCompression(start)
    this.#inflater = createInflater(this.#compression, {
      output: bytes => this.#pass(bytes),
      diagnostic: diagnostic => this.#report(diagnostic),
      recorder: this.#recorder,
      zstdRecorder: this.#compression === 'zstd' ? this.#recordFrames?.() : undefined,
      nextBuffer: this.#sums.output,
    })
    if (start.length > 0) this.#inflater.push(start)
  }

  #pass(bytes: Buffer): void {
    this.#tarSize += bytes.length
    if (!this.#isItsTar) this.#sums.tar(bytes)
    this.#tar.push(bytes)
    this.#onTar?.(bytes, this.#inflater?.accessPoints ?? [])
  }

  #begin(entry: TarEntry): void {
    this.#scanner?.member(entry)
    this.#hashing = this.#builder.add(entry)
    if (!this.#hashing) return
    this.#sums.begin(entry, this.#builder.length - 1)
    this.#scanner?.begin(cleanBinary(entry.name), entry.mode, entry.storedSize)
  }

  #end(complete: boolean, entry: TarEntry): void {
    if (!complete) this.#builder.dropLast(entry)
    else if (this.#hashing) {
      this.#sums.end()
      this.#scanner?.end(this.#builder.length - 1)
    }
  }

  #report(diagnostic: Diagnostic): void {
    if (diagnostic.severity === 'error') this.#damage ??= diagnostic.message
    this.#builder.report(diagnostic)
  }

  #verify(): Digest {
    const actual = this.#sums.blobDigest()
    if (actual === undefined) {
      const message = `Cannot verify ${this.#blob.digest}: this program does not know its algorithm`
      this.#report({ code: 'DIGEST_UNVERIFIABLE', severity: 'warning', message })
      return this.#blob.digest
    }
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
          hint: 'Its bytes match their digest, so the image was built this way.',
        },
      )
}
