import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { displayPath } from '../../../src/layer/file-path.ts'
import { lineWidth, plainText } from '../../../src/line/line.ts'
import { pathOnList } from '../../../src/state/model/files.ts'
import { panesOf } from '../../../src/state/model/screen.ts'
import { pageLines } from '../../../src/state/shell/pages.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { readImageState } from '../../kit/state/read-image-state.ts'

const { state, play } = await readImageState([
  layerFixture({ 'usr/lib/big': '1', etc: 'x' }),
  layerFixture({ 'usr/lib/.wh.big': '' }),
])

describe('the help', () => {
  test('has the same entries in two columns from 100 cells on, in fewer rows', () => {
    for (const key of ['0', '2', '5']) {
      const seen = play(state, key)
      const texts = (width: number) => pageLines(seen, { type: 'help', top: 0 }, width).map(each => plainText(each).trim())
      const [one, two] = [texts(99).filter(text => text !== ''), texts(120)]
      const wide = texts(200).join('\n')
      for (const text of one.filter(each => /^\S/.test(each)))
        assert.ok(wide.includes(text.replace(/^.{1,18}? {2,}/, '').trim()), text)
      assert.ok(two.length < one.length && texts(200).length < one.length * 0.75, `${two.length} rows instead of ${one.length}`)
      for (const width of [100, 120, 200])
        for (const each of pageLines(seen, { type: 'help', top: 0 }, width)) assert.ok(lineWidth(each) <= width)
    }
  })

  test('says what the marks mean, in ASCII too', () => {
    const legend = (ascii: boolean) =>
      pageLines({ ...state, settings: { ...state.settings, ascii } }, { type: 'help', top: 0 }, 80)
        .map(plainText)
        .join('\n')
    assert.match(legend(false), /▸ ▾ ▹ +A directory that is closed, open, empty/)
    assert.match(legend(true), /\. # : +Bytes that are alive, hidden by a later layer, litter/)
  })
})

test('Ctrl-p finds files of the whole image from every pane, removed ones too', () => {
  const found = play(state, '3', 'ctrl-p', ...'big', 'enter')
  const { shown } = found.slices.files
  assert.equal(panesOf(found.screen).tab, 'files')
  const path = shown === undefined ? undefined : pathOnList(shown, found.cursors.files.index)
  assert.equal(path === undefined ? '' : displayPath(path), 'usr/lib/big')
})
