import { lstatSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Descriptor } from '../blob/descriptor.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import type { Image } from '../image/load.ts'
import { displayPath, type FilePath } from '../layer/file-path.ts'
import type { LayerReading } from '../layer/reading.ts'
import { buildStack } from '../overlay/apply.ts'
import type { Stack, TreeNode } from '../overlay/tree.ts'
import { wasteOf } from '../space/waste.ts'
import type { Analysis } from '../state/open-image.ts'
import { formatSize } from '../state/size.ts'
import { createChangesetCache } from '../worker/changeset-cache.ts'
import { readContent } from '../worker/content.ts'
import { type FileContent, readContents } from '../worker/contents.ts'
import { createLayerPool } from '../worker/pool.ts'
import { extractTree } from './extract-tree.ts'
import { contentsByLayer } from './opened-layers.ts'
import type { CommonOptions } from './options.ts'
import type { LayerWork } from './world.ts'

/** Threads that read layers and what is made of their answers, for as long as the interface runs. */
export function createLayerWork(common: CommonOptions): { readonly work: LayerWork; close(): Promise<void> } {
  const cache = common.cache ? createChangesetCache() : undefined
  const pool = createLayerPool({ cache })
  return {
    work: (source, image) => {
      const blobOf = (layer: number) => blobAt(image, layer)
      return {
        readLayer: (position, onProgress, signal) => pool.readLayer(source, blobOf(position), { onProgress, signal }),
        analyse: async readings => analyse(image, readings, common),
        readFile: (reading, layer, entry, range, signal) =>
          readContent(source, blobOf(layer), reading, entry, { ...range, cache }, signal),
        save: (readings, layers, path, destination, signal) => {
          const known = readings.slice(0, layers).filter(reading => reading !== undefined)
          const read: ReadEntries = (layer, entries) => {
            const reading = known[layer]
            return reading && readContents({ source, blob: blobOf(layer), reading, cache }, entries, signal)
          }
          return save(treeOf(known, common), path, destination, signal, read)
        },
      }
    },
    close: () => pool.close(),
  }
}

type ReadEntries = (layer: number, entries: readonly number[]) => AsyncIterable<FileContent> | undefined

function treeOf(readings: readonly LayerReading[], { semantics }: CommonOptions): Stack {
  return buildStack(
    readings.map(({ changeset }) => changeset),
    semantics,
  )
}

function analyse(image: Image, readings: readonly LayerReading[], common: CommonOptions): Analysis {
  const stack = treeOf(readings, common)
  return {
    layers: readings.length,
    stack,
    hidden: wasteOf(stack).byLayer.map(({ shipped }) => shipped),
    shipped: readings.map(({ changeset }) => changeset.sizes.reduce((sum, size) => sum + size, 0)),
    complete: readings.length === image.layers.length,
  }
}

/** Writes a path of the layers' tree to a place that does not exist yet; nothing stays behind when that fails. */
async function save(stack: Stack, path: FilePath, destination: string, signal: AbortSignal, read: ReadEntries): Promise<string> {
  const snapshot = stack.snapshot(stack.changesets.length)
  const top = snapshot.find(path)
  if (top === undefined) throw new ImageError('PATH_NOT_FOUND', `Cannot save "${displayPath(path)}": it is not in this tree`)
  const target = resolve(destination)
  const shown = escapeText(destination)
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) {
    throw new ImageError('DEST_EXISTS', `Cannot save to "${shown}": it is already there`, { hint: 'Choose another name.' })
  }
  try {
    const options = { preserve: false, signal, read: (files: readonly TreeNode[]) => contentsByLayer(files, read) }
    const { files, bytes, skipped } = await extractTree(snapshot, top, target, options)
    const left = skipped.length === 0 ? '' : ` ${skipped.length} devices and fifos were left out.`
    return `Saved ${files === 1 ? 'a file' : `${files} files`}, ${formatSize(bytes)}, to ${shown}.${left}`
  } catch (error) {
    rmSync(target, { recursive: true, force: true })
    throw error
  }
}

function blobAt({ layers }: Image, position: number): Descriptor {
  const layer = layers[position]
  if (layer === undefined)
    throw new ImageError('LAYER_NOT_FOUND', `Cannot find layer ${position + 1}: the image has ${layers.length}`)
  return layer.blob
}
