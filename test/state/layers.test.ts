import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commandText } from '../../src/format/history-text.ts'
import { plainText } from '../../src/line/line.ts'
import { layerSteps, selectedLayer } from '../../src/state/model/layer-steps.ts'
import type { State } from '../../src/state/model/state.ts'
import { layout, paneLines } from '../../src/state/shell/pane.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { openedState, play as playBare } from '../kit/state/opened-state.ts'
import { readImageState } from '../kit/state/read-image-state.ts'
import { drawnRows, drawnText } from '../kit/terminal/drawn-screen.ts'

const file = (bytes: number) => ({ content: 'x'.repeat(bytes) })
const step = (created_by: string) => ({ history: { created_by }, compression: 'none' as const })

const LAYERS = [
  layerFixture({ a: file(10_000), b: file(10_000) }, step('ADD rootfs.tar')),
  layerFixture({ a: file(30_000), c: file(10_000) }, step('RUN apt-get update')),
  layerFixture({ '.wh.b': '', '.wh.c': '', d: file(5000) }, step('RUN rm b c')),
]

function screenOf(state: State): readonly string[] {
  const [area] = layout(state).panes
  return paneLines(state, area ?? assert.fail()).map(({ spans }) => plainText(spans).trimEnd())
}

/** Positions of the listed layers. */
const listed = (state: State) => layerSteps(state).map(({ layer }) => layer)

describe('the layers', () => {
  test('each has a bar as long as it weighs, its hidden part shaded', async () => {
    const { state, play } = await readImageState(LAYERS)
    const [, , first = '', second = '', third = ''] = screenOf(play(state, '1'))
    assert.match(first, /1 +2\d\.\d kB █{7,} .* 20\.0 kB ADD rootfs/)
    assert.match(second, /2 +4\d\.\d kB ░{7,}█{2,} .* 10\.0 kB .*apt-get update/)
    assert.match(third, /3 +\d\.\d+ kB ░{1,4} .* · .*rm b c/)
    const lengths = [first, second].map(row => /[░█]+/.exec(row)?.[0].length ?? 0)
    assert.ok(Math.abs((lengths[0] ?? 0) * 2 - (lengths[1] ?? 0)) <= 2)
  })

  test('where there is no room for bars the rows are drawn without: read, being read and waiting', async () => {
    const { state, play } = await readImageState(LAYERS)
    const progress = { type: 'layer-progress', id: 'shown', at: 0, layers: [{ layer: 0, done: 1e9 }] } as const
    const bare = await openedState(imageFixture(LAYERS))
    for (const columns of [40, 41, 50, 60, 80, 120, 200]) {
      const size = { columns, rows: 24 }
      assert.match(screenOf(play({ ...state, size }, '1')).join('\n'), /ADD/)
      assert.match(screenOf(playBare({ ...bare, size }, '1', progress)[0]).join('\n'), /LAYERS/)
    }
  })

  test('o lists them by size, by hidden bytes and in order again; the cursor stays on its layer', async () => {
    const { state, play } = await readImageState(LAYERS)
    const third = play(state, '1', 'G')
    const bySize = play(third, 'o')
    assert.deepEqual(listed(bySize), [1, 0, 2])
    assert.equal(selectedLayer(bySize)?.position, 2)
    const byHidden = play(bySize, 'g', 'o')
    assert.deepEqual(listed(byHidden), [0, 1, 2])
    assert.equal(selectedLayer(byHidden)?.position, 1)
    assert.match(screenOf(byHidden)[0] ?? '', /3 layers · by hidden/)
    assert.deepEqual(listed(play(byHidden, 'o')), [0, 1, 2])
  })

  test('/ finds layers by words of their commands, Esc lists all again', async () => {
    const { state, play } = await readImageState(LAYERS)
    const found = play(state, '1', '/', ...'rm b', 'enter')
    assert.deepEqual(listed(found), [2])
    assert.equal(selectedLayer(found)?.position, 2)
    assert.match(screenOf(found)[0] ?? '', /with rm b/)
    assert.match(screenOf(play(state, '1', '/', ...'nothing', 'enter')).join('\n'), /No command has all of “nothing”/)
    assert.deepEqual(listed(play(found, 'escape')), [0, 1, 2])
  })

  test('steps that made no layer are shown with c and hidden again', async () => {
    const history = [{ created_by: 'ADD a' }, { created_by: 'ENV A=1', empty_layer: true }, { created_by: 'ADD b' }]
    const state = await openedState(imageFixture([layerFixture({ a: 'x' }), layerFixture({ b: 'y' })], { config: { history } }))
    const [layers] = playBare(state, '1')
    assert.deepEqual(listed(layers), [0, 1])
    const [all] = playBare(layers, 'j', 'c')
    assert.deepEqual(listed(all), [0, undefined, 1])
    assert.equal(selectedLayer(all)?.position, 1)
    assert.deepEqual(listed(playBare(all, 'c')[0]), [0, 1])
  })

  test('where no other pane has room for it, the whole command of the layer is below the list', async () => {
    const long = `RUN ${'make everything '.repeat(8)}end`
    const { state, play } = await readImageState([layerFixture({ a: 'x' }, step(long))])
    const foot = screenOf(play(state, '1')).slice(-3).join(' ')
    assert.match(foot, /make everything .*make everything end/)
  })
})

describe('the matrix of layers', () => {
  test('has a row for each layer that ships hidden bytes and a column for each that hides some; the rows add up', async () => {
    const { state, play } = await readImageState(LAYERS)
    const matrix = play(state, '1', 't')
    const [title = '', head = '', ...rows] = screenOf(matrix)
    assert.match(title, /MATRIX {2}rows ship, columns hide · 2 of 3 layers/)
    assert.match(head, /# +hidden +>2 +3$/)
    assert.match(rows[0] ?? '', /> +1 +20\.0 kB +>10\.0 kB +10\.0 kB/)
    assert.match(rows[1] ?? '', /2 +10\.0 kB +· +10\.0 kB/)
  })

  test('opened before a layer was read, it picks the column that hides most of the row as soon as there is one', async () => {
    const { state, play } = await readImageState(LAYERS)
    const early = play({ ...state, slices: { ...state.slices, matrix: { hider: 0 } } }, '1')
    const matrix = { ...play(early, '1', 't'), slices: { ...early.slices, matrix: { hider: 0 } } }
    assert.match(screenOf(matrix)[1] ?? '', />2 +3$/)
    assert.match(screenOf(play(matrix, 'l'))[1] ?? '', /2 +>3$/)
  })

  test('says the picked cell in words below: its bytes and the commands of both layers, or that there are none', async () => {
    const { state, play } = await readImageState(LAYERS)
    const words = (shown: State) =>
      screenOf(shown)
        .slice(-3)
        .map(row => row.trim().replace(/ +/g, ' '))
    const commands = state.image?.image.steps.map(({ history }) => commandText(history)) ?? []
    const matrix = play(state, '1', 't', 'l')
    assert.deepEqual(words(matrix), ['picked 10.0 kB', `shipped by 1 ${commands[0]}`.trim(), `hidden by 3 ${commands[2]}`.trim()])
    assert.match(words(play(matrix, 'j', 'h'))[0] ?? '', /picked nothing/)
  })

  test('shades cells where sizes have no room, in the colour of waste on the picked column too', async () => {
    const layers = Array.from({ length: 5 }, (_, layer) => layerFixture({ one: String(layer).repeat(10 ** (layer % 4)) }))
    const { state, play } = await readImageState(layers)
    const matrix = play(state, { type: 'resize', columns: 40, rows: 20 }, '1', 't')
    assert.match(drawnText(matrix), / >░░░/)
    const last = drawnRows(play(matrix, 'G', 'l', 'l', 'l')).find(row => plainText(row).includes('█')) ?? assert.fail()
    assert.match(plainText(last), / >███$/)
    assert.equal(last.at(-1)?.role, 'waste')
  })

  test('Enter on a cell shows its files in the waste, and says where there are none', async () => {
    const { state, play } = await readImageState(LAYERS)
    const matrix = play(state, '1', 't', 'l')
    const waste = screenOf(play(matrix, 'enter')).join('\n')
    assert.match(waste, /WASTE .*1 hider:3/)
    assert.match(waste, /10\.0 kB.* \/b$/m)
    assert.doesNotMatch(waste, / \/[ac]$/m)
    const none = play(matrix, 'j', 'h', 'enter')
    assert.match(none.message?.text ?? '', /Layer 2 hides nothing that layer 2 ships/)
    assert.match(screenOf(play(matrix, 't')).join('\n'), /LAYERS/)
  })
})

describe('an image that takes long to read', () => {
  const big = imageFixture([layerFixture({ a: 'x' }), layerFixture({ b: 'y' })])
  const complete = { layers: 2, hidden: [0, 0], caused: [0, 0], shipped: [1, 1], changes: [], complete: true }

  test('opens on the layers where panes lie on top of each other, and turns to the story unless a key was pressed', async () => {
    const state = await openedState(big)
    const image = state.image?.image ?? assert.fail()
    const layers = image.layers.map(layer => ({ ...layer, blob: { ...layer.blob, size: 300_000_000 } }))
    const open = (columns: number) =>
      playBare(
        { ...state, image: undefined, size: { columns, rows: 24 } },
        {
          type: 'opened',
          id: 'shown',
          reference: 'oci:big',
          nodes: [],
          image: { ...image, layers },
          offer: undefined,
          remote: false,
          notices: [],
        },
      )[0]
    assert.equal(open(120).focus, 'main')
    const waiting = open(80)
    assert.equal(waiting.focus, 'layers')
    const analysed = { type: 'analysed', id: 'shown', analysis: { ...complete, stack: { changesets: [] } } } as never
    assert.equal(playBare(waiting, analysed)[0].focus, 'main')
    assert.equal(playBare(waiting, 'j', analysed)[0].focus, 'layers')
  })
})
