import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Finding } from '../../src/check/finding.ts'
import type { RuleText } from '../../src/check/rule.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { plainText } from '../../src/line/line.ts'
import type { Action } from '../../src/state/model/action.ts'
import { filterFindings, findingRows, groupsOf } from '../../src/state/model/findings.ts'
import { focusedView, type State } from '../../src/state/model/state.ts'
import { headerLine } from '../../src/state/shell/header.ts'
import { viewRows } from '../../src/state/shell/view-rows.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { openedState, play } from '../kit/state/opened-state.ts'

const finding = (id: string, more: Partial<Finding> = {}): Finding => ({
  id,
  severity: 'warning',
  layer: 0,
  hiddenBy: null,
  path: null,
  bytes: 0,
  hiddenBytes: 0,
  title: `about ${id}`,
  detail: '',
  fix: `mend ${id}`,
  inBase: false,
  fingerprint: `${id} ${more.path ?? ''}`,
  evidence: {},
  ...more,
})

const path = (text: string) => text as FilePath
const MANY = Array.from({ length: 7 }, (_, index) => finding('leak/editor-os', { severity: 'info', path: path(`app/${index}`) }))
const FOUND = [
  finding('user/root', { layer: null, document: { document: 'config', text: ['"User"'] } }),
  ...MANY,
  finding('waste/package-cache', { path: path('var/cache/apt'), bytes: 3_000_000 }),
  finding('secret/private-key', { severity: 'error', path: path('root/key'), bytes: 5, hiddenBy: 1 }),
  finding('file/setuid', { inBase: true, path: path('bin/su') }),
]
const TEXT: RuleText = {
  id: 'secret/private-key',
  severity: 'error',
  title: 'A private key is in the image',
  matches: 'PEM blocks that decode',
  mustNotMatch: 'Public keys and certificates',
  fix: { other: 'revoke' },
  references: ['CIS 4.10'],
}

const image = imageFixture([layerFixture({ 'root/key': 'x' }), layerFixture({ 'root/.wh.key': '' })], {
  config: { config: { Env: ['A=1'], User: 'root' } },
})

async function page(findings: readonly Finding[] = FOUND, isWhole = true): Promise<State> {
  const texts = new Map([[TEXT.id, TEXT]])
  return play(await openedState(image), { type: 'checked', id: 'shown', findings, texts, isWhole }, '!')[0]
}

function lines(state: State, width = 78): readonly string[] {
  const rows = viewRows(state, focusedView(state), width)
  return rows.slice(0, rows.length).map(({ line }) => plainText(line))
}

test('in a rule the largest finding comes first, the one that sums up others last', () => {
  const of = (bytes: number, places?: number) => finding('waste/hidden', { bytes, ...(places !== undefined && { places }) })
  const [group] = groupsOf([of(900, 7), of(10), of(300), of(40)])
  assert.deepEqual(
    group?.findings.map(({ bytes }) => bytes),
    [300, 40, 10, 900],
  )
})

describe('Enter on a finding without a path', () => {
  const config = {
    created: '2026-01-01T00:00:00Z',
    config: { User: '0', ExposedPorts: { '22/tcp': {} }, Env: ['A=1'], Entrypoint: ['/a'], Cmd: ['b'], Labels: { c: 'd' } },
  }
  const documented = imageFixture([layerFixture({ a: 'x' })], { config, manifest: { annotations: { e: 'f' } } })

  /** The view that is opened, and the line under its cursor. */
  const opened = async (id: string) => {
    const findings = [finding(id, { layer: null })]
    const checked: Action = { type: 'checked', id: 'shown', findings, texts: new Map(), isWhole: true }
    const [state] = play(await openedState(documented), checked, '!', 'enter')
    const view = focusedView(state)
    return { view, line: lines(state)[state.cursors[view].index]?.trim(), said: state.message?.text }
  }

  for (const [id, view, text] of [
    ['run/unknown-user', 'config', '"User": "0"'],
    ['run/wrong-architecture', 'config', '"architecture"'],
    ['run/no-command', 'config', '"Entrypoint"'],
    ['user/root', 'config', '"User": "0"'],
    ['secret/env', 'config', '"Env"'],
    ['suspicious/preload', 'config', '"Env"'],
    ['net/ports', 'config', '"ExposedPorts"'],
    ['meta/dates', 'config', '"created"'],
    ['meta/annotations', 'config', '"Labels"'],
    ['meta/title', 'manifest', '"mediaType"'],
    ['layer/many', 'manifest', '"layers"'],
    ['image/diff-id-mismatch', 'manifest', '"layers"'],
  ] as const)
    test(`${id} opens the ${view} at ${text}`, async () => {
      const shown = await opened(id)
      assert.equal(shown.view, view)
      assert.ok(shown.line?.includes(text), shown.line)
    })

  test('others say that they are about the image', async () => {
    const { view, said } = await opened('layer/empty')
    assert.equal(view, 'findings')
    assert.match(said ?? '', /about the image as a whole: d says/)
  })
})

describe('the page of findings', () => {
  test('a row a rule with its count, the worst first, the base last; many are folded', async () => {
    const shown = lines(await page())
    assert.deepEqual(
      shown.map(line => line.replace(/\s+/g, ' ').trim()),
      [
        'error 1 about secret/private-key /root/key 5 B',
        'warning 1 about user/root',
        'warning 1 about waste/package-cache layer 1 /var/cache/apt 3.00 MB',
        '▸info 7 about leak/editor-os',
        'warning 1 about file/setuid (in the base image) /bin/su',
      ],
    )
    assert.ok(shown.every(line => line.length === 78))
    assert.match(lines(await page(), 120)[0] ?? '', /private-key +layer 1, hidden by 2 +\/root\/key +secret\/private-key/)
    for (const width of [38, 60, 120])
      assert.ok(
        lines(await page(), width).every(line => line.length <= width),
        `${width}`,
      )
  })

  test('Enter unfolds a rule, and Left folds it from any of its findings', async () => {
    const [open] = play(await page(), 'j', 'j', 'j', 'enter')
    assert.equal(lines(open).length, 12)
    const [inside] = play(open, 'j', 'j', 'left')
    assert.equal(inside.cursors.findings.index, 3)
    assert.equal(lines(play(inside, 'left')[0]).length, 5)
    assert.equal(lines(play(inside, 'C')[0]).length, 5)
    assert.equal(lines(play(inside, 'E')[0]).length, 12)
  })

  test('the filter takes words of every column, and Esc takes it back', async () => {
    const kept = (filter: string) => filterFindings(FOUND, filter).length
    assert.deepEqual(
      ['', 'error', 'secret/', '/var/cache', 'layer:2', '!info', 'editor app/3', 'nothing'].map(kept),
      [11, 1, 1, 1, 1, 4, 1, 0],
    )
    const [typing] = play(await page(), 'f', 'k', 'e', 'y')
    assert.equal(lines(play(typing, 'enter')[0]).length, 1)
    assert.equal(lines(play(typing, 'enter', 'escape')[0]).length, 5)
    assert.equal(focusedView(play(typing, 'enter', 'escape', 'escape')[0]), 'story')
  })

  test('Space marks a fix that a rebuild can make, for the rule or for one finding, and the plan has it', async () => {
    const [marked] = play(await page(), 'space')
    assert.match(lines(marked)[0] ?? '', /^\* error/)
    const [plan] = play(marked, 'j', 'space', 's')
    assert.deepEqual(plan.slices.plan?.plan.edits, [
      { type: 'squash', from: 0, to: 1 },
      { type: 'remove', path: 'var/cache/apt' },
    ])
    const [refused] = play(await page(), 'j', 'space')
    assert.match(refused.message?.text ?? '', /No rebuild mends it: mend user\/root/)
    assert.equal(refused.slices.marks.fixes.size, 0)
    const [all] = play(await page(), 'j', 'j', 'j', 'space')
    assert.equal(all.slices.marks.fixes.size, 7)
    const [none] = play(all, 'k', 'space')
    assert.equal(none.slices.marks.fixes.size, 0)
  })

  test('d explains: why, what it leaves alone, the fix, and what a rebuild can do', async () => {
    const [state] = play(await page(), 'd')
    const text = lines(state)
      .map(line => line.trim())
      .join('\n')
    for (const part of [/file +\/root\/key/, /where +layer 1, hidden by 2/, /fix +mend secret/, /squash layers 1 to 2/])
      assert.match(text, part)
    for (const part of [/PEM blocks that decode/, /Public keys and certificates/, /CIS 4\.10/]) assert.match(text, part)
    assert.equal(play(state, 'space')[0].slices.marks.fixes.size, 1)
    assert.equal(focusedView(play(state, 'escape')[0]), 'findings')
  })

  test('one key copies the fix', async () => {
    const [, effects] = play(await page(), 'Y')
    assert.deepEqual(effects, [{ type: 'copy', text: 'mend secret/private-key', what: 'the fix' }])
  })

  test('Enter goes to the line of the config, to the layer, and Esc comes back', async () => {
    const [config] = play(await page(), 'j', 'enter')
    assert.equal(focusedView(config), 'config')
    assert.equal(config.slices.config?.shape, 'json')
    assert.match(lines(config)[config.cursors.config.index] ?? '', /"User": ?"root"/)
    const [back] = play(config, 'escape')
    assert.deepEqual([focusedView(back), back.cursors.findings.index], ['findings', 1])
    const inLayer = [finding('layer/empty', { layer: 1 })]
    const [layer] = play(await page(inLayer), 'enter')
    assert.deepEqual([focusedView(layer), layer.cursors.layers.index], ['layers', 1])
  })

  test('the header counts by severity, and says so far until all layers were looked at', async () => {
    const header = async (isWhole: boolean, columns: number) => {
      const state = await page(FOUND, isWhole)
      return plainText(headerLine({ ...state, size: { columns, rows: 24 } }))
    }
    assert.match(await header(true, 160), /! 1 error 2 warnings 7 info (?!so far)/)
    assert.match(await header(false, 160), /! 1 error 2 warnings 7 info so far/)
    assert.match(await header(false, 80), /! 1 error so far/)
  })

  test('a summed-up finding counts as many as it stands for', () => {
    const more = finding('file/setuid', { title: '30 more: about file/setuid', places: 30 })
    const [group] = groupsOf([finding('file/setuid', { path: path('a') }), more])
    assert.deepEqual([group?.count, group?.title], [31, 'about file/setuid'])
    assert.equal(findingRows([...groupsOf([more])], { filter: '', turned: new Set(), explained: undefined }).length, 1)
  })
})
