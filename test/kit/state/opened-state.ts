import { imagesOf } from '../../../src/image/choose.ts'
import { listImages } from '../../../src/image/list.ts'
import { loadAny } from '../../../src/image/load.ts'
import type { Action } from '../../../src/state/model/action.ts'
import type { Effect } from '../../../src/state/model/effect.ts'
import { firstState } from '../../../src/state/model/first-state.ts'
import type { State } from '../../../src/state/model/state.ts'
import { update } from '../../../src/state/shell/update.ts'
import { type ImageFixture, memorySource } from '../image/image-fixture.ts'

/** The interface with the first image of a fixture, else its artifact, open; no layer is read. */
export async function openedState(fixture: ImageFixture, reference = 'oci:app:1'): Promise<State> {
  const source = memorySource(fixture)
  const { nodes } = await listImages(source)
  const node = imagesOf(nodes)[0] ?? nodes.find(({ kind }) => kind === 'artifact')
  if (node === undefined) throw new Error('the fixture has no image and no artifact')
  const image = await loadAny(source, node.descriptor)
  const start = firstState({ columns: 80, rows: 24 })
  return update(start, { type: 'opened', id: 'shown', reference, nodes, image, offer: undefined, remote: false, notices: [] })[0]
}

/** The state after actions, keys by their names, and all effects on the way. */
export function play(state: State, ...actions: readonly (Action | string)[]): readonly [State, readonly Effect[]] {
  const effects: Effect[] = []
  let now = state
  for (const each of actions) {
    const [next, more] = update(now, typeof each === 'string' ? { type: 'key', key: each } : each)
    now = next
    effects.push(...more)
  }
  return [now, effects]
}
