import { isKnown } from '../../compare/compared-image.ts'
import { firstDifference } from '../../compare/content/first-difference.ts'
import { explainRows, type ReadFiles } from '../../compare/explain-rows.ts'
import { changedDatabases, type PackageLists, packageDifferences } from '../../compare/package-differences.ts'
import { showComparison } from '../../compare/show-comparison.ts'
import { inSlices, inTurns } from '../../overlay/in-slices.ts'
import { comparingContents } from '../content/compare-contents.ts'
import type { Action } from '../model/action.ts'
import type { Effect, FilePlace, LayersOf } from '../model/effect.ts'
import type { ImageId } from '../model/open-image.ts'
import type { Handlers } from './handlers.ts'
import type { HeldImage } from './held-image.ts'
import type { World } from './world.ts'

type Doors = {
  readonly world: Pick<World, 'loadSet' | 'looker'>
  readonly need: (id: ImageId) => HeldImage
  readonly dispatch: (action: Action) => void
}

/** The effects over more than one image. */
export function comparisonHandlers(doors: Doors) {
  return {
    compare: (effect, signal) => compareTwo(doors, effect, signal),
    'compare-packages': (effect, signal) => comparePackages(doors, effect, signal),
    'first-difference': async ({ before, after }, signal) => {
      const first = await firstDifference(bytesOf(doors, before, signal), bytesOf(doors, after, signal))
      saying(doors, signal)({ type: 'first-difference', first })
    },
    difference: (effect, signal) => compareContents(doors, effect, signal),
    'load-set': async ({ images }, signal) => {
      const say = saying(doors, signal)
      const loaded = await doors.world.loadSet(images, tried => say({ type: 'set-progress', tried }), signal)
      say({ type: 'set-loaded', images: loaded })
    },
  } satisfies Partial<Handlers>
}

function bytesOf({ need }: Doors, { image, layer, entry }: FilePlace, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const { opened, layers } = need(image)
  return opened.readFile(layers.at(layer), layer, entry, {}, need(image).until(signal))
}

/** The parts of two contents that differ, and their lines; of what has none, where the bytes first differ. Keys are answered meanwhile. */
async function compareContents(
  doors: Doors,
  { before, after }: Extract<Effect, { type: 'difference' }>,
  signal: AbortSignal,
): Promise<void> {
  const looker = doors.world.looker(signal)
  try {
    const parts = await looker.parts(before, after)
    saying(doors, signal)(await inTurns(comparingContents(before, after, parts), signal))
  } finally {
    await looker.close()
  }
}

/** Dispatches until the signal aborts. */
function saying({ dispatch }: Doors, signal: AbortSignal): (action: Action) => void {
  return action => {
    if (!signal.aborted) dispatch(action)
  }
}

/** The answer of the columns is told at once; files that may differ by noise only are read after it, and the answer is told again. */
async function compareTwo(
  doors: Doors,
  { a, b, from, options, known }: Extract<Effect, { type: 'compare' }>,
  signal: AbortSignal,
): Promise<void> {
  const say = saying(doors, signal)
  const shown = await inSlices(showComparison(a, b, options, known?.rows), signal)
  if (shown === undefined) return
  const { files } = shown
  const isWhole = isKnown(a, b)
  if (files === undefined || known?.isExplained === true) return say({ type: 'compared', shown, isWhole, isExplained: true })
  say({ type: 'compared', shown, isWhole, isExplained: false })
  const reading = (id: ImageId): ReadFiles => {
    const held = doors.need(id)
    return wanted => held.opened.readFiles(held.layers.all, wanted, held.until(signal))
  }
  const looker = doors.world.looker(signal)
  try {
    await explainRows(files.rows, { before: reading(from.a), after: reading(from.b) }, looker, signal)
  } finally {
    await looker.close()
  }
  const again = files.rows.noise.size === 0 ? shown : await inSlices(showComparison(a, b, options, files.rows), signal)
  if (again !== undefined) say({ type: 'compared', shown: again, isWhole, isExplained: true })
}

async function comparePackages(
  doors: Doors,
  { a, b, files, known }: Extract<Effect, { type: 'compare-packages' }>,
  signal: AbortSignal,
): Promise<void> {
  const say = saying(doors, signal)
  const changed = await inSlices(changedDatabases(files.rows), signal)
  if (changed?.any !== true) return say({ type: 'packages-compared', packages: undefined, lists: undefined })
  const ownersOf = ({ image }: LayersOf) => {
    const held = doors.need(image)
    return held.opened.owners(held.layers.all, changed.languages, held.until(signal))
  }
  const read = async (): Promise<PackageLists> => {
    const after = await ownersOf(b)
    // Layers of one image have its databases, as they were after each of them.
    const before = a.image === b.image ? after : await ownersOf(a)
    return { a: before.packagesAfter(a.layers), b: after.packagesAfter(b.layers) }
  }
  const lists = known ?? (await read())
  const packages = await inSlices(packageDifferences(lists, files), signal)
  if (packages !== undefined) say({ type: 'packages-compared', packages, lists })
}
