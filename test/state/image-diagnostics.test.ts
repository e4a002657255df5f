import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { plainText } from '../../src/line/line.ts'
import { LAYERS_VIEW } from '../../src/state/layers/layers-view.ts'
import { diagnosticsOf, isOddLayer } from '../../src/state/model/image-diagnostics.ts'
import type { State } from '../../src/state/model/state.ts'
import { footerLines } from '../../src/state/shell/footer.ts'
import { headerLine } from '../../src/state/shell/header.ts'
import { diagnosticsLines } from '../../src/state/shell/pages.ts'
import { sheetLines } from '../../src/state/shell/sheet.ts'
import { imageFixture, layerFixture } from '../kit/image-fixture.ts'
import { openedState, play } from '../kit/opened-state.ts'

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
    assert.match(sheet(shown), /No problems/)
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
    assert.match(header(state), /! 2 problems/)
    const rows = LAYERS_VIEW.rows(state, 78)
      .slice(0, 2)
      .map(({ line }) => plainText(line))
    assert.deepEqual(
      rows.map(row => / ! layer \d/.test(row)),
      [false, true],
    )
    const [shown] = play(state, 'escape', '!')
    assert.match(sheet(shown), /Documents\n.*warning +The config has 0 DiffIDs for 2 layers/)
    assert.match(sheet(shown), /Layer 2\n.*error +Cannot read sha256:abc: oci:\\e?/)
    assert.match(footerLines(shown).map(plainText).join(''), /Esc close/)
    assert.equal(play(shown, '!')[0].dialog, undefined)
  })

  test('long ones wrap', async () => {
    const [state] = play(await openedState(short), { type: 'layer-failed', id: 'shown', layer: 0, error: failure })
    assert.ok(diagnosticsLines(state, 40).every(line => plainText(line).length <= 40))
    assert.ok(state.image !== undefined && isOddLayer(state.image, 0) && !isOddLayer(state.image, 1))
  })
})

function diagnostics({ image }: State) {
  assert.ok(image !== undefined)
  return diagnosticsOf(image)
}

function header(state: State): string {
  return plainText(headerLine(state))
}

function sheet(state: State): string {
  return sheetLines(state)
    .map(({ spans }) => plainText(spans))
    .join('\n')
}
