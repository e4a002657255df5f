import assert from 'node:assert/strict'
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CacheTee } from '../../src/worker/cache-tee.ts'
import { scratch } from '../kit/image/local-image.ts'

test('everything that was written is in the file, which only its owner may read', context => {
  const file = join(scratch(context), 'kept')
  const tee = new CacheTee(file)
  for (const text of ['one', '', 'two']) tee.write(Buffer.from(text))
  assert.equal(tee.close(), true)
  assert.equal(readFileSync(file, 'utf8'), 'onetwo')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(tee.close(), false, 'closed once')
})

test('a file that is there stays as it is, and nothing was kept', context => {
  const file = join(scratch(context), 'kept')
  writeFileSync(file, 'of another')
  const tee = new CacheTee(file)
  tee.write(Buffer.from('mine'))
  assert.equal(tee.close(), false)
  assert.equal(readFileSync(file, 'utf8'), 'of another')
})

test('a disk that fails ends the writing, and nothing was kept', context => {
  const file = join(scratch(context), 'kept')
  // The tee's descriptor is the lowest that is free: closing it is a disk that fails.
  const free = openSync('/dev/null', 'r')
  closeSync(free)
  const tee = new CacheTee(file)
  closeSync(free)
  tee.write(Buffer.from('lost'))
  tee.write(Buffer.from('lost, too'))
  assert.equal(tee.close(), false)
  assert.equal(readFileSync(file, 'utf8'), '')
})
