import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readSettingsFile, writeSettingsFile } from '../../../src/cli/interface/settings-file.ts'
import { panesOf } from '../../../src/state/model/screen.ts'
import { DEFAULT_SETTINGS } from '../../../src/state/model/settings.ts'
import { focusedView, type State } from '../../../src/state/model/state.ts'
import { paletteEntries } from '../../../src/state/shell/palette.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { play as playing } from '../../kit/state/opened-state.ts'
import { readImageState } from '../../kit/state/read-image-state.ts'

const { state, play } = await readImageState([
  layerFixture({ 'usr/lib/a.so': '1', 'usr/lib/b.txt': '2', 'etc/x': 'x' }),
  layerFixture({ 'usr/lib/.wh.b.txt': '' }),
])

/** The state after `name` was typed in the palette and entered. */
function used(from: State, name: string): State {
  return play(from, ':', ...name, 'enter')
}

describe('filters with a name', () => {
  test('those that peel comes with are found by their names, from every pane, and Esc goes back', () => {
    for (const key of ['0', '1', '5']) {
      const before = play(state, key)
      const removed = used(before, 'removed')
      assert.equal(focusedView(removed), 'files')
      assert.equal(removed.slices.files.filter?.text, 'change:removed')
      assert.equal(removed.slices.files.shown?.hits?.count, 1)
      assert.equal(focusedView(play(removed, 'escape', 'escape')), focusedView(before))
      const secrets = used(before, 'secrets')
      assert.equal(panesOf(secrets.screen).over.at(-1), 'findings')
      assert.equal(secrets.slices.findings.filter, 'secret/')
    }
  })

  test('a filter that is on is kept under a name, used in the list that has the focus, and forgotten', () => {
    const filtered = play(state, '2', 'f', ...'.so', 'enter')
    const [kept, effects] = playing(filtered, ':', ...'keep the filter', 'enter', ...'libs', 'enter')
    assert.deepEqual(kept.settings.filters, { libs: '.so' })
    assert.ok(effects.some(effect => effect.type === 'settings' && effect.settings.filters['libs'] === '.so'))
    assert.equal(used(play(kept, 'escape', '4'), 'libs').slices.biggest.filter?.text, '.so')
    const [forgotten] = playing(kept, ':', ...'forget the filter libs', 'enter')
    assert.deepEqual(forgotten.settings.filters, {})
  })

  test('one of the user’s own takes the place of one with its name', () => {
    const own = { ...state, settings: { ...state.settings, filters: { big: 'name:a.so' } } }
    assert.equal(used(own, 'big').slices.files.filter?.text, 'name:a.so')
    assert.equal(paletteEntries(own, 'filter big').filter(({ command }) => command === 'use-filter').length, 1)
  })

  test('without a filter there is nothing to keep, and a wrong one of the configuration says so', () => {
    const [keep] = paletteEntries(play(state, '2'), 'keep the filter')
    assert.equal(keep?.reason, 'where a filter of files is on')
    const wrong = { ...state, settings: { ...state.settings, filters: { odd: 'type:nonsense', '\u001b[2Jx': '>1' } } }
    assert.match(used(wrong, 'odd').message?.text ?? '', /There is no type "nonsense"/)
    assert.equal(used(wrong, 'odd').slices.files.filter, undefined)
    const labels = paletteEntries(wrong, 'filter').map(({ label }) => label)
    assert.ok(labels.some(label => label.includes('\\e[2Jx')) && labels.every(label => !label.includes('\u001b')))
  })

  test('they are kept in the configuration file, which loses nothing else', () => {
    const directory = mkdtempSync(join(tmpdir(), 'peel-filters-'))
    try {
      const path = join(directory, 'config.json')
      writeFileSync(path, '{"filters": {"libs": ".so", "wrong": 3}, "other": 1}')
      assert.deepEqual(readSettingsFile(path).settings.filters, { libs: '.so' })
      writeSettingsFile(path, { ...DEFAULT_SETTINGS, filters: { logs: '*.log' } })
      assert.deepEqual(readSettingsFile(path).settings.filters, { logs: '*.log' })
      assert.match(readFileSync(path, 'utf8'), /"other": 1/)
      writeSettingsFile(path, DEFAULT_SETTINGS)
      assert.deepEqual(readSettingsFile(path).settings.filters, {})
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
