import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Xattr } from '../../src/layer/entry.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { buildingStack, buildStack, type TreeStack } from '../../src/overlay/apply.ts'
import { resolvePath } from '../../src/overlay/resolve.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'
import { stackOf } from '../kit/layer/layer-words.ts'
import { processorMilliseconds } from '../kit/processor-time.ts'

const stack = stackOf('overlay', [
  'usr/ usr/bin/ usr/bin/env=1 bin@usr/bin abs@/bin/env up@../../../usr self@self a@b b@a deep@abs dangling@nowhere usr/back@../bin',
])
const resolve = (path: string, keepLast?: boolean) =>
  resolvePath(stack.snapshot(1), path as FilePath, keepLast === undefined ? {} : { keepLast })?.path

describe('symlinks inside the root', () => {
  test('are followed on the way and at the end', () => {
    assert.equal(resolve('bin/env'), 'usr/bin/env')
    assert.equal(resolve('deep'), 'usr/bin/env')
    assert.equal(resolve('up/bin/env'), 'usr/bin/env')
    assert.equal(resolve('usr/back/env'), 'usr/bin/env')
    assert.equal(resolve(''), '')
  })

  test('are the answer themselves when the last one is kept', () => {
    assert.equal(resolve('abs', true), 'abs')
    assert.equal(resolve('usr/back/env', true), 'usr/bin/env')
    assert.equal(resolve('a', true), 'a')
  })

  test('may lead nowhere', () => {
    assert.equal(resolve('dangling'), undefined)
    assert.equal(resolve('bin/missing'), undefined)
    assert.equal(resolve('usr/bin/env/below'), undefined)
  })

  test('in a circle are refused', () => {
    for (const path of ['self', 'a', 'a/x'])
      assert.throws(() => resolve(path), {
        code: 'SYMLINK_LOOP',
        message: `Cannot follow "${path}": more than 255 symbolic links`,
      })
  })
})

describe('many entries behind one symlink of many components', () => {
  const target = `${'a/../'.repeat(3270)}a`
  const behind = (count: number) => {
    const files = Array.from({ length: count }, (_, index) => ({ type: 'file' as const, path: `l/${index}` }))
    return changesetFixture([{ type: 'directory', path: 'a' }, { type: 'symlink', path: 'l', target }, ...files])
  }

  test('are followed for so long, then left out with a word', () => {
    for (const semantics of ['spec', 'overlay'] as const) {
      const before = processorMilliseconds()
      const stack = buildStack([behind(20_000)], semantics)
      const used = processorMilliseconds() - before
      assert.ok(stack.diagnostics.some(({ code }) => code === 'SYMLINK_LOOP'))
      assert.ok(stack.snapshot(1).count > 300)
      // All of them took 24 seconds.
      assert.ok(used < 5000, `${used} ms of processor time`)
    }
  })

  test('between two steps a few thousand components are walked', () => {
    const steps = buildingStack([behind(300)], 'spec')
    let count = 0
    while (steps.next().done !== true) count++
    assert.ok(count > 140, `${count} steps`)
  })

  test('are all there where they are a few', () => {
    assert.equal(buildStack([behind(300)], 'spec').snapshot(1).count, 302)
  })
})

test('a million links may each add an attribute to one inode', () => {
  const links = Array.from({ length: 20_000 }, (_, index) => ({
    type: 'hardlink' as const,
    path: `l${index}`,
    target: 'f',
    xattrs: [[`user.${index}`, Buffer.from('x')] as unknown as Xattr],
  }))
  const before = processorMilliseconds()
  const { tree } = buildStack([changesetFixture([{ type: 'file', path: 'f' }, ...links])], 'overlay') as TreeStack
  assert.deepEqual(
    [...tree.inodeChanges.values()].map(({ xattrs }) => xattrs.size),
    [20_000],
  )
  // A copy for each link took a minute.
  assert.ok(processorMilliseconds() - before < 5000)
})
