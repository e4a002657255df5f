import { sizeOfBlobs } from '../blob/descriptor.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import type { Image } from '../image/load.ts'
import type { Changeset } from '../layer/changeset.ts'
import { displayPath, type FilePath } from '../layer/file-path.ts'
import { buildingStack } from '../overlay/apply.ts'
import { semanticsNotice } from '../overlay/disagreement.ts'
import { inTurns } from '../overlay/in-slices.ts'
import type { Snapshot, Stack } from '../overlay/tree.ts'
import { firstDifference } from './compare.ts'
import { aboutKept } from './dropped-layers.ts'
import { describeEdit } from './edit.ts'
import { flatten, type Member } from './flatten.ts'
import type { PlanChoices } from './plan.ts'
import type { PlannedLayer } from './planned-layer.ts'
import { readOrder } from './read-order.ts'
import type { RemovedPart } from './rebuilt-image.ts'
import { type Removal, removedBytes, resolveRemovals } from './removal.ts'
import type { SourceLayers } from './source-layers.ts'
import { type TargetEdits, type TargetTree, targetTree } from './target-tree.ts'
import type { MadeBlob, MadeLayer, RebuildOptions, Workshop } from './workshop.ts'
import { expectedBytes, hashedMembers, writeLayer } from './write-layer.ts'

/** The trees of the layers that are not dropped, and what shall be different in them. Places count those layers only. */
export type Trees = {
  readonly stack: Stack
  /** Position in the image of each place in the stack. */
  readonly positions: readonly number[]
  readonly edits: TargetEdits
  readonly removed: readonly RemovedPart[]
  readonly diagnostics: readonly Diagnostic[]
}

/** @throws ImageError `LAYER_UNREADABLE`, `LAYER_DAMAGED` and those of the reading */
export async function readTrees(
  image: Image,
  choices: PlanChoices,
  layers: SourceLayers,
  { semantics, compile, signal, onProgress }: RebuildOptions,
): Promise<Trees> {
  const kept = image.layers.filter(({ position }) => !choices.dropped.has(position))
  const inRange = new Set(choices.ranges.flat())
  const positions: number[] = []
  const open = new Set<number>()
  for (const { position } of kept) {
    if (inRange.has(position)) open.add(positions.length)
    positions.push(position)
  }
  const total = sizeOfBlobs(kept)
  await layers.readAll(open, {
    ...(signal !== undefined && { signal }),
    onProgress: done => onProgress?.({ phase: 'reading', done, total }),
  })
  for (const place of open) checkWhole(layers.reading(place).changeset.diagnostics, positions[place] ?? 0)
  const changesets = positions.map((_, place) => layers.reading(place).changeset)
  const stack = await inTurns(buildingStack(changesets, semantics), signal)
  const disputed = semanticsNotice(stack)
  const removals = await inTurns(resolveRemovals(choices.removals, stack, compile), signal)
  const removed = new Set<FilePath>(removals.flatMap(({ paths }) => [...paths]))
  const edits = { removed, clampTo: choices.clampTo }
  return {
    stack,
    positions,
    edits,
    removed: removals.map(removal => ({
      what: describeEdit(removal.edit),
      paths: removal.paths.size,
      bytes: removedBytes(removal, stack),
    })),
    diagnostics: [
      ...aboutKept(stack.diagnostics, positions, choices.dropped),
      ...(disputed === undefined ? [] : [disputed]),
      ...removals.flatMap(matchedNothing),
      ...emptied(stack.snapshot(positions.length), edits),
    ],
  }
}

/** Says that what is removed is all that there was: a pattern that was meant for less. */
function emptied(before: Snapshot, edits: TargetEdits): Diagnostic[] {
  if (edits.removed.size === 0 || before.count === 0) return []
  const after = targetTree(before, edits)
  if (after.children(after.root).length > 0) return []
  return [{ code: 'IMAGE_EMPTIED', severity: 'warning', message: 'Everything is removed: no file of the image is left' }]
}

function matchedNothing({ edit, paths }: Removal): Diagnostic[] {
  if (paths.size > 0) return []
  return [{ code: 'NOTHING_TO_REMOVE', severity: 'warning', message: `Nothing matches: ${escapeText(describeEdit(edit))}` }]
}

export type TreeWriting = {
  readonly choices: PlanChoices
  readonly layers: SourceLayers
  readonly workshop: Workshop
  readonly options: RebuildOptions
  /** Everything made so far, to be removed when something fails. */
  readonly made: MadeBlob[]
}

/** Writes the planned layers that change and proves that the new image shows what was wanted; by the planned layer. */
export async function writeFromTrees(
  planned: readonly PlannedLayer[],
  trees: Trees,
  writing: TreeWriting,
): Promise<ReadonlyMap<PlannedLayer, MadeLayer>> {
  const { layers, workshop, options, made, choices } = writing
  const jobs = planned.flatMap(layer => (layer.type === 'write' ? [{ layer, ...shapes(layer.positions, trees) }] : []))
  const members = (job: (typeof jobs)[number]): Iterable<Member> => flatten(job.lower, job.upper)
  const signal = options.signal === undefined ? {} : { signal: options.signal }
  const changesets = trees.positions.map((_, place) => layers.reading(place).changeset)
  let total = 0
  function* counted(job: (typeof jobs)[number]): Generator<Member> {
    for (const member of members(job)) {
      total += expectedBytes(member)
      yield member
    }
  }
  await layers.openAll(await inTurns(readOrder(jobs.map(counted), changesets), options.signal), signal)
  for (const job of jobs) checkPlaces(job.layer.positions, trees, layers)
  await workshop.rest()
  let done = 0
  const onBytes = (bytes: number) => {
    done += bytes
    options.onProgress?.({ phase: 'writing', done: Math.min(done, total), total })
  }
  const written = new Map<PlannedLayer, MadeLayer>()
  for (const job of jobs) {
    const layer = await writeLayer(hashedMembers(members(job)), layers.bytes(), choices.compress, workshop, {
      signal: options.signal,
      onBytes,
    })
    made.push(layer.blob)
    written.set(job.layer, layer)
  }
  layers.finish()
  // Spools on the disk are freed meanwhile.
  const closing = layers[Symbol.asyncDispose]()
  try {
    await verify(planned, written, trees, layers, options)
  } finally {
    await closing
  }
  return written
}

/** The trees before and after a run of layers, as they shall be. */
function shapes(
  positions: readonly number[],
  { stack, positions: places, edits }: Trees,
): { lower: TargetTree | undefined; upper: TargetTree } {
  const [from, to] = [places.indexOf(positions[0] ?? 0), places.indexOf(positions.at(-1) ?? 0)]
  return {
    lower: from === 0 ? undefined : targetTree(stack.snapshot(from), edits),
    upper: targetTree(stack.snapshot(to + 1), edits),
  }
}

/**
 * Rule 1 of "Writing a squashed layer": applies what was written, as it was read back, and compares the trees in every
 * attribute after each written layer and at the end.
 * @throws ImageError `VERIFICATION_FAILED`
 */
async function verify(
  planned: readonly PlannedLayer[],
  written: ReadonlyMap<PlannedLayer, MadeLayer>,
  { stack, positions, edits }: Trees,
  layers: SourceLayers,
  { semantics, signal }: RebuildOptions,
): Promise<void> {
  const left: PlannedLayer[] = []
  const changesets: Changeset[] = []
  for (const layer of planned) {
    if (layer.type === 'drop') continue
    const result = layer.type === 'write' ? written.get(layer)?.written : layers.reading(positions.indexOf(layer.position))
    if (result === undefined) throw new RangeError('a planned layer was not written')
    left.push(layer)
    changesets.push(result.changeset)
  }
  const rebuilt = await inTurns(buildingStack(changesets, semantics), signal)
  for (const [index, layer] of left.entries()) {
    if (layer.type !== 'write' && index < left.length - 1) continue
    const last = layer.type === 'write' ? layer.positions.at(-1) : layer.position
    const wanted = targetTree(stack.snapshot(positions.indexOf(last ?? 0) + 1), edits)
    const difference = await inTurns(firstDifference(wanted, rebuilt.snapshot(index + 1)), signal)
    if (difference === undefined) continue
    const where = `"/${displayPath(difference.path)}"`
    throw new ImageError(
      'VERIFICATION_FAILED',
      `Cannot publish the rebuilt image: after its layer ${index + 1} ${where} is not what it was (${difference.what})`,
      { hint: 'Nothing was written. Please report the image; leaving this layer out of the range may help.' },
    )
  }
}

function checkPlaces(positions: readonly number[], trees: Trees, layers: SourceLayers): void {
  for (const position of positions) {
    checkWhole(layers.reading(trees.positions.indexOf(position)).changeset.diagnostics, position)
  }
}

/** A layer that could not be read to its end cannot be written anew: the missing part would be lost for good. */
function checkWhole(diagnostics: readonly Diagnostic[], position: number): void {
  const damage = diagnostics.find(({ severity }) => severity === 'error')
  if (damage === undefined) return
  throw new ImageError('LAYER_DAMAGED', `Cannot rebuild layer ${position + 1}: ${damage.message}`, {
    hint: 'Leave the layer out of the range; it can be kept as it is.',
  })
}
