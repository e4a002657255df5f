import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { displayPath } from '../../../src/layer/file-path.ts'
import { plainText } from '../../../src/line/line.ts'
import { compute } from '../../../src/list/compute.ts'
import { finish } from '../../../src/overlay/steps.ts'
import { pathOnList } from '../../../src/state/model/files.ts'
import { panesOf } from '../../../src/state/model/screen.ts'
import { focusedView, type State } from '../../../src/state/model/state.ts'
import { sheetLines } from '../../../src/state/shell/sheet.ts'
import { update } from '../../../src/state/shell/update.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { readImageState } from '../../kit/state/read-image-state.ts'

const { state, play } = await readImageState([
  layerFixture({ 'usr/lib/libssl.so.3': '1', 'usr/lib/python3/json/decoder.py': 'xx', 'etc/passwd': 'x', 'opt/größe': '' }),
  layerFixture({ 'usr/lib/.wh.libssl.so.3': '' }),
])

function lines(of: State): readonly string[] {
  return sheetLines(of).map(({ spans }) => plainText(spans).trimEnd())
}

/** The letters that are highlighted in the first path. */
function highlighted(of: State): string {
  return (sheetLines(of)[2]?.spans ?? [])
    .filter(({ role }) => role === 'match')
    .map(({ text }) => text)
    .join('')
}

function placeOf({ slices, cursors }: State): string | undefined {
  const path = slices.files.shown === undefined ? undefined : pathOnList(slices.files.shown, cursors.files.index)
  return path === undefined ? undefined : displayPath(path)
}

describe('Ctrl-p', () => {
  test('finds paths of the whole image by letters, from every pane, and goes there; Esc comes back', () => {
    for (const key of ['0', '1', '3', '4', '7']) {
      const before = play(state, key)
      const found = play(before, 'ctrl-p', ...'jsdec', 'enter')
      assert.equal(panesOf(found.screen).tab, 'files')
      assert.equal(placeOf(found), 'usr/lib/python3/json/decoder.py')
      assert.equal(focusedView(play(found, 'escape')), focusedView(before))
    }
  })

  test('says what was removed, highlights the letters, and counts', () => {
    const typed = play(state, 'ctrl-p', ...'ssl3')
    assert.match(lines(typed)[0] ?? '', /FILES .* 1 of 10$/)
    assert.match(lines(typed)[2] ?? '', /^ > +1 B - usr\/lib\/libssl\.so\.3$/)
    assert.equal(highlighted(typed), 'ssl3')
    assert.equal(placeOf(play(typed, 'enter')), 'usr/lib/libssl.so.3')
  })

  test('letters that are no ASCII count as one, in capitals too', () => {
    const typed = play(state, 'ctrl-p', ...'GRÖ')
    assert.match(lines(typed)[2] ?? '', /opt\/größe$/)
    assert.equal(highlighted(typed), 'grö')
  })

  test('before anything is typed, and where nothing is found, it says so; Enter stays', () => {
    assert.match(lines(play(state, 'ctrl-p'))[2] ?? '', /Letters of a path/)
    const none = play(state, 'ctrl-p', ...'zzz')
    assert.match(lines(none)[2] ?? '', /No path has these letters/)
    assert.deepEqual(play(none, 'enter').dialog, none.dialog)
  })

  test('Enter that comes before the answer goes to the best of what was typed', () => {
    const typed = play(state, 'ctrl-p', ...'passw')
    const [waiting, effects] = update(typed, { type: 'key', key: 'd' })
    const [entered] = update(waiting, { type: 'key', key: 'enter' })
    assert.equal(entered.dialog?.type, 'find-file')
    const [effect] = effects
    assert.ok(effect?.type === 'compute')
    assert.equal(placeOf(play(entered, { type: 'computed', answer: finish(compute(effect.job)) })), 'etc/passwd')
  })

  test('hides nothing for a filter or for files that did not change', () => {
    const narrowed = play(state, '2', '.', 'f', ...'ssl', 'enter')
    assert.equal(placeOf(play(narrowed, 'ctrl-p', ...'passwd', 'enter')), 'etc/passwd')
  })

  test('Esc closes it where it was opened', () => {
    const closed = play(state, '3', 'ctrl-p', ...'lib', 'escape')
    assert.deepEqual({ ...closed, dialog: undefined }, play(state, '3'))
  })
})
