import { sharedLayers } from '../../compare/shared-layers.ts'
import { ImageError } from '../../error.ts'
import { commandText } from '../../format/history-text.ts'
import type { Image } from '../../image/load.ts'
import { START } from '../../line/cursor.ts'
import type { Action } from '../model/action.ts'
import type { Comparable } from '../model/compare.ts'
import type { Effect } from '../model/effect.ts'
import type { FoundSet, SharedPage } from '../model/shared.ts'
import { atStart, type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import { jumpTo } from '../model/trail.ts'

/** `&`: asks for the documents of the marked images and shows which layers they share. No layer is read. */
export function showShared(state: State): Step<Effect> {
  const { shared } = state.slices
  const { marked: asked } = shared
  if (asked.length < 2) return note(state, 'Mark two images or more with Space, on the start screen, among tags or in the index.')
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
      return [withPage(state, { ...page, found: foundSet(page.asked, action.images) }), []]
    case 'failed':
      return action.tag === 'load-set' ? [withPage(state, undefined), []] : undefined
    default:
      return undefined
  }
}

function foundSet(asked: readonly Comparable[], images: readonly (Image | ImageError)[]): FoundSet {
  const loaded = images.flatMap((image, index) => (image instanceof ImageError ? [] : [{ image, index }]))
  const failed = images.flatMap((error, index) => (error instanceof ImageError ? [{ index, error }] : []))
  const shared = sharedLayers(loaded.map(({ image, index }) => ({ reference: asked[index]?.reference ?? '', image })))
  const commands = new Map(
    loaded.flatMap(({ image }) =>
      image.steps.flatMap(({ layer, history }) => {
        const digest = layer === undefined ? undefined : image.layers[layer]?.blob.digest
        return digest === undefined ? [] : [[digest, commandText(history)] as const]
      }),
    ),
  )
  return { shared, indexes: loaded.map(({ index }) => index), commands, failed }
}
