import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { footerLines } from '../../../src/state/shell/footer.ts'
import { paletteEntries } from '../../../src/state/shell/palette.ts'
import { artifactFixture } from '../../kit/image/artifact-fixture.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

const image = await openedState(imageFixture([layerFixture({ a: 'x' })]))

describe('a key without a use', () => {
  test('says where it has one, else which key shows those that have', () => {
    const said = (...keys: readonly string[]) => play(image, ...keys)[0].message?.text ?? ''
    assert.equal(said('0', 'o'), 'o does nothing here; in the layers it does this: Sort by order, size, hidden bytes.')
    assert.equal(said('0', 'J'), 'J does nothing here; ? shows the keys.')
    assert.equal(said('2', 'Z'), 'Z does nothing here; in the plan of a squash it does this: Choose the compression.')
    assert.deepEqual({ ...play(image, '0', 'J')[0], message: undefined }, { ...play(image, '0')[0], message: undefined })
  })

  test('Enter and Space where there is nothing to do say so', () => {
    const said = (...keys: readonly string[]) => play(image, ...keys)[0].message?.text
    assert.equal(said('1', 'd', 'enter'), '⏎ has nothing to do here.')
    assert.equal(said('2', 'f', ...'nosuch', 'enter', 'space'), 'Space has nothing to do here.')
    assert.equal(said('1', 'G', 'j'), undefined)
  })

  test('is not named in the footer: blobs of an artifact are not squashed', async () => {
    const artifact = await openedState(artifactFixture([{ type: 'text/plain', bytes: 'x' }], { artifactType: 'text/x' }))
    const footer = (state: typeof image) =>
      footerLines({ ...state, size: { columns: 160, rows: 40 } })
        .map(plainText)
        .join('')
    for (const key of ['0', '1', '5', '7', '8']) assert.doesNotMatch(footer(play(artifact, key)[0]), /s squash|Space mark/, key)
    assert.match(footer(play(image, '1')[0]), /Space mark.*s squash/)
    for (const key of ['s', 'space', 'V', 'shift-down', 'b']) {
      const [pressed] = play(artifact, '1', key)
      assert.match(pressed.message?.text ?? '', /nothing can be squashed/, key)
      assert.deepEqual([pressed.slices.plan, pressed.slices.marks], [undefined, artifact.slices.marks])
    }
    const [squash] = paletteEntries(play(artifact, '1')[0], 'plan a squash')
    assert.equal(squash?.reason, 'of an image with layers')
  })
})
