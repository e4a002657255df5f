import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KnownContents } from '../../src/check/engine/find-in-layers.ts'
import { mayExecute, type RunningUser } from '../../src/check/rules/running-user.ts'
import type { TreeNode } from '../../src/overlay/tree.ts'

const user = (uid: number, groups: readonly number[] = []): RunningUser => ({
  name: '',
  group: undefined,
  uid,
  gid: groups[0],
  groups,
})
const file = (mode: number, type = 'file') => ({ mode, uid: 10, gid: 20, type }) as TreeNode

describe('who may execute a file', () => {
  const cases: readonly (readonly [who: string, user: RunningUser, node: TreeNode, may: boolean])[] = [
    ['root, where any bit is set', user(0), file(0o001), true],
    ['root, where none is', user(0), file(0o666), false],
    ['root, a directory without bits', user(0), file(0, 'directory'), true],
    ['the owner, by the owner bit', user(10), file(0o100), true],
    ['the owner, not by the others', user(10, [20]), file(0o011), false],
    ['a member, by the group bit', user(11, [5, 20]), file(0o010), true],
    ['a member, not by the others', user(11, [20]), file(0o101), false],
    ['others', user(11, [5]), file(0o001), true],
    ['others, not by the group bit', user(11, [5]), file(0o110), false],
  ]
  for (const [who, by, node, may] of cases) test(who, () => assert.equal(mayExecute(by, node), may))
})

test('contents of a run are kept up to 64 MiB, and nothing beyond', () => {
  const contents = new KnownContents()
  const half = new Uint8Array(32 * 1024 * 1024)
  contents.set(0, 1, half)
  contents.set(0, 2, half)
  contents.set(0, 3, new Uint8Array(1))
  assert.deepEqual(
    [contents.get(0, 1)?.length, contents.get(0, 2)?.length, contents.get(0, 3)],
    [half.length, half.length, undefined],
  )
})
