import type { Descriptor } from '../blob/descriptor.ts'
import { layerType } from '../blob/media-type.ts'
import type { BlobSource } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import type { Layer } from '../image/load.ts'
import type { LayerReading } from '../layer/reading.ts'
import type { PlaceReads } from './read-order.ts'
import type { LayerBytes, TarBytes } from './tar-bytes.ts'
import type { CopyReader, LayerAtHand, OpenTarOptions, ReadOptions, Workshop } from './workshop.ts'

/**
 * The layers a rebuild works on, by their places in the stack (dropped ones are not among them): all are read at once,
 * those that will surely be copied from are kept at hand, others are opened when it turns out that they are needed.
 */
export class SourceLayers {
  readonly #source: BlobSource
  readonly #workshop: Workshop
  readonly #layers: readonly Layer[]
  readonly #readings: LayerReading[] = []
  readonly #atHand = new Map<number, LayerAtHand>()

  constructor(source: BlobSource, workshop: Workshop, layers: readonly Layer[]) {
    this.#source = source
    this.#workshop = workshop
    this.#layers = layers
  }

  /** Reads every layer; the places in `open` will be copied from, soon. @throws ImageError `LAYER_UNREADABLE` and those of the reading */
  async readAll(open: ReadonlySet<number>, options: ReadOptions): Promise<void> {
    const read = new Map<number, number>()
    let total = 0
    const progress = (place: number, done: number) => {
      total += done - (read.get(place) ?? 0)
      read.set(place, done)
      options.onProgress?.(total)
    }
    const failed = new AbortController()
    const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal])
    for (const { blob, position } of this.#layers) checkReadable(blob, position)
    const readers = await Promise.all(this.#layers.map(({ blob }, place) => this.#reader(blob, open.has(place))))
    await Promise.allSettled(
      readers.map(async (reader, place) => {
        try {
          const { reading, opened } = await reader({ onProgress: done => progress(place, done), signal })
          this.#readings[place] = reading
          if (opened !== undefined) this.#atHand.set(place, opened)
          progress(place, this.#layers[place]?.blob.size ?? 0)
        } catch (thrown) {
          failed.abort(thrown)
          throw thrown
        }
      }),
    )
    options.signal?.throwIfAborted()
    failed.signal.throwIfAborted()
    this.#workshop.ready()
  }

  reading(place: number): LayerReading {
    const reading = this.#readings[place]
    if (reading === undefined) throw new RangeError(`layer ${place} was not read`)
    return reading
  }

  /** Opens those that are not open yet; for the places that written layers copy from, which are read like this from then on. */
  async openAll(reads: ReadonlyMap<number, PlaceReads>, options: ReadOptions): Promise<void> {
    for (const [place, { again }] of reads) {
      const atHand = this.#atHand.get(place)
      if (atHand !== undefined && again !== undefined) atHand.inOrder()
      else if (atHand === undefined) await this.#open(place, { ...options, again, reading: this.reading(place) })
    }
  }

  /** Proves that what was copied is what the digests name. @throws ImageError `BLOB_DIGEST_MISMATCH` */
  finish(): void {
    for (const layer of this.#atHand.values()) layer.finish()
  }

  bytes(): readonly LayerBytes[] {
    return this.#layers.map((_, place) => ({ changeset: this.reading(place).changeset, tar: this.#atHand.get(place) ?? CLOSED }))
  }

  atHand(place: number): LayerAtHand | undefined {
    return this.#atHand.get(place)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#atHand.values()]
    this.#atHand.clear()
    await Promise.all(open.map(layer => layer.close()))
  }

  async #reader(blob: Descriptor, toCopy: boolean): Promise<CopyReader> {
    if (toCopy) return await this.#workshop.prepareCopy(this.#source, blob)
    return async options => ({ reading: await this.#workshop.readLayer(this.#source, blob, options), opened: undefined })
  }

  async #open(place: number, options: OpenTarOptions): Promise<void> {
    const layer = this.#layers[place]
    if (layer === undefined) throw new RangeError(`there is no layer ${place}`)
    const opened = await this.#workshop.openLayer(this.#source, layer.blob, options)
    this.#atHand.set(place, opened)
    this.#readings[place] = opened.reading
  }
}

const CLOSED: TarBytes = {
  read() {
    throw new RangeError('a layer is copied from that was not opened')
  },
}

/** @throws ImageError `LAYER_UNREADABLE` */
function checkReadable({ mediaType, digest }: Descriptor, position: number): void {
  const type = layerType(mediaType)
  if (type !== undefined && !type.encrypted) return
  const why = type === undefined ? `its type is not a tar layer` : 'it is encrypted'
  throw new ImageError('LAYER_UNREADABLE', `Cannot rebuild from layer ${position + 1} (${digest}): ${why}`, {
    hint:
      type === undefined
        ? 'Only edits that look at no file (--set, --format) are possible.'
        : 'Decrypt the image first, for example with "skopeo copy --decryption-key".',
  })
}
