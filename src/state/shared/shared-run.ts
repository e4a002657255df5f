import { sharedLayers } from '../../compare/shared-layers.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { commandText } from '../../format/history-text.ts'
import { START } from '../../line/cursor.ts'
import type { Action } from '../model/action.ts'
import type { Comparable } from '../model/compare.ts'
import type { Effect } from '../model/effect.ts'
import type { FoundOfSet, FoundSet, SharedPage } from '../model/shared.ts'
import { atStart, type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'

/** `&`: asks for the documents of the marked images and shows which layers they share. No layer is read. */
export function showShared(state: State): Step<Effect> {
  const { shared } = state.slices
  const { marked: asked } = shared
  if (asked.length === 0) return note(state, 'Mark images with Space, on the start screen, among tags or in the index.')
  const isStart = atStart(state)
  const page: SharedPage = { asked, tried: 0, found: undefined, open: new Set(), on: isStart ? 'start' : 'image' }
  const there = isStart || shared.page?.on === 'image' ? state : jumpTo(state, { over: 'shared' })
  return [
    withCursor(withSlice(there, 'shared', { ...shared, page }), 'shared', START),
    [{ type: 'load-set', tag: 'load-set', images: asked }],
  ]
}

export function withPage(state: State, page: SharedPage | undefined): State {
  return withSlice(state, 'shared', { ...state.slices.shared, page })
}

/** Documents that arrive, one by one and then all of them. */
export function receiveSet(state: State, action: Action): Step<Effect> | undefined {
  const { page } = state.slices.shared
  if (page === undefined) return undefined
  switch (action.type) {
    case 'set-progress':
      return [withPage(state, { ...page, tried: action.tried }), []]
    case 'set-loaded':
      return [withPage(state, { ...page, ...foundSet(page.asked, action.images) }), []]
    case 'failed':
      return action.tag === 'load-set' ? [withPage(state, undefined), []] : undefined
    default:
      return undefined
  }
}

/** The images that were asked for, each tag of a place by itself, and the layers they share. */
function foundSet(
  marked: readonly Comparable[],
  images: readonly FoundOfSet[],
): { asked: readonly Comparable[]; found: FoundSet } {
  const asked = images.flatMap((each): readonly Comparable[] => {
    const one = marked[each.wanted]
    return one === undefined ? [] : [memberOf(one, each)]
  })
  const loaded = images.flatMap(({ found }, index) => (found instanceof ImageError ? [] : [{ image: found, index }]))
  const failed = images.flatMap(({ found }, index) => (found instanceof ImageError ? [{ index, error: found }] : []))
  const shared = sharedLayers(loaded.map(({ image, index }) => ({ reference: asked[index]?.reference ?? '', image })))
  const commands = new Map(
    loaded.flatMap(({ image }) =>
      image.steps.flatMap(({ layer, history }) => {
        const digest = layer === undefined ? undefined : image.layers[layer]?.blob.digest
        return digest === undefined ? [] : [[digest, commandText(history)] as const]
      }),
    ),
  )
  return { asked, found: { shared, indexes: loaded.map(({ index }) => index), commands, failed } }
}

/** One image of a place with several: it is opened by its digest. */
function memberOf(one: Comparable, { suffix, found }: FoundOfSet): Comparable {
  if (suffix === '' || found instanceof ImageError) return { ...one, label: `${one.label}${escapeText(suffix)}` }
  return { ...one, label: `${one.label}${escapeText(suffix)}`, digest: found.descriptor.digest }
}
