import { sizeOfBlobs } from '../blob/descriptor.ts'
import { layerType } from '../blob/media-type.ts'
import type { BlobSource } from '../blob/source.ts'
import type { Diagnostic } from '../error.ts'
import type { Image, Layer } from '../image/load.ts'
import type { LayerReading } from '../layer/reading.ts'
import { refusedAsKept } from '../layer/refused-codes.ts'
import { buildingStack } from '../overlay/apply.ts'
import { inTurns } from '../overlay/in-slices.ts'
import type { RebuildOptions, Workshop } from './workshop.ts'

/** The losses of an image whose layers are left out. */
export type DroppedLayers = {
  /** Bytes of the tar of each dropped layer that could be read, by its position. */
  readonly tarSizes: ReadonlyMap<number, number>
  /** Layers that were read for this, by their positions. */
  readonly readings: ReadonlyMap<number, LayerReading>
  /** Names in kept layers that link to files which went with a dropped one, and what runtimes refuse about kept layers that were read. */
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads the layers that are dropped, for the figures; a layer that cannot be read can be dropped all the same. Whether a kept layer
 * links into a dropped one is looked at where all kept ones lie on this machine: nothing is fetched for it. `alone`: only the
 * dropped ones are to be read, since the tree of the others is known.
 */
export async function readDropped(
  image: Image,
  dropped: ReadonlySet<number>,
  source: BlobSource,
  workshop: Workshop,
  options: RebuildOptions & { readonly alone: boolean },
): Promise<DroppedLayers> {
  if (dropped.size === 0) return { tarSizes: new Map(), readings: new Map(), diagnostics: [] }
  const gone = image.layers.filter(({ position }) => dropped.has(position))
  const left = image.layers.filter(({ position }) => !dropped.has(position))
  const wanted = options.alone || !(await allHere(left, source)) ? gone : image.layers
  const readings = await readAll(wanted, source, workshop, options)
  const kept = left.flatMap(({ position }) => readings.get(position) ?? [])
  const tarSizes = new Map<number, number>()
  for (const { position } of gone) {
    const reading = readings.get(position)
    if (reading !== undefined) tarSizes.set(position, reading.tarSize)
  }
  const broken = kept.length === left.length ? await brokenLinks(kept, options) : []
  const positions = left.map(({ position }) => position)
  const refused = left.flatMap(({ position }) => refusedAsKept(readings.get(position)?.changeset.diagnostics ?? [], position))
  return { tarSizes, readings, diagnostics: [...aboutKept(broken, positions, dropped), ...refused] }
}

/**
 * Diagnostics of a stack with the layers numbered as in the image, of which some were dropped: the target of a hard link may have
 * been in one of those.
 */
export function aboutKept(
  diagnostics: readonly Diagnostic[],
  positions: readonly number[],
  { size: dropped }: ReadonlySet<number>,
): readonly Diagnostic[] {
  return diagnostics.map(each => {
    const moved = each.layer === undefined ? each : { ...each, layer: positions[each.layer] ?? each.layer }
    return dropped > 0 && each.code === 'HARDLINK_TARGET_MISSING' ? { ...moved, message: LINK_MISSING } : moved
  })
}

const LINK_MISSING = 'a hard link to a file that is not in the layers that are left: the result cannot be unpacked everywhere'

async function allHere(layers: readonly Layer[], source: BlobSource): Promise<boolean> {
  const found = await Promise.all(layers.map(({ blob }) => source.locate(blob).catch(() => undefined)))
  return !found.includes(undefined)
}

async function readAll(
  layers: readonly Layer[],
  source: BlobSource,
  workshop: Workshop,
  { signal, onProgress }: RebuildOptions,
): Promise<ReadonlyMap<number, LayerReading>> {
  const readings = new Map<number, LayerReading>()
  const done = new Map<number, number>()
  const total = sizeOfBlobs(layers)
  await Promise.all(
    layers.map(async ({ blob, position }) => {
      const tell = (bytes: number) => {
        done.set(position, bytes)
        onProgress?.({ phase: 'reading', done: [...done.values()].reduce((sum, each) => sum + each, 0), total })
      }
      const type = layerType(blob.mediaType)
      if (type === undefined || type.encrypted) return
      try {
        readings.set(
          position,
          await workshop.readLayer(source, blob, { onProgress: tell, ...(signal !== undefined && { signal }) }),
        )
      } catch {
        signal?.throwIfAborted()
      }
    }),
  )
  return readings
}

async function brokenLinks(
  readings: readonly LayerReading[],
  { semantics, signal }: RebuildOptions,
): Promise<readonly Diagnostic[]> {
  const changesets = readings.map(({ changeset }) => changeset)
  const { diagnostics } = await inTurns(buildingStack(changesets, semantics), signal)
  return diagnostics.filter(({ code }) => code === 'HARDLINK_TARGET_MISSING')
}
