import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TreeNode } from '../../../src/overlay/tree.ts'
import { openDifference } from '../../../src/state/content/open-difference.ts'
import { imageFixture, layerFixture } from '../../kit/image-fixture.ts'
import { openedState } from '../../kit/opened-state.ts'

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

  test('nothing is read of contents that are the same', async () => {
    assert.deepEqual(await opened(node('x'), node('x')), {
      before: 0,
      after: 0,
      refused: 'The contents are the same.',
      reads: [],
    })
  })
})
