import { type ComparedImage, comparedLayers, isKnown } from '../../compare/compared-image.ts'
import type { SelectionOptions } from '../../compare/selection.ts'
import { escapeText } from '../../escape.ts'
import { buildStack } from '../../overlay/apply.ts'
import type { Action } from '../model/action.ts'
import { type Comparable, type ComparedPlace, type IgnoreSet, newComparison, type OpenComparison } from '../model/compare.ts'
import type { Effect, LayersOf } from '../model/effect.ts'
import { readingAt } from '../model/open-image.ts'
import { imageOf, opens, type State, type Step, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'

/** `=` on something: remembers it, or compares it with what was remembered. */
export function compareWith(state: State, chosen: Comparable | undefined): Step<Effect> {
  const { compare } = state.slices
  const { marked } = compare
  if (chosen === undefined) return note(state, 'There is nothing to compare here: press = on an image or a layer.')
  if (marked === undefined) {
    const next = withSlice(state, 'compare', { ...compare, marked: chosen })
    return note(next, `${nameOf(chosen)} is marked: press = on another image or layer to compare them.`)
  }
  // The sentence about the first mark is no longer true.
  const rest = withSlice({ ...state, message: undefined }, 'compare', { ...compare, marked: undefined })
  if (!isSameImage(marked, chosen)) return startImages(rest, marked, chosen)
  if (marked.layers === undefined || chosen.layers === undefined || marked.layers === chosen.layers) {
    return note(rest, `${nameOf(chosen)} was marked twice and is not marked any more.`)
  }
  return startLayers(rest, marked, chosen)
}

/** The original of the last squash as A, its result as B, whichever of them is on the screen. */
export function compareSquash(state: State): Step<Effect> {
  const { beside } = state.slices
  if (beside === undefined) return note(state, 'Nothing squashed yet: s plans a squash, ⏎ there writes it.')
  const side = (one: typeof beside.original): Comparable => ({ ...one, label: escapeText(one.reference) })
  return startImages(state, side(beside.original), side(beside.result))
}

function nameOf({ label, layers }: Comparable): string {
  return layers === undefined ? label : `layer ${layers} of ${label}`
}

function isSameImage(one: Comparable, other: Comparable): boolean {
  const digests = [one.digest, other.digest].filter(each => each !== undefined)
  return one.reference === other.reference && (digests.length < 2 || digests[0] === digests[1])
}

/** The image on the screen stays; the other is opened beside it. Where neither is on the screen, the first is opened, then the other. */
function startImages(state: State, a: Comparable, b: Comparable): Step<Effect> {
  const isShown = (each: Comparable) => state.image !== undefined && isSameImage(each, shownOf(state.image))
  const place = (image: ComparedPlace['image'], { label }: Comparable): ComparedPlace => ({ image, layers: undefined, label })
  if (isShown(a)) return begin(state, newComparison(place('shown', a), place('compared', b)), b)
  if (isShown(b)) return begin(state, newComparison(place('compared', a), place('shown', b)), a)
  const waiting = withSlice(state, 'compare', { ...state.slices.compare, wanted: { reference: a.reference, with: b } })
  return [opens(waiting, a.label), [openEffect('shown', a)]]
}

/** The image that is on the screen, as `=` takes it. */
export function shownOf({ source, reference, image }: NonNullable<State['image']>): Comparable {
  return { reference: source, digest: image.descriptor.digest, label: reference }
}

function openEffect(image: ComparedPlace['image'], { reference, digest, platform }: Comparable): Effect {
  return { type: 'open', image, reference, ...(digest !== undefined && { digest }), ...(platform !== undefined && { platform }) }
}

function begin(state: State, comparison: OpenComparison, other: Comparable): Step<Effect> {
  const closed: State = { ...state, compared: undefined }
  return [withComparison(jumpTo(closed, { over: 'compare' }), comparison), [openEffect('compared', other)]]
}

function startLayers(state: State, a: Comparable, b: Comparable): Step<Effect> {
  const [first, last] = (a.layers ?? 0) < (b.layers ?? 0) ? [a, b] : [b, a]
  return compareLayers(state, first.layers ?? 0, last.layers ?? 0)
}

/** Compares the trees of the first `before` and the first `after` layers: it shows the changes of the layers between. */
function compareLayers(state: State, before: number, after: number): Step<Effect> {
  const place = (layers: number): ComparedPlace => ({
    image: 'shown',
    layers,
    label: layers === 0 ? 'no layers' : layers === 1 ? 'layer 1' : `layers 1–${layers}`,
  })
  return startComparison(withComparison(jumpTo(state, { over: 'compare' }), newComparison(place(before), place(after))))
}

/** The comparison that was asked for with the image that is open now. */
function startWanted(state: State, open: NonNullable<State['image']>): Step<Effect> {
  const { wanted } = state.slices.compare
  const next = withSlice(state, 'compare', { ...state.slices.compare, wanted: undefined })
  // Another image was opened instead: the comparison has no receiver any more.
  if (wanted === undefined || wanted.reference !== open.source) return [next, []]
  if (!('from' in wanted.with)) return startImages(next, shownOf(open), wanted.with)
  const { from, to } = wanted.with
  const { length } = open.image.layers
  if (from > to || to > length) return note(next, `There are no layers ${from} to ${to}: the image has ${length}.`)
  return compareLayers(next, from - 1, to)
}

export function withComparison(state: State, comparison: OpenComparison): State {
  return withSlice(state, 'compare', { ...state.slices.compare, comparison })
}

/** Takes the world's answers: images that were waited for, layers that are read, the comparison itself. */
export function receiveComparison(state: State, action: Action): Step<Effect> | undefined {
  const { compare } = state.slices
  if (action.type === 'opened' && action.id === 'shown' && compare.wanted !== undefined && state.image !== undefined) {
    return startWanted(state, state.image)
  }
  const { comparison } = compare
  if (comparison === undefined) return undefined
  switch (action.type) {
    case 'opened':
    case 'analysed':
      return comparison.shown === undefined ? startComparison(state) : undefined
    case 'compared': {
      const { shown, isWhole, isExplained } = action
      if (!isWhole) return [withComparison(state, { ...comparison, early: shown }), []]
      const { ignore, pair } = comparison
      const compared = withComparison(state, { ...comparison, shown, isExplained, shownBy: { ignore, pair } })
      return isExplained ? findPackages(compared) : [compared, []]
    }
    case 'packages-compared': {
      const { packages, lists } = action
      return [withComparison(state, { ...comparison, packages: { state: 'found', compared: packages, lists } }), []]
    }
    case 'failed':
      return failed(state, comparison, action)
    default:
      return undefined
  }
}

/** Without a look at noise the comparison stands as it is; the page of packages says why there are none. */
function failed(
  state: State,
  comparison: OpenComparison,
  { tag, id, error }: Extract<Action, { type: 'failed' }>,
): Step<Effect> | undefined {
  if (tag === 'open' && id === 'compared')
    return [withComparison(state, { ...comparison, unopened: escapeText(error.message) }), []]
  if (tag === 'compare-packages') {
    const packages = { state: 'failed', why: escapeText(error.message) } as const
    return [withComparison(state, { ...comparison, packages }), []]
  }
  return tag === 'compare' && comparison.shown !== undefined
    ? findPackages(withComparison(state, { ...comparison, isExplained: true }))
    : undefined
}

/** Looks up which packages own what differs. */
function findPackages(state: State): Step<Effect> {
  const { comparison } = state.slices.compare
  const files = comparison?.shown?.comparison.files
  if (comparison === undefined) return [state, []]
  const { packages, sides } = comparison
  if (files === undefined) {
    return [withComparison(state, { ...comparison, packages: { state: 'found', compared: undefined, lists: undefined } }), []]
  }
  const [a, b] = [layersOf(state, sides.a), layersOf(state, sides.b)]
  const known = packages?.state === 'found' ? packages.lists : undefined
  const asking = known === undefined ? withComparison(state, { ...comparison, packages: { state: 'reading' } }) : state
  return [asking, [{ type: 'compare-packages', tag: 'compare-packages', a, b, files, known }]]
}

/** Compares the documents as soon as both images are open, and all of them once they are read. Rows that are known need not be found again. */
export function startComparison(state: State): Step<Effect> {
  const { comparison } = state.slices.compare
  if (comparison === undefined) return [state, []]
  const { sides, shown, early, isExplained, ignore, pair } = comparison
  const [a, b] = [sideOf(state, sides.a), sideOf(state, sides.b)]
  if (a === undefined || b === undefined) return [state, []]
  // Of documents there is one comparison, however many layers come.
  if (!isKnown(a, b) && early !== undefined) return [state, []]
  const known = shown?.files === undefined ? undefined : { rows: shown.files.rows, isExplained }
  const from = { a: sides.a.image, b: sides.b.image }
  const options = { ...OPTIONS[ignore], ...(pair !== undefined && { layers: { a: pair.before, b: pair.after } }) }
  return [state, [{ type: 'compare', tag: 'compare', a, b, from, options, known }]]
}

function layersOf(state: State, { image, layers }: ComparedPlace): LayersOf {
  return { image, layers: layers ?? imageOf(state, image)?.image.layers.length ?? 0 }
}

const OPTIONS: Readonly<Record<IgnoreSet, SelectionOptions>> = {
  exact: {},
  semantic: { semantic: true },
  content: {
    only: ['content', 'noise', 'type', 'target', 'device', 'added', 'removed', 'moved', 'renamed-directory'],
    semantic: true,
  },
}

/** A side as far as it is read: without a tree where that waits for layers. */
function sideOf(state: State, { image: id, layers }: ComparedPlace): ComparedImage | undefined {
  const open = imageOf(state, id)
  if (open === undefined) return undefined
  const count = layers ?? open.image.layers.length
  const { stack, layers: stacked } = open.analysis ?? NO_LAYERS
  const changesets = open.image.layers.map(({ position }) => readingAt(open, position)?.changeset)
  return {
    reference: open.source,
    image: open.image,
    ...(open.settings !== undefined && { settings: open.settings }),
    layers: comparedLayers(open.image, changesets, count),
    snapshot: stacked < count ? undefined : stack.snapshot(count),
  }
}

/** An image without layers is read before any answer comes. */
const NO_LAYERS = { stack: buildStack([], 'overlay'), layers: 0 }
