import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lineEdits } from '../../../src/compare/content/line-edits.ts'
import { plainText } from '../../../src/line/line.ts'
import { shownText } from '../../../src/list/text-rows.ts'
import { finish } from '../../../src/overlay/steps.ts'
import type { TreeNode } from '../../../src/overlay/tree.ts'
import { comparingContents } from '../../../src/state/content/compare-contents.ts'
import { differenceRows } from '../../../src/state/content/difference-rows.ts'
import { keepDifference, openDifference } from '../../../src/state/content/open-difference.ts'
import { differenceLines } from '../../../src/state/model/difference.ts'
import { type Effect, effectKey } from '../../../src/state/model/effect.ts'
import { jumpTo } from '../../../src/state/model/trail.ts'
import { update } from '../../../src/state/shell/update.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState } from '../../kit/state/opened-state.ts'
import { readImageState, rowTexts } from '../../kit/state/read-image-state.ts'
import { drawnText } from '../../kit/terminal/drawn-screen.ts'

const node = (sha256: string, type = 'file') =>
  ({
    path: 'a',
    type,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 3,
    mtime: 0,
    layer: 0,
    entry: 0,
    links: 1,
    xattrs: [],
    sha256,
    content: { layer: 0, entry: 0 },
  }) as unknown as TreeNode

const aborted = (effects: readonly Effect[]) => effects.flatMap(each => (each.type === 'abort' ? [each.key] : []))

describe('the difference of two versions', () => {
  const opened = async (before: TreeNode | undefined, after: TreeNode | undefined) => {
    const state = await openedState(imageFixture([layerFixture({ a: 'abc' })]))
    const [next, effects] = openDifference(state, before, after)
    const { bytes, refused } = next.slices.difference ?? {}
    return { before: bytes?.before?.length, after: bytes?.after?.length, refused, reads: effects.map(({ type }) => type) }
  }

  test('both sides are read; a side without a file is empty at once', async () => {
    assert.deepEqual(await opened(node('x'), node('y')), {
      before: undefined,
      after: undefined,
      refused: undefined,
      reads: ['read-file', 'read-file'],
    })
    assert.deepEqual(await opened(node('x'), undefined), {
      before: undefined,
      after: 0,
      refused: undefined,
      reads: ['read-file'],
    })
    assert.deepEqual(await opened(undefined, node('y')), {
      before: 0,
      after: undefined,
      refused: undefined,
      reads: ['read-file'],
    })
  })

  test('large files are not held: the first byte that differs is looked for, until it is left', async () => {
    const { state, play } = await readImageState([layerFixture({ a: 'abc' })])
    const large = (sha256: string) => ({ ...node(sha256), size: 60_000_000 })
    const [looking, effects] = openDifference(state, large('x'), large('y'))
    const place = { image: 'shown', layer: 0, entry: 0 }
    assert.deepEqual(effects, [{ type: 'first-difference', tag: 'difference-first', before: place, after: place }])
    assert.match(rowTexts(looking, 'difference').join('\n'), /- 60\.0 MB .* sha256 x\n\+ 60\.0 MB .* sha256 y\nlooking/)
    const excerpt = { before: Buffer.from([7]), after: Buffer.from([9]) }
    const found = play(looking, { type: 'first-difference', first: { at: 40_000_000, excerpt } })
    assert.match(rowTexts(found, 'difference').join('\n'), /first difference at byte 40,000,000 \(0x2625a00\)\n- 07 .*\n\+ 09 /)
    assert.ok(aborted(update(looking, { type: 'key', key: 'escape' })[1]).includes('first-difference:difference-first'))
    assert.deepEqual(openDifference(state, undefined, large('y'))[1], [], 'a side without the file has no byte to differ')
  })

  test('they are compared once both are there, which the screen says until it is done', async () => {
    const { state } = await readImageState([layerFixture({ a: 'abc' })])
    const [opened, reads] = openDifference(state, node('x'), node('y'))
    const content = (side: string, text: string) =>
      ({ type: 'content', tag: `difference-${side}`, bytes: Buffer.from(text), offset: 0, size: 3 }) as const
    const [half, none] = update(opened, content('before', 'old\n'))
    assert.deepEqual([none, drawnText(half).match(/Reading both versions…/g)?.length], [[], 2])
    const [both, effects] = update(half, content('after', 'new\n'))
    assert.deepEqual(
      effects.map(({ type }) => type),
      ['difference'],
    )
    assert.match(drawnText(both), /Comparing both versions…/)
    const [paging] = update(both, { type: 'key', key: 'P' })
    assert.equal(paging.message?.text, 'Comparing both versions…')
    const [left, ends] = update(both, { type: 'key', key: 'escape' })
    assert.equal(left.slices.difference, undefined)
    assert.ok(aborted(ends).includes('difference:difference-lines'))
    for (const side of ['before', 'after']) assert.ok(aborted(ends).includes(`read-file:difference-${side}`))
    const found = finish(comparingContents(Buffer.from('old\n'), Buffer.from('new\n'), []))
    assert.match(drawnText(update(both, found)[0]), /layer 1 → 1 {2}\+1 -1/)
    assert.deepEqual(reads.map(effectKey), ['read-file:difference-before', 'read-file:difference-after'])
  })

  test('one that is come back to before it was done is begun again; another in its place ends it first', async () => {
    const { state } = await readImageState([layerFixture({ a: 'abc' })])
    const [opened] = openDifference(state, node('x'), node('y'))
    const away = jumpTo(opened, { tab: 'waste' })
    const answers = ['before', 'after'].map(
      side => ({ type: 'content', tag: `difference-${side}`, bytes: Buffer.from(side), offset: 0, size: 3 }) as const,
    )
    const done = [...answers, finish(comparingContents(Buffer.from('before'), Buffer.from('after'), []))]
    const known = done.reduce((now, action) => update(now, action)[0], away)
    assert.equal(known.slices.difference?.lines?.length, 2)
    const [back, begun] = update(known, { type: 'command', command: 'back' })
    assert.deepEqual(
      [back.slices.difference?.before, back.slices.difference?.lines],
      [opened.slices.difference?.before, undefined],
    )
    assert.deepEqual(
      begun.flatMap(each => (each.type === 'read-file' ? [each.tag] : [])),
      ['difference-before', 'difference-after'],
    )
    const [, effects] = keepDifference(opened, openDifference(opened, node('z'), node('w')))
    const firstRead = effects.findIndex(({ type }) => type === 'read-file')
    assert.ok(firstRead > effects.findLastIndex(({ type }) => type === 'abort') && aborted(effects).length > 0)
  })

  test('long lines are shown from shortly before what differs', () => {
    const text = (end: string) => `${'a'.repeat(3000)}${end}`
    const edits = finish(lineEdits(`${text('one')}\n`, `${text('two')}\n`))
    const lines = edits && finish(differenceLines(edits))
    const sides = { before: undefined, after: undefined, labels: undefined, bytes: { before: undefined, after: undefined } }
    const slice = { ...sides, from: { before: 'shown', after: 'shown' }, edits } as const
    const shown = (width: number, wrap: boolean) => {
      const rows = differenceRows({ ...slice, lines, facts: [], refused: undefined, wrap, search: '' }, width)
      return rows.slice(0, rows.length).map(({ line }) => plainText(line))
    }
    for (const wrap of [false, true]) {
      assert.match(shown(80, wrap)[0] ?? '', /- …a{12}one$/)
      assert.match(shown(80, wrap)[1] ?? '', /\+ …a{12}two$/)
      assert.match(shown(150, wrap)[0] ?? '', /- …a{12}one .*\+ …a{12}two/)
    }
  })

  test('wrapped lines show all of their text, whatever it is, and no row more', () => {
    const texts = [
      'plain '.repeat(40),
      'a\ttab '.repeat(20),
      '\\\u001b[31m'.repeat(12),
      '漢字'.repeat(60),
      '',
      'x'.repeat(67),
      'x'.repeat(65),
    ]
    const edits = finish(lineEdits('', `${texts.join('\n')}\n`)) ?? assert.fail()
    const sides = { before: undefined, after: undefined, labels: undefined, bytes: { before: undefined, after: undefined } }
    const slice = { ...sides, from: { before: 'shown', after: 'shown' }, edits, lines: finish(differenceLines(edits)) } as const
    for (const width of [80, 150]) {
      const rows = differenceRows({ ...slice, facts: ['a fact'], refused: undefined, wrap: true, search: '' }, width)
      const shown = rows.slice(0, rows.length).map(({ line }) => plainText(line))
      assert.deepEqual(shown.slice(0, 2), ['a fact', ''])
      const half = width === 80 ? shown.slice(2) : shown.slice(2).map(row => row.slice(row.indexOf('│') + 2))
      const lines = half
        .map(row =>
          row
            .trimEnd()
            .replace(/^ *\d+ \+ ?/, '\n')
            .replace(/^ {9,15}/, ''),
        )
        .join('')
        .split('\n')
      assert.deepEqual(
        lines.slice(1).map(line => line.replaceAll(' ', '')),
        texts.map(text => shownText(text).replaceAll(' ', '')),
      )
      assert.equal(rows.at(rows.length), undefined)
    }
  })

  test('nothing is read of contents that are the same', async () => {
    assert.deepEqual(await opened(node('x'), node('x')), {
      before: 0,
      after: 0,
      refused: 'The contents are the same.',
      reads: [],
    })
  })
})
