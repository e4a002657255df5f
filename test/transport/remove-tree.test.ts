import assert from 'node:assert/strict'
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeTree } from '../../src/transport/remove-tree.ts'
import { beforeCall } from '../kit/between-calls.ts'
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

test('files of other users go with a directory that only this one enters, and stay in one that others can write to', {
  skip: process.getuid?.() !== 0,
}, context => {
  const directory = scratch(context)
  for (const mode of [0o700, 0o777]) {
    const top = join(directory, `${mode}`)
    mkdirSync(join(top, 'inner'), { recursive: true })
    writeFileSync(join(top, 'inner/theirs'), '')
    chownSync(join(top, 'inner/theirs'), 1000, 1000)
    chownSync(join(top, 'inner'), 1000, 1000)
    chmodSync(top, mode)
    if (mode === 0o700) removeTree(top)
    else assert.throws(() => removeTree(top), { code: 'ENOTEMPTY' })
  }
  assert.deepEqual(readdirSync(directory), [`${0o777}`])
  assert.ok(existsSync(join(directory, `${0o777}`, 'inner/theirs')))
})

test('a directory that is exchanged for a link at any moment of its removal leads nowhere else', {
  skip: !existsSync('/proc/self/fd'),
}, async context => {
  for (const exchanged of ['top', 'top/inner', 'top/inner/deep']) {
    let moment = 1
    for (let goesOn = true; goesOn; moment++) {
      const directory = scratch(context)
      const at = (...names: readonly string[]) => join(directory, ...names)
      mkdirSync(at('top/inner/deep'), { recursive: true })
      mkdirSync(at('precious/inner/deep'), { recursive: true })
      for (const name of ['top', 'top/inner', 'top/inner/deep', 'precious', 'precious/inner', 'precious/inner/deep'])
        writeFileSync(at(name, 'file'), '')
      const exchange = () => {
        if (!existsSync(at(exchanged))) return
        renameSync(at(exchanged), at('aside'))
        symlinkSync(at(exchanged.replace('top', 'precious')), at(exchanged))
      }
      goesOn = await beforeCall(moment, exchange, () => {
        try {
          removeTree(at('top'))
        } catch {
          // A directory that is not there any more stays.
        }
      })
      assert.deepEqual(
        readdirSync(at('precious'), { recursive: true }).sort(),
        ['file', 'inner', 'inner/deep', 'inner/deep/file', 'inner/file'],
        `${exchanged} at call ${moment}`,
      )
    }
    assert.ok(moment > 10, `${moment} moments`)
  }
})
