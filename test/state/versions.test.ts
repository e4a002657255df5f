import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { cleanBinary } from '../../src/layer/file-path.ts'
import { openVersions } from '../../src/state/content/open-file.ts'
import { panesOf } from '../../src/state/model/screen.ts'
import type { State } from '../../src/state/model/state.ts'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { readImageState, rowTexts } from '../kit/state/read-image-state.ts'

const lines = (...changed: readonly (readonly [number, string])[]) =>
  Array.from({ length: 20 }, (_, line) => `${changed.find(([at]) => at === line)?.[1] ?? `line ${line}`}\n`).join('')

const noise = (seed: number) => Buffer.from(Array.from({ length: 64 }, (_, index) => (index * 37 + seed * 101) % 256))

const { state, play } = await readImageState([
  layerFixture({ 'etc/conf': lines(), 'etc/raw': { content: noise(1) } }),
  layerFixture({ 'etc/conf': { content: lines(), mode: 0o600 }, 'etc/raw': { content: noise(2) } }),
  layerFixture({ 'etc/conf': `\ufeff${lines([3, 'changed'])}` }),
  layerFixture({ 'etc/.wh.conf': '' }),
])
const versionsOf = (path: string) => openVersions(state, cleanBinary(path))[0]
const on = (from: State, index: number) => ({ ...from, cursors: { ...from.cursors, versions: { index, top: 0 } } })

describe('the versions of a file', () => {
  const versions = versionsOf('etc/conf')

  test('are what every layer did to it, with what is hidden and still shipped', () => {
    const rows = rowTexts(versions, 'versions')
    assert.deepEqual(
      rows.map(row => /^ +(\d)/.exec(row)?.[1]),
      ['1', '2', '3', '4'],
    )
    assert.match(rows[0] ?? '', /added +hidden above, still shipped$/)
    assert.match(rows[1] ?? '', /mode changed/)
    assert.match(rows[2] ?? '', /changed +hidden above, still shipped$/)
    assert.match(rows[3] ?? '', /· .*removed$/)
  })

  test('that are the one below are told as such, after a removal as added', async () => {
    const same = { 'etc/': { mode: 0o755 }, 'etc/a': 'a' }
    const read = await readImageState([same, same, { '.wh.etc': '' }, same].map(files => layerFixture(files)))
    const rows = rowTexts(openVersions(read.state, cleanBinary('etc'))[0], 'versions')
    assert.deepEqual(
      rows.map(row => /(added|as it was|removed)$/.exec(row)?.[1]),
      ['added', 'as it was', 'removed', 'added'],
    )
  })

  test('each can be looked at; where it was removed there is nothing to look at', () => {
    const content = play(on(versions, 2), 'enter').slices.file
    assert.equal(content?.node?.layer, 2)
    const gone = play(on(versions, 3), 'enter')
    assert.deepEqual([panesOf(gone.screen).over, gone.message?.text], [['versions'], 'There is no file after this layer.'])
  })

  test('d compares with the version before, or with the marked one', () => {
    const before = play(on(versions, 2), 'd').slices.difference
    assert.deepEqual([before?.before?.layer, before?.after?.layer], [1, 2])
    const marked = play(on(play(on(versions, 0), 'space'), 2), 'd').slices.difference
    assert.deepEqual([marked?.before?.layer, marked?.after?.layer], [0, 2])
    const first = play(on(versions, 0), 'd').slices.difference
    assert.deepEqual([first?.before?.layer, first?.after?.layer], [0, 1], 'the first with the next')
  })
})

describe('the difference of two versions', () => {
  const difference = play(on(versionsOf('etc/conf'), 2), 'd')

  test('shows changed lines with their numbers and three around them; a byte-order mark is no change', () => {
    assert.deepEqual(
      rowTexts(difference, 'difference').map(row => row.trim().replace(/\s+/g, ' ')),
      [
        'layer 2 layer 2',
        'layer 3 layer 3',
        'mode -rw------- → -rw-r--r--',
        '',
        ...[1, 2, 3].map(line => `${line} ${line} line ${line - 1}`),
        '4 - line 3',
        '4 + changed',
        ...[5, 6, 7].map(line => `${line} ${line} line ${line - 1}`),
        '· 13 lines are the same',
      ],
    )
  })

  test('says why there are no lines: the same content; of bytes that are no text the sizes and the first that differs', () => {
    const same = play(on(versionsOf('etc/conf'), 1), 'd')
    assert.match(same.slices.difference?.refused ?? '', /^The contents are the same/)
    const binary = play(on(versionsOf('etc/raw'), 1), 'd')
    assert.match(
      rowTexts(binary, 'difference').join('\n'),
      /64 B \(64 bytes\) → 64 B \(64 bytes\)\s+first difference at byte \d+/,
    )
  })

  test('what cannot be read is told in its place, and Esc goes back to the versions', () => {
    const [opened] = [on(versionsOf('etc/conf'), 2)]
    const error = { code: 'BLOB_MISSING', message: 'Cannot read it' } as never
    const failed = play(play(opened, 'd'), { type: 'failed', tag: 'difference-before', id: 'shown', error })
    assert.equal(failed.slices.difference?.refused, 'Cannot read it')
    assert.deepEqual(panesOf(play(difference, 'escape').screen).over, ['versions'])
  })
})
