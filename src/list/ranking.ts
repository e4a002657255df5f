import { type Filter, matchesFilter } from '../filter/filter.ts'
import type { Change, FilterSubject } from '../filter/filter-term.ts'
import { at, entryAt, entryPath, entryType } from '../layer/changeset.ts'
import type { FilePath } from '../layer/file-path.ts'
import type { Snapshot, Stack } from '../overlay/tree.ts'
import { type Waste, type WasteLedger, wasteSteps } from '../space/waste.ts'
import { Largest } from './largest.ts'

/** One version of a file in one layer. */
export type BigFile = {
  readonly path: FilePath
  readonly bytes: number
  readonly layer: number
  readonly entry: number
  /** Whether a name of the image still shows it. */
  readonly alive: boolean
}

/** The largest files of all layers that a filter keeps, and how many it keeps in all. */
export type BiggestList = {
  readonly stack: Stack
  readonly files: readonly BigFile[]
  readonly count: number
  readonly bytes: number
}

/** Every hidden byte that a filter keeps, and the largest files. */
export type WasteList = {
  readonly stack: Stack
  readonly ledger: WasteLedger
  readonly filter: Filter | undefined
  readonly files: readonly Waste[]
  readonly count: number
  readonly bytes: number
}

/** Rows of such a list; a longer list is of no use to scroll through, the filter finds the others. */
export const RANKED = 5000
/** Entries between two yields. */
const STEP = 1024
/** The same where each is looked up by its path. */
const LOOKED_UP = 64

export function* biggestFiles(stack: Stack, filter: Filter | undefined): Generator<undefined, BiggestList> {
  const largest = new Largest<{ readonly layer: number; readonly entry: number }>(RANKED)
  const final = stack.snapshot(stack.changesets.length)
  let [count, bytes, steps] = [0, 0, 0]
  for (const [layer, changeset] of stack.changesets.entries()) {
    for (let entry = 0; entry < changeset.length; entry++) {
      if (++steps % STEP === 0) yield
      if (entryType(changeset, entry) !== 'file') continue
      if (filter !== undefined && !matchesFilter(filter, candidateOf(stack, layer, entry, 'added'))) continue
      const size = at(changeset.sizes, entry)
      count++
      bytes += size
      if (largest.wants(size)) largest.add(size, { layer, entry })
    }
  }
  const files: BigFile[] = []
  for (const { layer, entry } of largest.all()) {
    files.push(bigFile(stack, final, layer, entry))
    if (files.length % LOOKED_UP === 0) yield
  }
  return { stack, files, count, bytes }
}

export function* wasteList(stack: Stack, filter: Filter | undefined): Generator<undefined, WasteList> {
  const ledger = yield* wasteSteps(stack)
  const largest = new Largest<Waste>(RANKED)
  let [count, bytes, steps] = [0, 0, 0]
  for (const waste of ledger.files()) {
    if (++steps % STEP === 0) yield
    if (filter !== undefined && !keepsWaste(stack, filter, waste)) continue
    count++
    bytes += waste.bytes
    if (largest.wants(waste.bytes)) largest.add(waste.bytes, waste)
  }
  return { stack, ledger, filter, files: largest.all(), count, bytes }
}

function bigFile(stack: Stack, final: Snapshot, layer: number, entry: number): BigFile {
  const changeset = stack.changesets[layer]
  if (changeset === undefined) throw new RangeError(`layer ${layer} is not in the stack`)
  const path = entryPath(changeset, entry)
  const shown = final.find(path)
  const here = (content: { layer: number; entry: number } | undefined) => content?.layer === layer && content.entry === entry
  return {
    path,
    bytes: at(changeset.sizes, entry),
    layer,
    entry,
    alive: here(shown?.content) || hasOtherName(stack, final, layer, path, here),
  }
}

/** Whether another hard link still shows what was removed under this name. */
function hasOtherName(
  stack: Stack,
  final: Snapshot,
  layer: number,
  path: FilePath,
  here: (content: { layer: number; entry: number } | undefined) => boolean,
): boolean {
  const own = stack.snapshot(layer + 1)
  const node = own.find(path)
  if (node === undefined || node.links < 2) return false
  return own.names(node).some(name => here(final.find(name)?.content))
}

/** Whether a filter keeps a hidden file. */
export function keepsWaste(stack: Stack, filter: Filter, { shippedBy, hiddenBy, entry }: Waste): boolean {
  return matchesFilter(filter, { ...candidateOf(stack, shippedBy, entry, 'removed'), hiddenBy })
}

function candidateOf(stack: Stack, layer: number, entry: number, change: Change): FilterSubject {
  const changeset = stack.changesets[layer]
  if (changeset === undefined) throw new RangeError(`layer ${layer} is not in the stack`)
  return { ...entryAt(changeset, entry), layer, change, links: 1 }
}
