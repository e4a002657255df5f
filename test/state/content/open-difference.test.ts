import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { plainText } from '../../../src/line/line.ts'
import type { TreeNode } from '../../../src/overlay/tree.ts'
import { differenceRows } from '../../../src/state/content/difference-rows.ts'
import { openDifference } from '../../../src/state/content/open-difference.ts'
import { differenceLines } from '../../../src/state/model/difference.ts'
import { update } from '../../../src/state/shell/update.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { openedState } from '../../kit/state/opened-state.ts'
import { readImageState, rowTexts } from '../../kit/state/read-image-state.ts'

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
    const aborts = update(looking, { type: 'key', key: 'escape' })[1]
    assert.deepEqual(aborts, [{ type: 'abort', key: 'first-difference:difference-first' }])
    assert.deepEqual(openDifference(state, undefined, large('y'))[1], [], 'a side without the file has no byte to differ')
  })

  test('long lines are shown from shortly before what differs', () => {
    const text = (end: string) => `${'a'.repeat(3000)}${end}`
    const lines = differenceLines(`${text('one')}\n`, `${text('two')}\n`)
    const slice = { before: undefined, after: undefined, labels: undefined, bytes: { before: undefined, after: undefined } }
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

  test('nothing is read of contents that are the same', async () => {
    assert.deepEqual(await opened(node('x'), node('x')), {
      before: 0,
      after: 0,
      refused: 'The contents are the same.',
      reads: [],
    })
  })
})
