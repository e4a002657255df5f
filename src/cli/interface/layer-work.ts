import { lstatSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Descriptor } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import { extractTree } from '../../session/extract-tree.ts'
import { LayerSum } from '../../session/layer-sum.ts'
import { contentsByLayer } from '../../session/opened-layers.ts'
import { createWorkshop } from '../../session/workshop.ts'
import { freeBytes, temporaryDirectory } from '../../transport/temporary.ts'
import { createChangesetCache } from '../../worker/changeset-cache.ts'
import type { FileContent } from '../../worker/contents.ts'
import { readKnownContent, readKnownContents } from '../../worker/known-content.ts'
import { listLayer } from '../../worker/layer-listing.ts'
import { createLayerPool } from '../../worker/pool.ts'
import type { CommonOptions } from '../run/options.ts'
import { PlanWork } from './plan-work.ts'
import type { LayerWork } from './world.ts'

/** What a preview makes waits for somebody who may never want it: a share of the free disk that nobody misses. */
const PREVIEW_SHARE = 1 / 8

/** Threads that read layers and what is made of their answers, for as long as the interface runs. */
export function createLayerWork(common: CommonOptions): { readonly work: LayerWork; close(): Promise<void> } {
  const cache = common.cache ? createChangesetCache() : undefined
  const pool = createLayerPool({ cache })
  return {
    work: (session, image) => {
      const { source } = session
      const access = { pool, source, cache }
      const sum = new LayerSum(common.semantics, image.layers.length)
      const plans = new PlanWork(session, image, common, {
        makeWorkshop: options => createWorkshop(pool, options),
        room: () => freeBytes(temporaryDirectory()).then(free => free * PREVIEW_SHARE),
      })
      const blobOf = (layer: number) => blobAt(image, layer)
      return {
        readLayer: async (position, { whole, ...options }, signal) => {
          const blob = blobOf(position)
          // What lies here is read: that proves it, and costs no fetching.
          const read = whole || (await source.locate(blob)) !== undefined
          return read ? pool.readLayer(source, blob, { ...options, signal }) : listLayer(access, blob, { ...options, signal })
        },
        analyse: async (readings, signal) => {
          const analysis = await sum.of(readings, signal)
          // Every layer is known: the threads are not needed any more.
          if (analysis.complete) await pool.rest()
          return analysis
        },
        readFile: (reading, layer, entry, range, signal) =>
          readKnownContent(access, blobOf(layer), reading, entry, range, signal),
        rebuild: (...wish) => plans.rebuild(...wish),
        close: () => plans.close(),
        save: (readings, layers, path, destination, signal) => {
          const read: ReadEntries = (layer, entries) => {
            const reading = readings[layer]
            return reading && readKnownContents(access, blobOf(layer), reading, entries, signal)
          }
          return save(sum.snapshot(layers), path, destination, signal, read)
        },
      }
    },
    close: () => pool.close(),
  }
}

type ReadEntries = (layer: number, entries: readonly number[]) => AsyncIterable<FileContent> | undefined

/** Writes a path of the layers' tree to a place that does not exist yet; nothing stays behind when that fails. */
async function save(
  snapshot: Snapshot,
  path: FilePath,
  destination: string,
  signal: AbortSignal,
  read: ReadEntries,
): Promise<string> {
  const top = snapshot.find(path)
  if (top === undefined) throw new ImageError('PATH_NOT_FOUND', `Cannot save "${displayPath(path)}": it is not in this tree`)
  const target = resolve(destination)
  const shown = escapeText(destination)
  checkFree(target, shown)
  // Beside the destination: what is written is there whole or not at all.
  const staging = mkdtempSync(join(dirname(target), '.peel-save-'))
  try {
    const options = { preserve: false, signal, read: (files: readonly TreeNode[]) => contentsByLayer(files, read) }
    const { files, bytes, skipped } = await extractTree(snapshot, top, join(staging, 'tree'), options)
    checkFree(target, shown)
    renameSync(join(staging, 'tree'), target)
    const left = skipped.length === 0 ? '' : ` ${skipped.length} devices and fifos were left out.`
    return `Saved ${files === 1 ? 'a file' : `${files} files`}, ${formatSize(bytes)}, to ${shown}.${left}`
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

function checkFree(target: string, shown: string): void {
  if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return
  throw new ImageError('DEST_EXISTS', `Cannot save to "${shown}": it is already there`, { hint: 'Choose another name.' })
}

function blobAt({ layers }: Image, position: number): Descriptor {
  const layer = layers[position]
  if (layer === undefined)
    throw new ImageError('LAYER_NOT_FOUND', `Cannot find layer ${position + 1}: the image has ${layers.length}`)
  return layer.blob
}
