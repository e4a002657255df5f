import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeTree } from '../../src/transport/remove-tree.ts'
import { scratch } from '../kit/image/local-image.ts'

test('a tree of any depth goes, read-only directories too, and nothing that a link leads to', context => {
  const directory = scratch(context)
  const kept = join(directory, 'kept')
  mkdirSync(kept)
  writeFileSync(join(kept, 'file'), '')
  const top = join(directory, 'top')
  mkdirSync(top)
  const handles = readdirSync('/proc/self/fd').length
  for (const branch of ['a', 'b']) {
    let path = join(top, branch)
    for (let depth = 0; depth < 120; depth++) {
      mkdirSync(path)
      writeFileSync(join(path, 'file'), '')
      symlinkSync(kept, join(path, 'link'))
      path = join(path, 'd')
    }
  }
  for (let path = join(top, 'a'); existsSync(path); path = join(path, 'd')) chmodSync(path, 0o555)
  removeTree(top)
  assert.deepEqual(readdirSync(directory), ['kept'])
  assert.deepEqual(readdirSync(kept), ['file'])
  assert.equal(readdirSync('/proc/self/fd').length, handles)
  removeTree(join(kept, 'file'))
  assert.deepEqual(readdirSync(kept), [])
})
