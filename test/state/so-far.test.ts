import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LayerSum } from '../../src/session/layer-sum.ts'
import type { Action } from '../../src/state/model/action.ts'
import type { State } from '../../src/state/model/state.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { readImageState } from '../kit/state/read-image-state.ts'
import { drawnText } from '../kit/terminal/drawn-screen.ts'

/** Sentences and figures that are true of an image only when all of its layers are known. */
const FINAL =
  /No byte is hidden|nothing to save|a squash saves|\d % hidden|[Nn]othing is hidden(?! so far)|Nothing was found that is wrong|nothing that a later layer hides/

const LAYERS = [
  layerFixture({ 'a/one': 'x'.repeat(3000), 'a/two': 'y'.repeat(200) }, { history: { created_by: 'COPY one' } }),
  layerFixture({ 'b/three': 'z'.repeat(500) }, { history: { created_by: 'COPY three' } }),
  layerFixture({ 'a/.wh.one': '' }, { history: { created_by: 'RUN rm /a/one' } }),
  layerFixture({ 'a/two': 'w'.repeat(100) }, { history: { created_by: 'COPY two' } }),
]

test('an image that arrives layer by layer: no frame says more than is known then', async () => {
  const { state: whole, play } = await readImageState(LAYERS)
  const readings = LAYERS.map(({ tar }) => readLayerBytes(tar))
  let state: State = {
    ...whole,
    image: whole.image && { ...whole.image, analysis: undefined, progress: LAYERS.map(() => ({ status: 'waiting' })) },
    size: { columns: 120, rows: 40 },
  }
  state = { ...state, slices: { ...state.slices, story: { ...state.slices.story, story: undefined } } }
  const sum = new LayerSum('overlay', LAYERS.length)
  for (let read = 0; read <= LAYERS.length; read++) {
    if (read > 0) {
      const reading = readings[read - 1]
      assert.ok(reading !== undefined)
      const analysis = await sum.of(readings.slice(0, read), new AbortController().signal)
      const came: Action = { type: 'layer-read', id: 'shown', layer: read - 1, reading }
      state = play(state, came, { type: 'analysed', id: 'shown', analysis })
    }
    for (const [columns, rows] of [
      [80, 24],
      [200, 60],
    ] as const) {
      for (const key of ['0', '1', '2', '3', '4', '6', '!']) {
        const frame = drawnText(play({ ...state, size: { columns, rows } }, key, { type: 'rested' }))
        const where = `${read} of ${LAYERS.length} layers, ${key} at ${columns}x${rows}:\n${frame}`
        if (read < LAYERS.length) assert.doesNotMatch(frame, FINAL, where)
        if (key === '0')
          assert.match(frame, read < LAYERS.length ? new RegExp(`so far: ${read} of 4 layers`) : /4 layers · checking/, where)
        if (key === '2' && read > 0) assert.match(frame, new RegExp(`${[0, 3, 5, 5, 5][read]} paths`), where)
        if (key === '3' && read > 0 && read < LAYERS.length) assert.match(frame, /so far/, where)
        if (key === '4' && read > 0 && read < LAYERS.length) assert.match(frame, /so far/, where)
      }
    }
  }
  const story = drawnText(play({ ...state, size: { columns: 120, rows: 40 } }, '0'))
  assert.match(story, /HIDDEN 3\.20 kB/)
})
