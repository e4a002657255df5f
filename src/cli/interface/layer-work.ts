import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Descriptor } from '../../blob/descriptor.ts'
import { TELL_ALL } from '../../check/gates/judge.ts'
import { type LayerScan, NO_SCAN } from '../../check/layer-scan.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { isListing, type KnownLayer, type LayerReading } from '../../layer/reading.ts'
import { inSlices } from '../../overlay/in-slices.ts'
import type { Steps } from '../../overlay/steps.ts'
import type { Snapshot, TreeNode } from '../../overlay/tree.ts'
import type { CheckOptions } from '../../session/check/check-image.ts'
import { contentsByLayer } from '../../session/contents-by-layer.ts'
import { extractTree } from '../../session/extract-tree.ts'
import { layerAt } from '../../session/layer-access.ts'
import { LayerSum } from '../../session/layer-sum.ts'
import { readOwnership } from '../../session/read-ownership.ts'
import { checkPlacePolicy } from '../../session/remote.ts'
import type { Session } from '../../session/session.ts'
import { StagedTree } from '../../session/staged-tree.ts'
import { createWorkshop } from '../../session/workshop.ts'
import type { CheckedSoFar } from '../../state/model/story.ts'
import { freeBytes, temporaryDirectory } from '../../transport/temporary-directory.ts'
import type { FileContent } from '../../worker/read-files.ts'
import type { CommonOptions } from '../run/options.ts'
import { PlanWork } from './plan-work.ts'
import type { LayerWork } from './world.ts'

/** A share of the free disk for previews, which may wait for a user who never wants them: little enough to be missed by no other program. */
const PREVIEW_SHARE = 1 / 8

/** Bytes of a layer that are fetched for a preview that was not asked for. */
const FETCHED_UNASKED = 4_000_000

/** Layers of an open image as the interface asks for them, over the session's own threads and cache. */
export function createLayerWork(common: CommonOptions): LayerWork {
  return (session, image) => {
    const { source, pool } = session
    const sum = new LayerSum(common.semantics, image.layers.length)
    const plans = new PlanWork(session, image, common, {
      makeWorkshop: options => createWorkshop(pool, options),
      room: () => freeBytes(temporaryDirectory()).then(free => free * PREVIEW_SHARE),
    })
    /** The scans of layers that were looked into; one that was only listed, or read earlier without looking, has none. */
    const scans = new Map<number, LayerScan>()
    const blobOf = (layer: number) => layerAt(image, layer).blob
    return {
      readLayer: async (position, { whole, ...options }, signal) => {
        const blob = blobOf(position)
        // A layer that lies here is read: that proves it, and costs no fetching.
        const onScan = (scan: LayerScan) => void scans.set(position, scan)
        const isRead = whole || (await source.locate(blob)) !== undefined
        if (!isRead) return session.listLayer(blob, { ...options, signal, onScan })
        const { reading, scan } = await session.scanLayer(blob, { ...options, signal })
        onScan(scan)
        return reading
      },
      analyse: async (readings, signal) => {
        const analysis = await sum.of(readings, signal)
        // Every layer is known: the threads are not needed any more.
        if (analysis.complete) await pool.rest()
        return analysis
      },
      check: (readings, signal) => findingsOf(session, image, { readings, sum, scans }, signal),
      owners: (readings, everything, signal) =>
        readOwnership({ session, image }, { readings, stack: sum.stack }, { everything, signal }),
      readFiles: (readings, files, signal) => {
        const read = async function* (layer: number, entries: readonly number[]) {
          const [reading, blob] = [readings[layer], blobOf(layer)]
          if (reading !== undefined && (await isHere(session, blob)))
            yield* session.readFilesInOnePass(blob, reading, entries, signal)
        }
        return contentsByLayer(files, read)
      },
      isNear: async (layer, reading) =>
        isListing(reading) || blobOf(layer).size <= FETCHED_UNASKED || (await isHere(session, blobOf(layer))),
      readFile: (reading, layer, entry, range, signal) => session.readContent(blobOf(layer), reading, entry, range, signal),
      rebuild: (...wish) => plans.rebuild(...wish),
      close: () => plans.close(),
      save: async (readings, layers, path, destination, signal) => {
        await checkPlacePolicy(session.place, 'files')
        const read: ReadEntries = (layer, entries) => {
          const reading = readings[layer]
          return reading && session.readFilesInOnePass(blobOf(layer), reading, entries, signal)
        }
        return await save(sum.snapshot(layers), path, destination, signal, read)
      },
    }
  }
}

type ReadLayers = {
  readonly readings: readonly (KnownLayer | undefined)[]
  readonly sum: LayerSum
  readonly scans: ReadonlyMap<number, LayerScan>
}

/** The layers, each read whole. @throws ImageError `LAYER_NOT_READ` */
function wholeLayers(readings: ReadLayers['readings']): readonly LayerReading[] {
  return readings.map((reading, layer) => {
    if (reading !== undefined && !isListing(reading)) return reading
    throw new ImageError('LAYER_NOT_READ', `Cannot check the image: layer ${layer + 1} has only been listed`)
  })
}

/** The findings of `peel check`: those that are sure while layers are missing, then all, in slices between which keys are answered. */
async function findingsOf(
  session: Session,
  image: Image,
  { readings, sum, scans }: ReadLayers,
  signal: AbortSignal,
): Promise<CheckedSoFar> {
  const common = { reference: session.reference, now: Date.now() }
  // The sum is later than the readings it adds up; it is asked about again once they are in it.
  const isBehind = sum.stack.changesets.length < readings.length
  if (isBehind || readings.some(reading => reading === undefined || isListing(reading))) {
    const { checkSoFar } = await import('../../session/check/check-so-far.ts')
    const { textsOf } = await import('../../session/check/check-image.ts')
    const findings = checkSoFar(image, { stack: sum.stack, scans }, common)
    return { findings, texts: textsOf(findings), isWhole: false }
  }
  return wholeFindings(session, image, { whole: wholeLayers(readings), sum, scans, common }, signal)
}

type WholeLayers = Pick<ReadLayers, 'sum' | 'scans'> & {
  readonly whole: readonly LayerReading[]
  readonly common: Pick<CheckOptions, 'reference' | 'now'>
}

/** The findings of all layers; those that were read in an earlier run without looking into their files are named. */
async function wholeFindings(
  session: Session,
  image: Image,
  { whole, sum, scans, common }: WholeLayers,
  signal: AbortSignal,
): Promise<CheckedSoFar> {
  const { checkImage, textsOf } = await import('../../session/check/check-image.ts')
  const snapshot = sum.snapshot(whole.length)
  const looked = await Promise.all(
    whole.map((_, layer) => scans.get(layer) ?? scanOf(session, layerAt(image, layer).blob, signal)),
  )
  const found = looked.map(scan => scan ?? NO_SCAN)
  const tree = { readings: whole, snapshot, stack: sum.stack, scans: found }
  const run = async <Result>(steps: Steps<Result>): Promise<Result> => {
    const result = await inSlices(steps, signal)
    signal.throwIfAborted()
    return result as Result
  }
  // An artifact runs nothing and has no layers that hide each other: secrets are all that is looked for.
  const judgement = image.artifactType === undefined ? TELL_ALL : { ...TELL_ALL, only: ['secret/*'] }
  const options = { ...common, run, judgement }
  const { findings } = await checkImage({ image, session, layers: { scannedTree: async () => tree } }, options, signal)
  const unseen = looked.flatMap((scan, layer) => (scan === undefined ? [layer] : []))
  return { findings, texts: textsOf(findings), isWhole: unseen.length === 0, unseen }
}

/** A layer that no pass has looked into is looked into where that fetches nothing; undefined where it would. */
async function scanOf(session: Session, blob: Descriptor, signal: AbortSignal): Promise<LayerScan | undefined> {
  return (await isHere(session, blob)) ? (await session.scanLayer(blob, { signal })).scan : undefined
}

/** Whether reading the blob fetches nothing. */
async function isHere({ place, source }: Session, blob: Descriptor): Promise<boolean> {
  return place.transport === 'demo' || (await source.locate(blob)) !== undefined
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
  await using staged = await StagedTree.open(target, `save to "${shown}"`)
  const options = { preserve: false, signal, read: (files: readonly TreeNode[]) => contentsByLayer(files, read) }
  const { files, bytes, skipped } = await extractTree(snapshot, top, staged.path, options)
  checkFree(target, shown)
  staged.publish()
  const left = skipped.length === 0 ? '' : ` ${skipped.length} devices and fifos were left out.`
  return `Saved ${files === 1 ? 'a file' : `${files} files`}, ${formatSize(bytes)}, to ${shown}.${left}`
}

function checkFree(target: string, shown: string): void {
  if (lstatSync(target, { throwIfNoEntry: false }) === undefined) return
  throw new ImageError('DESTINATION_EXISTS', `Cannot save to "${shown}": it is already there`, { hint: 'Choose another name.' })
}
