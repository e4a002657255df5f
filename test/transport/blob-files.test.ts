import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { parseDigest } from '../../src/blob/digest.ts'
import { ImageError } from '../../src/error.ts'
import { eachBlobFile } from '../../src/transport/blob-files.ts'

const DIGESTS = ['1', '2'].map(letter => parseDigest(`sha256:${letter.repeat(64)}`))

describe('files of blobs in a layout that another user may write to', () => {
  let directory = ''
  let layout = ''
  let outside = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'peel-blob-files-'))
    layout = join(directory, 'layout')
    outside = join(directory, 'outside')
    for (const each of [join(layout, 'blobs'), join(outside, 'sha256')]) mkdirSync(each, { recursive: true })
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const swapped = { skip: existsSync('/proc/self/fd') ? false : 'there is no /proc' }
  test('stay where they were looked at when their directory is exchanged for a link meanwhile', swapped, async () => {
    let swaps = 0
    await eachBlobFile(layout, DIGESTS, async file => {
      if (swaps++ === 0) {
        renameSync(join(layout, 'blobs'), join(layout, 'moved'))
        symlinkSync(outside, join(layout, 'blobs'))
      }
      writeFileSync(file, 'bytes')
    })
    assert.deepEqual(readdirSync(join(outside, 'sha256')), [])
    assert.equal(readdirSync(join(layout, 'moved/sha256')).length, 2)
  })

  for (const name of ['blobs', 'blobs/sha256'])
    test(`are not touched where ${name} leads out of the layout`, async () => {
      rmSync(join(layout, name), { recursive: true, force: true })
      symlinkSync(join(outside, name.slice('blobs/'.length)), join(layout, name))
      const refused = eachBlobFile(layout, DIGESTS, async file => writeFileSync(file, 'bytes'))
      await assert.rejects(refused, thrown => thrown instanceof ImageError && thrown.code === 'DESTINATION_INVALID')
      assert.deepEqual(readdirSync(join(outside, 'sha256')), [])
    })

  test('are reached through a link that stays in the layout', async () => {
    mkdirSync(join(layout, 'store'))
    symlinkSync('../store', join(layout, 'blobs/sha256'))
    await eachBlobFile(layout, DIGESTS, async file => writeFileSync(file, 'bytes'))
    assert.equal(readdirSync(join(layout, 'store')).length, 2)
  })
})
