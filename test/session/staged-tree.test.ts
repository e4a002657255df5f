import assert from 'node:assert/strict'
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { StagedTree } from '../../src/session/staged-tree.ts'
import { scratch } from '../kit/image/local-image.ts'

test('a directory that is exchanged while a tree is made leads nowhere else', {
  skip: !existsSync('/proc/self/fd'),
}, async context => {
  const directory = scratch(context)
  const [parent, precious] = [join(directory, 'theirs'), join(directory, 'precious')]
  mkdirSync(parent)
  mkdirSync(precious)
  const staged = await StagedTree.open(join(parent, 'out'))
  const [name = ''] = readdirSync(parent)
  assert.equal(lstatSync(join(parent, name)).mode & 0o777, 0o700)
  mkdirSync(staged.path)
  // The staging directory, then the directory around it, become links to what the attacker may not write to.
  renameSync(join(parent, name), join(parent, 'aside'))
  mkdirSync(join(parent, name))
  symlinkSync(precious, join(parent, name, 'tree'))
  writeFileSync(join(staged.path, 'file'), 'x')
  renameSync(parent, `${parent}-moved`)
  symlinkSync(precious, parent)
  staged.publish()
  await staged[Symbol.asyncDispose]()
  assert.deepEqual(readdirSync(precious), [])
  assert.equal(readFileSync(join(`${parent}-moved`, 'out', 'file'), 'utf8'), 'x')
})

test('what a killed extraction left is swept by the next, and nothing is left by one that ends', async context => {
  const directory = scratch(context)
  mkdirSync(join(directory, '.peel-x'))
  const first = await StagedTree.open(join(directory, 'out'))
  mkdirSync(first.path)
  writeFileSync(join(first.path, 'file'), 'x')
  const [left = ''] = readdirSync(directory).filter(name => name.startsWith('.peel-') && name !== '.peel-x')
  renameSync(join(directory, left), join(directory, left.replace(/-\d+-\d+-/, '-4194000-5-')))
  const second = await StagedTree.open(join(directory, 'out'))
  assert.equal(readdirSync(directory).length, 2, 'its own, and what is nobody’s leftover')
  await second[Symbol.asyncDispose]()
  await first[Symbol.asyncDispose]()
  assert.deepEqual(readdirSync(directory), ['.peel-x'])
})
