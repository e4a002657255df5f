import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { StagedTree } from '../../src/session/staged-tree.ts'
import { beforeCall } from '../kit/between-calls.ts'
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

test('a directory that is exchanged while it is made is no place for a tree', {
  skip: !existsSync('/proc/self/fd') || process.getuid?.() !== 0,
}, async context => {
  for (const kind of ['link', 'directory of another user', 'directory that others may enter'] as const) {
    let [moment, refused] = [1, 0]
    for (let goesOn = true; goesOn; moment++) {
      const directory = scratch(context)
      const [parent, precious] = [join(directory, 'theirs'), join(directory, 'precious')]
      mkdirSync(parent)
      mkdirSync(precious, { mode: 0o700 })
      const exchange = () => {
        const [name] = readdirSync(parent)
        if (name === undefined) return
        const path = join(parent, name)
        renameSync(path, join(directory, 'aside'))
        if (kind === 'link') return symlinkSync(precious, path)
        mkdirSync(path)
        chmodSync(path, kind === 'directory of another user' ? 0o700 : 0o777)
        if (kind === 'directory of another user') chownSync(path, 12345, 12345)
      }
      goesOn = await beforeCall(moment, exchange, async () => {
        try {
          await using staged = await StagedTree.open(join(parent, 'out'))
          mkdirSync(staged.path)
          // Where it was exchanged later, the tree is in the directory that was made.
          for (const name of readdirSync(parent)) {
            const { uid, mode } = lstatSync(join(parent, name))
            assert.ok(!existsSync(join(parent, name, 'tree')) || (uid === 0 && (mode & 0o077) === 0), `${kind} at call ${moment}`)
          }
        } catch (thrown) {
          if (!(thrown instanceof ImageError)) throw thrown
          assert.equal(thrown.code, 'DESTINATION_INVALID')
          refused++
        }
      })
      assert.deepEqual(readdirSync(precious), [], `${kind} at call ${moment}`)
    }
    assert.ok(moment > 4 && refused > 0, `${kind}: ${moment} moments, ${refused} refused`)
  }
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
