import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LayerSum } from '../../src/session/layer-sum.ts'
import type { Action } from '../../src/state/model/action.ts'
import type { State } from '../../src/state/model/state.ts'
import { update } from '../../src/state/shell/update.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { readImageState } from '../kit/state/read-image-state.ts'
import { drawnText } from '../kit/terminal/drawn-screen.ts'

/** Sentences and figures that are true of an image only when all of its layers are known. */
const FINAL =
  /No byte is hidden|nothing to save|a squash saves|\d % hidden|[Nn]othing is hidden(?! so far)|Nothing was found that is wrong|nothing that a later layer hides|The same but for|files +\d+ added|No file differs|No path matches “[^”]*”\.|\d added, \d removed|No layer hides anything of another|estimated(?! so far)|measured|(?<!so far )deleted, never shipped/

const LAYERS = [
  layerFixture({ 'a/one': 'x'.repeat(3000), 'a/two': 'y'.repeat(200) }, { history: { created_by: 'COPY one' } }),
  layerFixture({ 'b/three': 'z'.repeat(500) }, { history: { created_by: 'COPY three' } }),
  layerFixture({ 'a/.wh.one': '' }, { history: { created_by: 'RUN rm /a/one' } }),
  layerFixture({ 'a/two': 'w'.repeat(100) }, { history: { created_by: 'COPY two' } }),
]

/** Keys that lead to each view; then words of its frame after so many layers, where they change with each. */
const SHOWN: readonly (readonly [keys: string, says?: readonly RegExp[]])[] = [
  ['0', [/so far: 0 of 4/, /so far: 1 of 4/, /so far: 2 of 4/, /HIDDEN 3\.00 kB so far/, /4 layers · checking/]],
  [
    '1',
    [
      /4 layers {2,}/,
      /hid\S* ?\S*so far/,
      /hid\S* ?\S*so far/,
      /hid\S* ?\S*so far.*[\s\S]*1 .* 3\.00 kB COPY one/,
      /1 .* 3\.20 kB COPY one/,
    ],
  ],
  ['1 d'],
  [
    '1 t',
    [
      /0 of 4 layers so far/,
      /0 of 4 layers so far/,
      /0 of 4 layers so far/,
      /1 of 4 layers so far/,
      /1 of 4 layers +3\.20 kB|1 of 4 layers/,
    ],
  ],
  ['2', [/Reading/, /so far +3 paths +3\.20 kB/, /so far +5 paths +3\.70 kB/, /so far +5 paths +700 B/, /image +5 paths +600 B/]],
  [
    '2 t',
    [/Reading/, /up to layer 1 +3 paths +3\.20 kB/, /up to layer 1 +3 paths/, /up to layer 1 +3 paths/, /up to layer 1 +3 paths/],
  ],
  ['2 E G v', [/Reading/, /layers so far/, /layers so far/, /layers so far/, /through the layers +/]],
  ['2 f n o s u c h enter', [/Reading/, /“nosuch” so far\./, /“nosuch” so far\./, /“nosuch” so far\./, /“nosuch”\./]],
  ['2 M', [/so far/, /so far/, /so far/, /so far/, /TREEMAP {2}\/ +/]],
  [
    '3',
    [
      /Reading the layers/,
      /Nothing is hidden so far/,
      /Nothing is hidden so far/,
      /so far +1 file +3\.00 kB/,
      /by files +2 files +3\.20 kB/,
    ],
  ],
  ['4', [/Reading|so far/, /read so far +2 files/, /read so far +3 files/, /read so far +3 files/, /all layers +4 files/]],
  ['5 5'],
  ['6'],
  ['7'],
  ['8'],
  ['!', [/so far|checking/, /so far|checking/, /so far|checking/, /so far|checking/]],
  ['s', [/estimated so far/, /estimated so far/, /estimated so far/, /3\.00 kB so far deleted/, /estimated {2}/]],
  // The first layer beside all of them: only documents say something before both are read.
  ['1 g = G =', [/reading, 0 %/, /reading/, /reading/, /reading/, /2 added, 1 removed, 1 changed/]],
  ['1 g = G = t'],
]

test('an image that arrives layer by layer: no frame of any view says more than is known then', async () => {
  const { opened, play } = await readImageState(LAYERS)
  const readings = LAYERS.map(({ tar }) => readLayerBytes(tar))
  let state: State = opened
  const sum = new LayerSum('overlay', LAYERS.length)
  for (let read = 0; read <= LAYERS.length; read++) {
    const reading = readings[read - 1]
    if (reading !== undefined) {
      const analysis = await sum.of(readings.slice(0, read), new AbortController().signal)
      const came: Action = { type: 'layer-read', id: 'shown', layer: read - 1, reading }
      state = play(state, came, { type: 'analysed', id: 'shown', analysis })
    }
    for (const [keys, says] of SHOWN) {
      for (const [columns, rows] of [
        [80, 24],
        [200, 60],
      ] as const) {
        const frame = drawnText(play({ ...state, size: { columns, rows } }, ...keys.split(' '), { type: 'rested' }))
        const where = `${read} of ${LAYERS.length} layers, ${keys} at ${columns}x${rows}:\n${frame}`
        if (read < LAYERS.length) assert.doesNotMatch(frame, FINAL, where)
        const wanted = says?.[read]
        if (wanted !== undefined) assert.match(frame, wanted, where)
      }
    }
  }
})

test('a view that is open while the layers come follows them', async () => {
  const { opened, play } = await readImageState(LAYERS)
  const readings = LAYERS.map(({ tar }) => readLayerBytes(tar))
  for (const [keys] of SHOWN) {
    const sum = new LayerSum('overlay', LAYERS.length)
    let state = play({ ...opened, size: { columns: 80, rows: 24 } }, ...keys.split(' '))
    for (const [layer, reading] of readings.entries()) {
      const analysis = await sum.of(readings.slice(0, layer + 1), new AbortController().signal)
      state = play(state, { type: 'layer-read', id: 'shown', layer, reading }, { type: 'analysed', id: 'shown', analysis })
      const frame = drawnText(play(state, { type: 'rested' }))
      const where = `${keys} after layer ${layer + 1}:\n${frame}`
      if (layer + 1 < LAYERS.length) assert.doesNotMatch(frame, FINAL, where)
      // Findings are still being looked for.
      else if (keys !== '!') assert.doesNotMatch(frame, /so far|Reading the layers|Weighing/, where)
    }
  }
})

test('between the last layer and the answers about it, what is shown of the layers before is so far', async () => {
  const { opened, play } = await readImageState(LAYERS)
  const readings = LAYERS.map(({ tar }) => readLayerBytes(tar))
  const views: readonly (readonly [keys: string, says: RegExp])[] = [
    ['0', /4 layers · adding up[\s\S]*HIDDEN 3\.00 kB so far/],
    ['1 t', /1 of 4 layers so far/],
    ['2', /whole image so far/],
    ['2 M', /TREEMAP {2}\/ so far/],
    ['3', /by files so far/],
    ['4', /files of the layers read so far/],
  ]
  for (const [keys, says] of views) {
    const sum = new LayerSum('overlay', LAYERS.length)
    let state = play({ ...opened, size: { columns: 80, rows: 24 } }, ...keys.split(' '))
    for (const [layer, reading] of readings.entries()) {
      const analysis = await sum.of(readings.slice(0, layer + 1), new AbortController().signal)
      const came: readonly Action[] = [
        { type: 'layer-read', id: 'shown', layer, reading },
        { type: 'analysed', id: 'shown', analysis },
      ]
      // Nothing that is asked about the last layer is answered.
      const isLast = layer + 1 === readings.length
      state = isLast ? came.reduce((now, action) => update(now, action)[0], state) : play(state, ...came)
    }
    assert.match(drawnText(state), says, keys)
  }
})
