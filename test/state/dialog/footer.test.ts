import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import { footerLines } from '../../../src/state/shell/footer.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState, play } from '../../kit/state/opened-state.ts'

const frame = (name: string) =>
  readFileSync(new URL(`../../golden/frames/${name}.txt`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')

describe('footer', () => {
  test('drops whole hints where there is no room, the way to the help last', () => {
    for (const name of ['manifest-80x24', 'config-80x24', 'files-80x24'])
      assert.match(frame(name).at(-1) ?? '', /\? help *$/, name)
  })
})

test('while layers are read the ways to every command and to the help stay, the progress gives way', async () => {
  const [state] = play(
    await openedState(imageFixture([layerFixture({ a: 'x' })]), 'oci:some/longer-name-of-an-image:1.2'),
    { type: 'layer-progress', id: 'shown', at: 0, layers: [{ layer: 0, done: 0 }] },
    { type: 'layer-progress', id: 'shown', at: 2000, layers: [{ layer: 0, done: 20 }] },
  )
  const [footer] = footerLines(state).map(plainText)
  assert.match(footer ?? '', /: anything {2}\? help +0\/1 +\d+ %/)
})
