import { type ComparedImage, comparedLayers, needsTrees } from '../compare/compared-image.ts'
import type { LayerReading } from '../layer/reading.ts'
import { buildingStack } from '../overlay/apply.ts'
import { inTurns } from '../overlay/in-slices.ts'
import type { Stack } from '../overlay/tree.ts'
import { artifactConfig } from './artifact/artifact-config.ts'
import type { Asking } from './asking.ts'
import { layerAt } from './layer-access.ts'
import { createLayerThreads } from './layer-threads.ts'
import { type Merged, NO_CHANGES } from './merged.ts'
import { type ChosenImage, withListed } from './opened-image.ts'

/** One side of a comparison, with its layers as they were read; none where the documents decide. */
export type ReadSide = ComparedImage & { readonly merged: Merged<LayerReading> | undefined }
export type ComparedPair = { readonly a: ReadSide; readonly b: ReadSide }

/** One side as it was asked for: an image, and how many of its layers are meant, from the base. */
export type AskedSide = { readonly chosen: ChosenImage; readonly count: number }

/** Opens two images, or artifacts, over one set of threads, and closes both whatever happens. @throws ImageError as `withListed` */
export async function withTwoImages<T>(
  asking: Asking,
  a: string,
  b: string,
  use: (a: ChosenImage, b: ChosenImage) => Promise<T>,
): Promise<T> {
  await using threads = createLayerThreads(asking)
  const shared = { ...asking, threads }
  return await withListed(shared, a, one => withListed(shared, b, other => use(one, other)))
}

/**
 * Reads what it takes to compare the files of two sides: nothing where the documents decide (or always), else each layer
 * once, though both images have it. @throws ImageError as `LayerAccess.read`
 */
export async function comparedPair(
  asking: Pick<Asking, 'signal' | 'semantics'>,
  one: AskedSide,
  other: AskedSide,
  { files = 'needed' }: { readonly files?: 'never' | 'needed' | 'always' } = {},
): Promise<ComparedPair> {
  const settings = new Map<AskedSide, unknown>()
  for (const side of [one, other]) settings.set(side, await ownSettings(side.chosen, asking.signal))
  const sideOf = (side: AskedSide, merged: ReadSide['merged']) => comparedSide(side, merged, settings.get(side))
  const documents = { a: sideOf(one, undefined), b: sideOf(other, undefined) }
  if (files === 'never' || (files === 'needed' && !needsTrees(documents.a, documents.b))) return documents
  const readings = await readLayers(one, other)
  const merge = (side: AskedSide) => mergeSide(asking, side, readings)
  if (one.chosen !== other.chosen) return { a: sideOf(one, await merge(one)), b: sideOf(other, await merge(other)) }
  // Layers of one image: both trees are of one stack.
  const merged = await merge(one.count < other.count ? other : one)
  return { a: sideOf(one, cut(merged, one.count)), b: sideOf(other, cut(merged, other.count)) }
}

/** Readings by digest; those of an artifact by place, since one blob may have two names. */
async function readLayers(one: AskedSide, other: AskedSide): Promise<ReadonlyMap<string, LayerReading>> {
  const readings = new Map<string, LayerReading>()
  const read = async ({ chosen, count }: AskedSide, known: ReadonlySet<string>) => {
    const positions = chosen.layers.positions.slice(0, count).filter(position => !known.has(keyAt(chosen, position)))
    for (const [index, reading] of (await chosen.layers.read(positions)).entries())
      readings.set(keyAt(chosen, positions[index] ?? 0), reading)
  }
  const keys = one.chosen.layers.positions.slice(0, one.count).map(position => keyAt(one.chosen, position))
  await Promise.all([read(one, new Set()), read(other, new Set(keys))])
  return readings
}

function keyAt({ image, artifact }: ChosenImage, position: number): string {
  return artifact === undefined ? layerAt(image, position).blob.digest : `${image.descriptor.digest} ${position}`
}

async function mergeSide(
  { signal, semantics }: Pick<Asking, 'signal' | 'semantics'>,
  { chosen, count }: AskedSide,
  readings: ReadonlyMap<string, LayerReading>,
): Promise<Merged<LayerReading>> {
  const layers = chosen.layers.positions.slice(0, count).map(position => readings.get(keyAt(chosen, position)))
  const changesets = layers.map(layer => layer?.changeset ?? NO_CHANGES)
  return mergedAs(layers, await inTurns(buildingStack(changesets, semantics), signal))
}

function mergedAs(readings: Merged<LayerReading>['readings'], stack: Stack): Merged<LayerReading> {
  return { readings, stack, snapshot: stack.snapshot(readings.length) }
}

function cut({ readings, stack }: Merged<LayerReading>, count: number): Merged<LayerReading> {
  return { readings: readings.slice(0, count), stack, snapshot: stack.snapshot(count) }
}

function comparedSide(
  { chosen: { session, image }, count }: AskedSide,
  merged: Merged<LayerReading> | undefined,
  settings: unknown,
): ReadSide {
  const changesets = merged?.readings.map(reading => reading?.changeset) ?? []
  return {
    reference: session.reference,
    image,
    ...(settings !== undefined && { settings }),
    layers: comparedLayers(image, changesets, count),
    snapshot: merged?.snapshot,
    merged,
  }
}

/** An artifact's own config; undefined where it is no JSON, or cannot be read. */
async function ownSettings({ session, image, artifact }: ChosenImage, signal: AbortSignal): Promise<unknown> {
  return artifact === undefined ? undefined : (await artifactConfig(session.source, image, signal)).document
}
