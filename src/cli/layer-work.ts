import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Descriptor } from '../blob/descriptor.ts'
import type { BlobSource } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import type { Image } from '../image/load.ts'
import { displayPath } from '../layer/file-path.ts'
import type { LayerReading } from '../layer/reading.ts'
import { buildStack } from '../overlay/apply.ts'
import { wasteOf } from '../space/waste.ts'
import type { Analysis } from '../state/open-image.ts'
import { formatSize } from '../state/size.ts'
import type { OpenedImage } from '../state/world.ts'
import { createChangesetCache } from '../worker/changeset-cache.ts'
import { readContent } from '../worker/content.ts'
import { createLayerPool } from '../worker/pool.ts'
import { extractTree } from './extract-tree.ts'
import type { CommonOptions } from './options.ts'
import type { LayerWork } from './world.ts'

/** Threads that read layers and what is made of their answers, for as long as the interface runs. */
export function createLayerWork(common: CommonOptions): { readonly work: LayerWork; close(): Promise<void> } {
  const cache = common.cache ? createChangesetCache() : undefined
  const pool = createLayerPool({ cache })
  return {
    work: (source, image) => {
      const blobOf = (layer: number) => blobAt(image, layer)
      const content = contentOf(source, image, cache)
      return {
        readLayer: (position, onProgress, signal) => pool.readLayer(source, blobOf(position), { onProgress, signal }),
        analyse: async readings => analyse(image, readings, common),
        readFile: (reading, layer, entry, range, signal) => content(reading, layer, entry, signal, range),
        save: (readings, layers, path, destination, signal) =>
          save(readings.slice(0, layers), path, destination, common, signal, content),
      }
    },
    close: () => pool.close(),
  }
}

type ReadEntry = (
  reading: LayerReading,
  layer: number,
  entry: number,
  signal: AbortSignal,
  range?: { offset?: number; length?: number },
) => AsyncIterable<Uint8Array>

function contentOf(source: BlobSource, image: Image, cache: ReturnType<typeof createChangesetCache> | undefined): ReadEntry {
  return (reading, layer, entry, signal, range = {}) =>
    readContent(source, blobAt(image, layer), reading, entry, { ...range, cache }, signal)
}

function analyse(image: Image, readings: readonly LayerReading[], { semantics }: CommonOptions): Analysis {
  const stack = buildStack(
    readings.map(({ changeset }) => changeset),
    semantics,
  )
  const ledger = wasteOf(stack)
  return {
    layers: readings.length,
    stack,
    hidden: ledger.byLayer.map(({ shipped }) => shipped),
    shipped: readings.map(({ changeset }) => changeset.sizes.reduce((sum, size) => sum + size, 0)),
    complete: readings.length === image.layers.length,
  }
}

/** Writes a path of the layers' tree to a place that must not exist yet. */
async function save(
  readings: readonly (LayerReading | undefined)[],
  path: Parameters<OpenedImage['save']>[2],
  destination: string,
  { semantics }: CommonOptions,
  signal: AbortSignal,
  content: ReadEntry,
): Promise<string> {
  const known = readings.filter(reading => reading !== undefined)
  const snapshot = buildStack(
    known.map(({ changeset }) => changeset),
    semantics,
  ).snapshot(known.length)
  const top = snapshot.find(path)
  if (top === undefined) throw new ImageError('PATH_NOT_FOUND', `Cannot save "${displayPath(path)}": it is not in this tree`)
  const target = resolve(destination)
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) {
    throw new ImageError('DEST_EXISTS', `Cannot save to "${escapeText(destination)}": it is already there`, {
      hint: 'Choose another name.',
    })
  }
  const { files, bytes, skipped } = await extractTree(snapshot, top, target, {
    preserve: false,
    signal,
    read: node => {
      const reading = readings[node.content?.layer ?? -1]
      if (reading === undefined || node.content === undefined) throw new ImageError('LAYER_NOT_READ', 'Cannot read a layer')
      return content(reading, node.content.layer, node.content.entry, signal)
    },
  })
  const left = skipped.length === 0 ? '' : ` ${skipped.length} devices and fifos were left out.`
  return `Saved ${files === 1 ? 'a file' : `${files} files`}, ${formatSize(bytes)}, to ${escapeText(destination)}.${left}`
}

function blobAt({ layers }: Image, position: number): Descriptor {
  const layer = layers[position]
  if (layer === undefined)
    throw new ImageError('LAYER_NOT_FOUND', `Cannot find layer ${position + 1}: the image has ${layers.length}`)
  return layer.blob
}
