import type { Descriptor } from '../blob/descriptor.ts'
import type { Context } from '../cli/run/context.ts'
import { createProgress } from '../cli/run/progress.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import type { Image, Layer } from '../image/load.ts'
import { ChangesetBuilder } from '../layer/changeset-builder.ts'
import type { KnownLayer, LayerReading } from '../layer/reading.ts'
import { buildStack, StackBuilder } from '../overlay/apply.ts'
import type { Snapshot, Stack, TreeNode } from '../overlay/tree.ts'
import type { FileContent } from '../worker/contents.ts'
import type { ReadLayerOptions } from '../worker/pool.ts'
import type { OpenedImage } from './opened-image.ts'

/** What these layers' files are, by their tables of contents where they have any; read all at once over the pool's threads, in the order asked for. @throws ImageError */
export async function listLayers(context: Context, opened: OpenedImage, positions: readonly number[]): Promise<KnownLayer[]> {
  return together(context, signal => startReading(context, opened, positions, signal, opened.session.listLayer))
}

/** One layer that cannot be read stops the others: nobody waits for what will not be shown. `use` gets each in turn, base first. */
async function together<Layer>(
  context: Context,
  start: (signal: AbortSignal) => readonly Promise<Layer>[],
  use: (layer: Layer) => void = () => {},
): Promise<Layer[]> {
  const stop = new AbortController()
  try {
    const layers: Layer[] = []
    for await (const layer of inOrder(start(AbortSignal.any([context.signal, stop.signal])))) {
      layers.push(layer)
      use(layer)
    }
    return layers
  } finally {
    stop.abort()
  }
}

/** What is promised, each as soon as it and all before it are there; throws as soon as any of it fails. */
async function* inOrder<Value>(promises: readonly Promise<Value>[]): AsyncGenerator<Value> {
  const failed = Promise.all(promises).then(() => new Promise<never>(() => {}))
  for (const promise of promises) yield await Promise.race([promise, failed])
}

/** What a layer is that cannot be read: the image is as it is, everything else of it can be shown. */
const UNREADABLE = /^LAYER_|^BLOB_(?:MISSING|SIZE_MISMATCH|DIGEST_MISMATCH)$/

/** All layers, base first; in the place of one that is encrypted, damaged or not there, why. @throws ImageError when the place fails */
export function readableLayers(context: Context, opened: OpenedImage): AsyncIterable<LayerReading | ImageError> {
  const readings = startReading(context, opened, everyPosition(opened.image), context.signal, opened.session.readLayer)
  return inOrder(
    readings.map(reading =>
      reading.catch((error: unknown) => {
        if (!context.signal.aborted && error instanceof ImageError && UNREADABLE.test(error.code)) return error
        throw error
      }),
    ),
  )
}

function startReading<Known extends KnownLayer>(
  context: Context,
  { image, session }: OpenedImage,
  positions: readonly number[],
  signal: AbortSignal,
  readOne: (blob: Descriptor, options: ReadLayerOptions) => Promise<Known>,
): Promise<Known>[] {
  const progress = createProgress(context, 'reading')
  const layers = positions.map(position => layerAt(image, position))
  const total = layers.reduce((sum, { blob }) => sum + blob.size, 0)
  const done = new Map<number, number>()
  let read = 0
  const readings = layers.map(layer =>
    readOne(layer.blob, {
      signal,
      onProgress: bytes => {
        read += bytes - (done.get(layer.position) ?? 0)
        done.set(layer.position, bytes)
        progress.update(read, total)
      },
    }).catch((error: unknown) => {
      throw error instanceof ImageError ? namingLayer(error, layer) : error
    }),
  )
  void Promise.allSettled(readings).then(() => {
    progress.end()
    // Ended while the layers are added up, for nothing more will be read.
    if (layers.length === image.layers.length) void session.pool.rest()
  })
  return readings
}

/** The same error with the layer's number, as a person counts, beside its digest. */
function namingLayer(error: ImageError, { blob, position }: Layer): ImageError {
  const named = `layer ${position + 1} (${blob.digest})`
  const message = error.message
    .replace(`layer ${blob.digest}`, named)
    .replace(`Cannot read ${blob.digest}`, `Cannot read ${named}`)
  return new ImageError(error.code, message, { ...(error.hint !== undefined && { hint: error.hint }), cause: error })
}

export type Merged<Known extends KnownLayer = KnownLayer> = {
  /** By position; undefined where a layer was not needed. */
  readonly readings: readonly (Known | undefined)[]
  readonly stack: Stack
  readonly snapshot: Snapshot
}

/** The tree of the first `count` layers, all of them unless told otherwise, under the semantics asked for. */
export async function mergedTree(
  context: Context,
  opened: OpenedImage,
  count = opened.image.layers.length,
): Promise<Merged<LayerReading>> {
  return mergedFrom(context, signal => startReading(context, opened, firstOf(opened, count), signal, opened.session.readLayer))
}

/** The same tree as `listLayers` knows the layers. */
export async function listedTree(context: Context, opened: OpenedImage, count = opened.image.layers.length): Promise<Merged> {
  return mergedFrom(context, signal => startReading(context, opened, firstOf(opened, count), signal, opened.session.listLayer))
}

const firstOf = ({ image }: OpenedImage, count: number) => everyPosition(image).slice(0, count)

/** Layers are stacked while the ones above them are still being read. */
async function mergedFrom<Known extends KnownLayer>(
  context: Context,
  start: (signal: AbortSignal) => readonly Promise<Known>[],
): Promise<Merged<Known>> {
  const builder = new StackBuilder(context.common().semantics)
  const readings = await together(context, start, ({ changeset }) => builder.append(changeset))
  const stack = builder.stack()
  return { readings, stack, snapshot: stack.snapshot(readings.length) }
}

/** The tree of these layers; those that were not read count as empty. */
export function mergedOf<Known extends KnownLayer>(context: Context, readings: Merged<Known>['readings']): Merged<Known> {
  const changesets = readings.map(reading => reading?.changeset ?? NO_CHANGES)
  const stack = buildStack(changesets, context.common().semantics)
  return { readings, stack, snapshot: stack.snapshot(readings.length) }
}

/** What stands for a layer that was not read. */
export const NO_CHANGES = new ChangesetBuilder().finish()

/** What was odd about layers, each with the position it was seen in, and about stacking them. */
export function* oddities({ readings, stack }: Merged): Generator<Diagnostic> {
  for (const [layer, reading] of readings.entries()) {
    for (const diagnostic of reading?.changeset.diagnostics ?? []) yield { layer, ...diagnostic }
  }
  yield* stack.diagnostics
}

/** A regular file's bytes, from the entry that carries them. */
export function contentOf(
  context: Context,
  { session, image }: OpenedImage,
  reading: KnownLayer | undefined,
  content: TreeNode['content'],
): AsyncIterable<Uint8Array> {
  if (reading === undefined || content === undefined) {
    throw new ImageError('CONTENT_NOT_A_FILE', 'Cannot read a file: no layer carries its content')
  }
  return session.readContent(layerAt(image, content.layer).blob, reading, content.entry, {}, context.signal)
}

/** The contents of many files, each layer that carries any passed once. */
export function contentsOf(
  context: Context,
  { session, image }: OpenedImage,
  readings: Merged['readings'],
  files: readonly TreeNode[],
): AsyncIterable<readonly [file: TreeNode, bytes: AsyncIterable<Uint8Array>]> {
  return contentsByLayer(files, (layer, entries) => {
    const reading = readings[layer]
    return reading && session.readContents(layerAt(image, layer).blob, reading, entries, context.signal)
  })
}

/** The contents of files, sorted by the layer that carries them; `read` passes over one layer. */
export async function* contentsByLayer(
  files: readonly TreeNode[],
  read: (layer: number, entries: readonly number[]) => AsyncIterable<FileContent> | undefined,
): AsyncGenerator<readonly [file: TreeNode, bytes: AsyncIterable<Uint8Array>]> {
  const byLayer = new Map<number, Map<number, TreeNode>>()
  for (const file of files) {
    if (file.content === undefined) continue
    const { layer, entry } = file.content
    byLayer.set(layer, (byLayer.get(layer) ?? new Map()).set(entry, file))
  }
  for (const [layer, wanted] of byLayer) {
    for await (const { entry, bytes } of read(layer, [...wanted.keys()]) ?? []) {
      const file = wanted.get(entry)
      if (file !== undefined) yield [file, bytes]
    }
  }
}

export function everyPosition({ layers }: Image): readonly number[] {
  return layers.map(({ position }) => position)
}

/** The position of the layer a person numbered from 1. @throws ImageError `LAYER_NOT_FOUND` */
export function positionOf(image: Image, typed: number): number {
  return layerAt(image, typed - 1).position
}

function layerAt({ layers }: Image, position: number): Layer {
  const layer = layers[position]
  if (layer !== undefined) return layer
  throw new ImageError('LAYER_NOT_FOUND', `Cannot find layer ${position + 1}: the image has ${layers.length}`, {
    hint: 'Layers are counted from the base, 1 first.',
  })
}
