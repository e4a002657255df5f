import { isKnown } from '../../../src/compare/compared-image.ts'
import { lookInto } from '../../../src/compare/look-into.ts'
import { showComparison } from '../../../src/compare/show-comparison.ts'
import { at } from '../../../src/layer/changeset.ts'
import { plainText } from '../../../src/line/line.ts'
import { compute } from '../../../src/list/compute.ts'
import { LayerSum } from '../../../src/session/layer-sum.ts'
import { comparingContents } from '../../../src/state/content/compare-contents.ts'
import type { ViewId } from '../../../src/state/keys/view-id.ts'
import type { Action } from '../../../src/state/model/action.ts'
import type { Effect } from '../../../src/state/model/effect.ts'
import type { State } from '../../../src/state/model/state.ts'
import { shownRows } from '../../../src/state/shell/given.ts'
import { update } from '../../../src/state/shell/update.ts'
import { imageFixture, type LayerFixture } from '../image/image-fixture.ts'
import { readLayerBytes } from '../layer/layer-reading.ts'
import { openedState } from './opened-state.ts'

/**
 * The interface with an image whose layers are all read, and keys whose computations and file reads are answered at once; `opened` is
 * the image before any layer was read.
 */
export async function readImageState(layers: readonly LayerFixture[]): Promise<{
  readonly state: State
  readonly opened: State
  play(state: State, ...actions: readonly (Action | string)[]): State
}> {
  const fixture = imageFixture(layers)
  const readings = layers.map(({ tar }) => readLayerBytes(tar))
  const analysis = await new LayerSum('overlay', layers.length).of(readings, new AbortController().signal)
  const answer = (effect: Effect): Action | undefined => {
    if (effect.type === 'compute') return { type: 'computed', answer: finished(compute(effect.job)) }
    if (effect.type === 'compare') {
      const { a, b, options, known } = effect
      const shown = finished(showComparison(a, b, options, known?.rows))
      return { type: 'compared', shown, isWhole: isKnown(a, b), isExplained: true }
    }
    if (effect.type === 'difference') {
      const { before, after } = effect
      return finished(comparingContents(before, after, lookInto({ before, after, path: undefined }).facts))
    }
    if (effect.type === 'compare-packages') return { type: 'packages-compared', packages: undefined, lists: undefined }
    if (effect.type === 'read-blob') {
      const bytes = fixture.blobs.get(effect.blob.digest) ?? Buffer.of()
      return { type: 'content', tag: effect.tag, bytes, offset: 0, size: bytes.length }
    }
    if (effect.type !== 'read-file') return undefined
    const { layer, entry, tag, range } = effect
    const changeset = readings[layer]?.changeset
    if (changeset === undefined) return undefined
    const start = at(changeset.dataOffsets, entry)
    const size = at(changeset.sizes, entry)
    const { offset = 0, length = size } = range
    const bytes = layers[layer]?.tar.subarray(start + offset, start + Math.min(size, offset + length)) ?? Buffer.of()
    return { type: 'content', tag, bytes, offset, size }
  }
  const play = (state: State, ...actions: readonly (Action | string)[]): State => {
    let now = state
    for (const each of actions) {
      const [next, effects] = update(now, typeof each === 'string' ? { type: 'key', key: each } : each)
      now = next
      for (const effect of effects) {
        const action = answer(effect)
        if (action !== undefined) now = play(now, action)
      }
    }
    return now
  }
  const opened = await openedState(fixture)
  const read = readings.map((reading, layer): Action => ({ type: 'layer-read', id: 'shown', layer, reading }))
  return { state: play(opened, ...read, { type: 'analysed', id: 'shown', analysis }), opened, play }
}

/** The rows of a view as text. */
export function rowTexts(state: State, id: ViewId): readonly string[] {
  const rows = shownRows(state, id)
  return rows.slice(0, rows.length).map(({ line }) => plainText(line).trimEnd())
}

function finished<Result>(work: Generator<undefined, Result>): Result {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}
