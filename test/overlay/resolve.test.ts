import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FilePath } from '../../src/layer/file-path.ts'
import { resolvePath } from '../../src/overlay/resolve.ts'
import { stackOf } from '../kit/layer-words.ts'

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
