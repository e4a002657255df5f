import { sizeOfBlobs } from '../../blob/descriptor.ts'
import type { Diagnostic, ImageError } from '../../error.ts'
import { NO_PACE, type Pace, withMoment } from '../../format/transfer-rate.ts'
import type { ImageNode } from '../../image/list.ts'
import type { Image } from '../../image/load.ts'
import { isListing, type KnownLayer } from '../../layer/reading.ts'
import type { ChangeCounts } from '../../overlay/change-counts.ts'
import type { Stack } from '../../overlay/tree.ts'

/** So many bytes of a layer's blob. */
export type BytesRead = { readonly layer: number; readonly done: number }

/** How far a layer has been read. `done` and `total` count bytes of its blob. */
export type LayerProgress =
  | { readonly status: 'waiting' }
  | { readonly status: 'reading'; readonly done: number; readonly total: number; readonly pace: Pace }
  | { readonly status: 'read'; readonly reading: KnownLayer }
  | { readonly status: 'failed'; readonly error: ImageError }

/**
 * The sums over the layers that are read so far. `layers` counts from the base: while reading goes on it is the
 * longest run of read layers, at the end all of them.
 */
export type Analysis = {
  readonly layers: number
  readonly stack: Stack
  /** Bytes each of these layers ships and a later one hides, by position; they may grow until `complete`. */
  readonly hidden: readonly number[]
  /** Bytes each of these layers hides of the layers below it, by position. */
  readonly caused: readonly number[]
  /** Content bytes each of these layers ships, by position. */
  readonly shipped: readonly number[]
  /** Numbers of the entries that each of these layers adds, writes again and removes, by position. */
  readonly changes: readonly ChangeCounts[]
  /** True when every layer of the image is in it. */
  readonly complete: boolean
}

/** Images that can be open at a time: the one on the screen, and the one that it is compared with. */
export const IMAGE_IDS = ['shown', 'compared'] as const
export type ImageId = (typeof IMAGE_IDS)[number]

/** The state's part of what opening a place gives. */
export type OpenedImage = {
  /** Everything the source holds. */
  readonly nodes: readonly ImageNode[]
  readonly image: Image
  readonly offer: Offer
  /** An artifact's own config, parsed, where it has one that is JSON. */
  readonly settings?: unknown
  /** In a registry. */
  readonly remote: boolean
  /** Layers that would be pulled, where they are so many bytes that a person is asked. */
  readonly pulls?: HeldLayers | undefined
  /** Remarks of the place, told once: warnings, what is left of a limit. Escaped. */
  readonly notices: readonly string[]
}

/** An open image, as far as its layers are read. */
export type OpenImage = {
  readonly id: ImageId
  /** The opened reference, as it goes to `World.open`. */
  readonly source: string
  /** The same for the screen: escaped. */
  readonly reference: string
  /** Everything the source holds, for the index view and for choosing. */
  readonly nodes: readonly ImageNode[]
  readonly image: Image
  /** An artifact's own config, parsed. */
  readonly settings?: unknown
  /** By position. */
  readonly progress: readonly LayerProgress[]
  /** Of all the layers that are being read: bytes that came since reading began. */
  readonly pace: Pace
  /** Bytes of layers that ended since the last moment of `pace`: a small one is read between two of them. */
  readonly ended: number
  readonly analysis: Analysis | undefined
  readonly diagnostics: readonly Diagnostic[]
  /** In a registry, which may know what refers to it. */
  readonly remote: boolean
  /** Layers that are read only when that is asked for, because they would be pulled or reading was stopped. */
  readonly held: HeldLayers | undefined
}

/** Positions of layers, and the bytes that reading them fetches. */
export type HeldLayers = { readonly layers: readonly number[]; readonly bytes: number }

/** Words behind a figure that may still grow: it is of the layers that are read; nothing once all are. */
export function soFar(image: OpenImage | undefined): string {
  return image === undefined || image.analysis?.complete === true ? '' : ' so far'
}

/** The same behind a figure that was computed of `stack`: until the answer about all layers is there, the older one is so far; no figure is shown where there is none yet. */
export function soFarOf(image: OpenImage | undefined, stack: Stack | undefined): string {
  return image !== undefined && stack !== undefined && stack !== image.analysis?.stack ? ' so far' : soFar(image)
}

/** The readings that have arrived, by position; undefined where a layer is still to be read or failed. */
export function readingAt(open: OpenImage, position: number): KnownLayer | undefined {
  const progress = open.progress[position]
  return progress?.status === 'read' ? progress.reading : undefined
}

/** Whether every layer was read or has failed. */
export function isSettled(open: OpenImage): boolean {
  return open.progress.every(({ status }) => status === 'read' || status === 'failed')
}

/** Bytes read and to read over all layers. */
export function readingTotals(open: OpenImage): { readonly done: number; readonly total: number } {
  const total = sizeOfBlobs(open.image.layers)
  const done = open.image.layers.reduce((sum, { blob, position }) => {
    const progress = open.progress[position]
    if (progress?.status === 'reading') return sum + Math.min(progress.done, blob.size)
    return progress?.status === 'read' || progress?.status === 'failed' ? sum + blob.size : sum
  }, 0)
  return { done, total }
}

/** `open` with layers as far as they are now. */
export function withBytesRead(open: OpenImage, at: number, layers: readonly BytesRead[]): OpenImage {
  const progress = [...open.progress]
  let came = (open.pace.at(-1)?.done ?? 0) + open.ended
  for (const { layer, done } of layers) {
    const before = progress[layer]
    if (before === undefined || before.status === 'read') continue
    const known = before.status === 'reading' ? before : { done: 0, pace: NO_PACE }
    came += Math.max(0, done - known.done)
    const total = open.image.layers[layer]?.blob.size ?? 0
    progress[layer] = { status: 'reading', done, total, pace: withMoment(known.pace, at, done) }
  }
  return { ...open, progress, pace: withMoment(open.pace, at, came), ended: 0 }
}

/** `open` with a layer read. Of one that is known from before, or by a table of contents, the bytes did not come. */
export function withLayerRead(open: OpenImage, layer: number, reading: KnownLayer): OpenImage {
  const before = open.progress[layer]
  const size = open.image.layers[layer]?.blob.size ?? 0
  const came = !isListing(reading) && reading.remembered === undefined
  const rest = came ? Math.max(0, size - (before?.status === 'reading' ? before.done : 0)) : 0
  return { ...open, progress: open.progress.with(layer, { status: 'read', reading }), ended: open.ended + rest }
}

/** `open` after its reading was stopped: layers that were being read wait again. */
export function withoutReading(open: OpenImage): OpenImage {
  const progress = open.progress.map(each => (each.status === 'reading' ? ({ status: 'waiting' } as const) : each))
  return { ...open, progress, pace: NO_PACE, ended: 0 }
}

/** Positions of the layers whose reading has not begun and that are not held back. */
export function waitingLayers({ progress, held }: OpenImage): readonly number[] {
  const waits = (position: number) => held === undefined || !held.layers.includes(position)
  return progress.flatMap(({ status }, position) => (status === 'waiting' && waits(position) ? [position] : []))
}

/**
 * The question for when the image is on the screen: the reference means several images or platforms and the first is shown; or it is
 * no image but an artifact, whose documents and blobs the index view shows.
 */
export type Offer = 'image' | 'platform' | 'artifact' | undefined
