import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { plainText } from '../../src/line/line.ts'
import { LAYERS_VIEW } from '../../src/state/layers/layers-view.ts'
import { diagnosticsOf, isOddLayer } from '../../src/state/model/findings.ts'
import { focusedView, type State } from '../../src/state/model/state.ts'
import { footerLines } from '../../src/state/shell/footer.ts'
import { headerLine } from '../../src/state/shell/header.ts'
import { viewRows } from '../../src/state/shell/view-rows.ts'
import { VIEWS } from '../../src/state/shell/views.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { openedState, play } from '../kit/state/opened-state.ts'

const layers = [layerFixture({ a: 'x' }), layerFixture({ b: 'x' })]
const sound = imageFixture(layers)
const short = imageFixture(layers, { config: { rootfs: { type: 'layers', diff_ids: [] } } })
const failure = new ImageError('BLOB_MISSING', 'Cannot read sha256:abc: oci:\u001bx does not have it')

describe('what is wrong with an image is on the screen until it is closed', () => {
  test('a sound image says nothing', async () => {
    const state = await openedState(sound)
    assert.deepEqual(diagnostics(state), [])
    assert.ok(!header(state).includes('!'))
    const [shown] = play(state, '!')
    assert.match(page(shown), /Nothing was found so far: 0 of 2 layers are read/)
  })

  test('documents and layers are counted in the header, marked in the list and told on a page of their own', async () => {
    const [state] = play(await openedState(short), { type: 'layer-failed', id: 'shown', layer: 1, error: failure })
    assert.deepEqual(
      diagnostics(state).map(({ severity, layer }) => [severity, layer]),
      [
        ['warning', undefined],
        ['error', 1],
      ],
    )
    assert.match(header(state), /! 1 error so far/)
    const rows = LAYERS_VIEW.rows(state, 78)
      .slice(0, 2)
      .map(({ line }) => plainText(line))
    assert.deepEqual(
      rows.map(row => / ! layer \d/.test(row)),
      [false, true],
    )
    const [shown] = play(state, '!')
    assert.match(page(shown), /error +1 {2}Cannot read sha256:abc: oci:\\e.* layer 2/)
    assert.match(page(shown), /warning +1 {2}The config has 0 DiffIDs for 2 layers/)
    assert.match(
      footerLines({ ...shown, size: { columns: 120, rows: 24 } })
        .map(plainText)
        .join(''),
      /explain/,
    )
    assert.equal(focusedView(play(shown, '!')[0]), focusedView(state))
    assert.ok(state.image !== undefined && isOddLayer(state.image, 1) && !isOddLayer(state.image, 0))
  })

  test('what is explained is all of the message, at any width', async () => {
    const [state] = play(await openedState(short), { type: 'layer-failed', id: 'shown', layer: 0, error: failure })
    const [explained] = play(state, '!', 'd')
    const rows = viewRows(explained, 'explanation', 40).slice(0, 99)
    assert.ok(rows.every(({ line }) => plainText(line).length <= 40))
    assert.match(rows.map(({ line }) => plainText(line).trim()).join(' '), /oci:\S+ does not have it/)
  })
})

function diagnostics({ image }: State) {
  assert.ok(image !== undefined)
  return diagnosticsOf(image)
}

function header(state: State): string {
  return plainText(headerLine(state))
}

function page(state: State): string {
  const rows = viewRows(state, 'findings', 78)
  if (rows.length === 0) return VIEWS.findings.empty(state)
  return rows
    .slice(0, rows.length)
    .map(({ line }) => plainText(line))
    .join('\n')
}
