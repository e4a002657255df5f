import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Finding } from '../../src/check/finding.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { plainText } from '../../src/line/line.ts'
import { ribbon } from '../../src/line/ribbon.ts'
import { widthOf } from '../../src/line/text.ts'
import { panesOf } from '../../src/state/model/screen.ts'
import type { State } from '../../src/state/model/state.ts'
import { FIRST_STORY, storyRows } from '../../src/state/model/story.ts'
import { STORY_VIEW } from '../../src/state/story/story-view.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { openedState, play } from '../kit/state/opened-state.ts'
import { readImageState } from '../kit/state/read-image-state.ts'

const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  id,
  severity: 'warning',
  layer: 0,
  hiddenBy: null,
  path: 'a' as FilePath,
  bytes: 10,
  hiddenBytes: 0,
  title: id,
  detail: '',
  fix: '',
  inBase: false,
  fingerprint: id,
  evidence: {},
  ...more,
})

const image = imageFixture([layerFixture({ a: 'x' }), layerFixture({ b: 'y' })])
const titleOf = (state: State) => plainText(STORY_VIEW.title(state).left)

const opened = await openedState(image)

describe('the story', () => {
  test('sections come with what harms first; litter counts only bytes that are alive', () => {
    const findings = [
      finding('waste/package-cache', { bytes: 100, hiddenBytes: 40 }),
      finding('waste/docs', { bytes: 7, hiddenBytes: 7 }),
      finding('waste/hidden', { bytes: 5 }),
      finding('run/entrypoint-missing'),
      finding('secret/private-key', { severity: 'error' }),
      finding('user/root'),
    ]
    const rows = storyRows({ ...FIRST_STORY, findings })
    const words = rows.map(row =>
      row.kind === 'heading' ? `${row.section} ${row.bytes}` : row.kind === 'rule' ? row.group.id : '',
    )
    assert.deepEqual(words, [
      'secrets 10',
      'secret/private-key',
      'start 10',
      'run/entrypoint-missing',
      'litter 60',
      'waste/package-cache',
      'findings 10',
      'user/root',
    ])
  })

  test('an act has both commands and its path in columns that fill the width, and are cut where there is less', async () => {
    const deep = `${'directory/'.repeat(20)}file`
    const told = await readImageState([
      layerFixture({ [deep]: 'x'.repeat(3000) }, { history: { created_by: `RUN ${'make '.repeat(30)}` } }),
      layerFixture({ 'directory/.wh.directory': '' }, { history: { created_by: 'RUN rm -rf /directory/directory' } }),
    ])
    for (const width of [60, 100, 160]) {
      const rows = STORY_VIEW.rows(told.play({ ...told.state, size: { columns: 200, rows: 40 } }, '0'), width)
      const [heading = '', act = ''] = rows.slice(0, 2).map(({ line }) => plainText(line))
      assert.equal(widthOf(act), width, act)
      assert.match(act, /^ +3\.00 kB █+ 1 make.*… +2 rm -rf.* \/.*$/)
      assert.equal(heading.indexOf('shipped by'), act.indexOf('1 make'))
      assert.equal(heading.indexOf('hidden by'), act.indexOf('2 rm -rf'))
    }
  })

  test('acts that the page has no room for are counted in a row, which leads to all of them: sizes of the section add up', async () => {
    const names = Array.from({ length: 15 }, (_, number) => `dir-${number}`)
    const many = await readImageState([
      ...names.map((name, number) => layerFixture({ [`${name}/file`]: 'x'.repeat(1000 * (20 - number)) })),
      layerFixture(Object.fromEntries(names.map(name => [`${name}/.wh.file`, '']))),
    ])
    const told = many.play({ ...many.state, size: { columns: 120, rows: 40 } }, '0')
    const rows = STORY_VIEW.rows(told, 100)
    const [last] = rows.slice(13, 14)
    assert.match(plainText(last?.line ?? []), /^ +21\.0 kB {2}in 3 more$/)
    assert.equal(last?.subject.kind, 'more')
    const waste = many.play({ ...told, cursors: { ...told.cursors, story: { index: 13, top: 0 } } }, 'enter')
    assert.equal(waste.screen.kind === 'image' && waste.screen.tab, 'waste')
  })

  test('a leftover that gives nothing away is no secret', () => {
    const findings = [finding('leak/git-directory', { severity: 'error' }), finding('leak/editor-os', { severity: 'info' })]
    const heads = storyRows({ ...FIRST_STORY, findings }).flatMap(row =>
      row.kind === 'heading' ? [`${row.section} ${row.count}`] : [],
    )
    assert.deepEqual(heads, ['secrets 1', 'findings 1'])
  })

  test('n and N go to the worst row of the next part and of the part before', () => {
    const findings = [
      finding('secret/private-key', { severity: 'error' }),
      finding('run/entrypoint-missing'),
      finding('user/root'),
    ]
    const [seen] = play(opened, { type: 'checked', id: 'shown', findings, texts: new Map(), isWhole: true }, '0')
    const at = (...keys: readonly string[]) => play(seen, ...keys)[0].cursors.story.index
    assert.deepEqual([at('n'), at('n', 'n'), at('n', 'n', 'n')], [3, 5, 5])
    assert.equal(at('j', 'n'), 3)
    assert.equal(at('G', 'n'), 5)
    assert.deepEqual([at('G', 'N'), at('G', 'N', 'N'), at('N')], [3, 1, 0])
  })

  test('says so far until all layers are read, and never that nothing is wrong before it was looked for', async () => {
    const state = await openedState(image)
    assert.equal(titleOf(state), 'so far: 0 of 2 layers')
    assert.match(STORY_VIEW.empty(state), /so far/)
    assert.doesNotMatch(STORY_VIEW.empty(state), /nothing was found/)
  })

  test('layers that were not searched for secrets are told; read whole, they are searched', async () => {
    const { state, play: keys } = await readImageState([layerFixture({ a: 'x' })])
    const checked = { type: 'checked', id: 'shown', findings: [], texts: new Map() } as const
    const unseen = keys(state, { ...checked, isWhole: false, unseen: [0] }, '0')
    assert.equal(titleOf(unseen), '1 layer · 1 not searched for secrets')
    assert.match(STORY_VIEW.empty(unseen), /not searched for secrets/)
    const effects = (from: State) => play(from, '1', 'r')[1].map(({ type }) => type)
    assert.deepEqual(effects(unseen), ['read-layer'])
    assert.deepEqual(effects(keys(state, { ...checked, isWhole: true }, '0')), ['wait'])
    const reading = unseen.image?.progress[0]
    assert.ok(reading?.status === 'read')
    const [, after] = play(unseen, { type: 'layer-read', id: 'shown', layer: 0, reading: reading.reading })
    assert.deepEqual(after, [{ type: 'check', image: 'shown' }])
  })

  test('the heading of hidden files opens their list, which is made then', async () => {
    const { state, play: keys } = await readImageState([layerFixture({ a: 'x'.repeat(500) }), layerFixture({ '.wh.a': '' })])
    const opened = keys(state, '0', 'g', 'enter')
    assert.equal(panesOf(opened.screen).tab, 'waste')
    assert.equal(opened.slices.waste.list?.files.length, 1)
  })

  test('the path of an act keeps room: before the number of its files, and where it is narrow before the later command', async () => {
    const modules = Object.fromEntries(
      Array.from({ length: 1200 }, (_, index) => [`app/node_modules/typescript/${index}.js`, 'x']),
    )
    const layers = [
      layerFixture({ 'app/keep': 'x', ...modules }, { history: { created_by: 'RUN npm install --with-all-of-it' } }),
      layerFixture({ 'app/node_modules/.wh.typescript': '' }, { history: { created_by: 'RUN npm prune --omit=dev' } }),
    ]
    const { state } = await readImageState(layers)
    const act = (width: number) => {
      const rows = STORY_VIEW.rows(state, width)
      const lines = rows.slice(0, rows.length).map(row => plainText(row.line))
      return lines.find(text => text.includes('█')) ?? ''
    }
    assert.match(act(56), /1 npm ins… +2 + \/app\/…\S*typescript\/$/)
    assert.match(act(77), /1 npm install.* 2 npm prune.* \/app\/…\S*ules\/typescript\/$/)
    assert.match(act(117), /\/app\/…\S*_modules\/typescript\/ {2}1,200 files/)
  })

  test('an act of the root says that it is all its layer ships: the path alone would say nothing', async () => {
    const layers = [layerFixture({ a: 'x'.repeat(900), b: 'x' }), layerFixture({ '.wh.a': '', '.wh.b': '', c: 'y' })]
    const { state } = await readImageState(layers)
    const act = (width: number) => {
      const rows = STORY_VIEW.rows(state, width)
      const lines = rows.slice(0, rows.length).map(row => plainText(row.line))
      return lines.find(text => text.includes('█')) ?? ''
    }
    assert.match(act(117), / \/ {2}all it ships, 2 files$/)
    assert.match(act(77), / \/ {2}all it ships/)
    assert.match(act(56), / \/ {2}(?:all it ships|2 files)/)
  })

  test('findings that come for another image are not shown', async () => {
    const state = await openedState(image)
    const [other] = play(state, {
      type: 'checked',
      id: 'compared',
      findings: [finding('user/root')],
      texts: new Map(),
      isWhole: true,
    })
    assert.equal(other.slices.story.findings.length, 0)
    const [shown] = play(state, {
      type: 'checked',
      id: 'shown',
      findings: [finding('user/root')],
      texts: new Map(),
      isWhole: true,
    })
    assert.deepEqual([shown.slices.story.findings.length, shown.slices.story.checked], [1, true])
    const [late] = play(shown, { type: 'checked', id: 'shown', findings: [], texts: new Map(), isWhole: false })
    assert.equal(late.slices.story.findings.length, 1)
  })
})

describe('the ribbon', () => {
  const stretch = (bytes: number, hidden = 0, litter = 0) => ({ tint: 'blue' as const, label: 'x', bytes, hidden, litter })

  test('is as wide as it is told, whatever the layers weigh and however many they are', () => {
    for (const width of [20, 55, 78]) {
      for (const stretches of [
        [stretch(1)],
        [stretch(0), stretch(5)],
        Array.from({ length: 100 }, (_, at) => stretch(at * at, at)),
        [stretch(1e9), stretch(1)],
      ]) {
        const [labels, shades] = ribbon(stretches, width, false)
        assert.equal(plainText(shades).length, width)
        assert.equal(plainText(labels).length, width)
      }
    }
  })

  test('a part that is there takes a cell, and the whole of a layer no more than the layer', () => {
    const [, shades] = ribbon([stretch(100, 100), stretch(100, 3), stretch(100, 0, 50)], 30, true)
    assert.equal(plainText(shades), '##########.........#.....:::::')
  })
})
