import { type Diagnostic, ImageError } from '../error.ts'
import type { Image, Layer } from '../image/load.ts'
import type { LayerReading } from '../layer/reading.ts'
import { buildStack } from '../overlay/apply.ts'
import type { Snapshot, Stack, TreeNode } from '../overlay/tree.ts'
import type { FileContent } from '../worker/contents.ts'
import type { Context } from './context.ts'
import type { OpenedImage } from './opened-image.ts'
import { createProgress } from './progress.ts'

/** Reads the layers at these positions, all at once over the pool's threads; in the order asked for. @throws ImageError */
export async function readLayers(
  context: Context,
  { session, image }: OpenedImage,
  positions: readonly number[],
): Promise<LayerReading[]> {
  const progress = createProgress(context, 'reading')
  const layers = positions.map(position => layerAt(image, position))
  const total = layers.reduce((sum, { blob }) => sum + blob.size, 0)
  const done = new Map<number, number>()
  let read = 0
  // One layer that cannot be read stops the others: nobody waits for what will not be shown.
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  try {
    return await Promise.all(
      layers.map(layer =>
        session.readLayer(layer.blob, {
          signal,
          onProgress: bytes => {
            read += bytes - (done.get(layer.position) ?? 0)
            done.set(layer.position, bytes)
            progress.update(read, total)
          },
        }),
      ),
    )
  } finally {
    stop.abort()
    progress.end()
  }
}

export type Merged = { readonly readings: readonly LayerReading[]; readonly stack: Stack; readonly snapshot: Snapshot }

/** The tree of the first `count` layers, all of them unless told otherwise, under the semantics asked for. */
export async function mergedTree(context: Context, opened: OpenedImage, count = opened.image.layers.length): Promise<Merged> {
  const readings = await readLayers(
    context,
    opened,
    Array.from({ length: count }, (_, position) => position),
  )
  const stack = buildStack(
    readings.map(({ changeset }) => changeset),
    context.common().semantics,
  )
  return { readings, stack, snapshot: stack.snapshot(count) }
}

/** What was odd about layers, each with the position it was seen in, and about stacking them. */
export function* oddities({ readings, stack }: Merged): Generator<Diagnostic> {
  for (const [layer, { changeset }] of readings.entries()) {
    for (const diagnostic of changeset.diagnostics) yield { layer, ...diagnostic }
  }
  yield* stack.diagnostics
}

/** A regular file's bytes, from the entry that carries them. */
export function contentOf(
  context: Context,
  { session, image }: OpenedImage,
  reading: LayerReading | undefined,
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
  readings: readonly LayerReading[],
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
