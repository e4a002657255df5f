import type { Descriptor } from '../blob/descriptor.ts'
import type { Compression } from '../blob/media-type.ts'
import { at, type Changeset } from '../layer/changeset.ts'
import type { LayerReading } from '../layer/reading.ts'
import type { WasteLedger } from './waste.ts'

/** What one layer holds and costs: a row of `peel inspect --layers`. Sizes in bytes. */
export type LayerSummary = {
  readonly position: number
  readonly digest: string
  readonly diffId: string
  readonly mediaType: string
  readonly compression: Compression
  /** The blob. */
  readonly size: number
  readonly tarSize: number
  readonly contentBytes: number
  readonly entries: number
  /** Tar bytes a byte of the blob holds. */
  readonly ratio: number
  /** Content shipped here that this or a later layer hid. */
  readonly hiddenShipped: number
  /** Content that this layer hid, wherever it was shipped. */
  readonly hiddenCaused: number
}

export type ReadLayer = { readonly blob: Descriptor; readonly reading: LayerReading }

/** Per-layer figures, base first; the ledger is of the same layers. */
export function summarizeLayers(layers: readonly ReadLayer[], ledger: WasteLedger): readonly LayerSummary[] {
  return layers.map(({ blob, reading }, position) => ({
    position,
    digest: blob.digest,
    diffId: reading.diffID,
    mediaType: blob.mediaType,
    compression: reading.compression,
    size: reading.size,
    tarSize: reading.tarSize,
    contentBytes: contentBytes(reading.changeset),
    entries: reading.changeset.length,
    ratio: reading.size === 0 ? 1 : reading.tarSize / reading.size,
    hiddenShipped: ledger.byLayer[position]?.shipped ?? 0,
    hiddenCaused: ledger.byLayer[position]?.caused ?? 0,
  }))
}

/** Content bytes of all regular files of a layer. */
export function contentBytes({ length, sizes }: Changeset): number {
  let total = 0
  for (let index = 0; index < length; index++) total += at(sizes, index)
  return total
}
