import { type ComparedImage, comparedLayers } from '../../compare/compared-image.ts'
import type { SelectionOptions } from '../../compare/selection.ts'
import type { TreeRows } from '../../compare/tree-rows.ts'
import { escapeText } from '../../escape.ts'
import type { Action } from '../model/action.ts'
import { type Comparable, type ComparedPlace, type IgnoreSet, newComparison, type OpenComparison } from '../model/compare.ts'
import type { Effect } from '../model/effect.ts'
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
  const rest = withSlice(state, 'compare', { ...compare, marked: undefined })
  if (!isSameImage(marked, chosen)) return startImages(rest, marked, chosen)
  if (marked.layers === undefined || chosen.layers === undefined || marked.layers === chosen.layers) {
    return note(rest, `${nameOf(chosen)} was marked twice and is not marked any more.`)
  }
  return startLayers(rest, marked, chosen)
}

/** The original of the last squash as A, its result as B, whichever of them is on the screen. */
export function compareSquash(state: State): Step<Effect> {
  const { beside } = state.slices
  if (beside === undefined) return note(state, 'Nothing squashed yet; press s to plan a squash.')
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
  const waiting = withSlice(state, 'compare', { ...state.slices.compare, wanted: b })
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
  const place = ({ layers }: Comparable): ComparedPlace => ({ image: 'shown', layers, label: `layers 1–${layers}` })
  return startComparison(withComparison(jumpTo(state, { over: 'compare' }), newComparison(place(first), place(last))))
}

export function withComparison(state: State, comparison: OpenComparison): State {
  return withSlice(state, 'compare', { ...state.slices.compare, comparison })
}

/** Takes the world's answers: images that were waited for, layers that are read, the comparison itself. */
export function receiveComparison(state: State, action: Action): Step<Effect> | undefined {
  const { compare } = state.slices
  if (action.type === 'opened' && action.id === 'shown' && compare.wanted !== undefined && state.image !== undefined) {
    const next = withSlice(state, 'compare', { ...compare, wanted: undefined })
    return startImages(next, shownOf(state.image), compare.wanted)
  }
  if (action.type === 'compared' && compare.comparison !== undefined) {
    return needPackages(withComparison(state, { ...compare.comparison, shown: action.shown, packages: undefined }))
  }
  if (action.type === 'packages-compared' && compare.comparison !== undefined) {
    return [withComparison(state, { ...compare.comparison, packages: action.packages }), []]
  }
  if (action.type === 'failed' && action.tag === 'compare-packages' && compare.comparison !== undefined) {
    return [withComparison(state, { ...compare.comparison, packages: undefined }), []]
  }
  const isRead = action.type === 'analysed' && action.analysis.complete
  return isRead && compare.comparison !== undefined && compare.comparison.shown === undefined ? startComparison(state) : undefined
}

/** Looks packages up where that was not done yet. Layers of one image have the packages of that image: there is nothing to compare. */
export function needPackages(state: State): Step<Effect> {
  const { comparison } = state.slices.compare
  const files = comparison?.shown?.comparison.files
  if (comparison?.page !== 'packages' || comparison.packages !== undefined) return [state, []]
  const { a, b } = comparison.sides
  if (files === undefined || a.image === b.image) return [withComparison(state, { ...comparison, packages: [] }), []]
  const asking = withComparison(state, { ...comparison, packages: 'reading' })
  return [asking, [{ type: 'compare-packages', tag: 'compare-packages', a: a.image, b: b.image, files }]]
}

/** Compares as soon as both sides are read; `known` rows need not be found again. */
export function startComparison(state: State, known?: TreeRows): Step<Effect> {
  const { comparison } = state.slices.compare
  if (comparison === undefined) return [state, []]
  const [a, b] = [sideOf(state, comparison.sides.a), sideOf(state, comparison.sides.b)]
  if (a === undefined || b === undefined) return [state, []]
  return [state, [{ type: 'compare', tag: 'compare', a, b, options: OPTIONS[comparison.ignore], known }]]
}

const OPTIONS: Readonly<Record<IgnoreSet, SelectionOptions>> = {
  exact: {},
  semantic: { semantic: true },
  content: {
    only: ['content', 'noise', 'type', 'target', 'device', 'added', 'removed', 'moved', 'renamed-directory'],
    semantic: true,
  },
}

function sideOf(state: State, { image: id, layers }: ComparedPlace): ComparedImage | undefined {
  const open = imageOf(state, id)
  const count = layers ?? open?.image.layers.length ?? 0
  const { stack, layers: stacked = -1 } = open?.analysis ?? {}
  if (open === undefined || stack === undefined || stacked < count) return undefined
  const changesets = open.image.layers.map(({ position }) => readingAt(open, position)?.changeset)
  return {
    reference: open.source,
    image: open.image,
    layers: comparedLayers(open.image, changesets, count),
    snapshot: stack.snapshot(count),
  }
}
