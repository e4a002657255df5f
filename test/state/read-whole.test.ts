import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadImage } from '../../src/image/load.ts'
import type { KnownLayer, LayerListing } from '../../src/layer/reading.ts'
import { plainText } from '../../src/line/line.ts'
import { LAYERS_VIEW } from '../../src/state/layers/layers-view.ts'
import type { Action } from '../../src/state/model/action.ts'
import { firstState } from '../../src/state/model/first-state.ts'
import { LayersReading } from '../../src/state/perform/layers-reading.ts'
import type { ImageHandle } from '../../src/state/perform/world.ts'
import { DETAILS_VIEW } from '../../src/state/preview/details-view.ts'
import { update } from '../../src/state/shell/update.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'

const fixture = imageFixture([layerFixture({ a: 'content' })])
const image = await loadImage(memorySource(fixture), fixture.descriptor)
const blob = image.layers[0]?.blob ?? fixture.descriptor
const reading = readLayerBytes(fixture.blobs.get(blob.digest) ?? Buffer.alloc(0))
const { changeset } = reading
const listing: LayerListing = {
  digest: blob.digest,
  size: blob.size,
  compression: 'gzip',
  format: 'eStargz',
  changeset,
  chunks: {} as LayerListing['chunks'],
}
const never = new AbortController().signal

test('r reads a layer whole that was only listed, which proves its DiffID', () => {
  const play = (state: ReturnType<typeof firstState>, action: Action) => update(state, action)
  const command: Action = { type: 'command', command: 'layers.read' }
  const place = { reference: 'r/a', nodes: [], offer: undefined, remote: true, notices: [] }
  let [state] = play(firstState({ columns: 80, rows: 24 }), { type: 'opened', id: 'shown', image, ...place })
  assert.deepEqual(play(state, command)[1], [])
  ;[state] = play(state, { type: 'layer-read', id: 'shown', layer: 0, reading: listing })
  const shown = () =>
    DETAILS_VIEW.rows(state, 100)
      .slice(0, 30)
      .map(({ line }) => plainText(line))
      .join('\n')
  assert.match(shown(), /not verified/)
  assert.match(shown(), /eStargz table of contents; r reads it/)
  const [waiting, effects] = play(state, command)
  assert.deepEqual(effects, [{ type: 'read-layer', image: 'shown', layer: 0 }])
  assert.match(plainText(LAYERS_VIEW.rows(waiting, 76).at(0)?.line ?? []), /…/)
  ;[state] = play(waiting, { type: 'layer-read', id: 'shown', layer: 0, reading })
  assert.match(shown(), /sha256:\S+ {2}verified/)
  assert.match(play(state, command)[0].message?.text ?? '', /read whole already/)
})

test('a layer that is read whole after it was listed keeps the entries its files are found by', async () => {
  const asked: boolean[] = []
  const actions: Action[] = []
  const opened = {
    image,
    readLayer: async (_: number, { whole }: { whole: boolean }): Promise<KnownLayer> => {
      asked.push(whole)
      return whole ? reading : listing
    },
    analyse: async () => ({}) as never,
  } as unknown as ImageHandle
  const layers = new LayersReading('shown', opened, action => actions.push(action), never)
  await layers.read(0, never)
  await layers.read(0, never)
  assert.deepEqual(asked, [false, true])
  assert.equal(layers.at(0), listing)
  const read = actions.filter(action => action.type === 'layer-read').map(action => action.reading)
  assert.deepEqual(read, [listing, reading])
})
