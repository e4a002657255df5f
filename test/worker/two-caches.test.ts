import assert from 'node:assert/strict'
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Digest, digestOf } from '../../src/blob/digest.ts'
import { BlobCache } from '../../src/transport/registry/blob-cache.ts'
import { createChangesetCache } from '../../src/worker/changeset-cache.ts'
import { scratch } from '../kit/image/local-image.ts'

const bytes = Buffer.alloc(1000, 7)
const blob = { mediaType: 'application/octet-stream', digest: digestOf(bytes), size: bytes.length }
const reading: Digest = digestOf(Buffer.from('a layer'))

async function keep(cache: BlobCache, content = bytes): Promise<void> {
  const writer = await cache.writer({ ...blob, digest: digestOf(content), size: content.length })
  await writer?.write(content)
  await writer?.commit()
}

function files(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(each => each.isFile())
    .map(each => join(each.parentPath, each.name).slice(directory.length + 1))
    .sort()
}

/** A cache directory with a reading in it that is over every limit and very old. */
function filled(context: TestContext): { directory: string; file: string } {
  const directory = join(scratch(context), 'peel')
  const file = createChangesetCache({ directory }).place(reading) ?? assert.fail()
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, bytes)
  utimesSync(file, 1000, 1000)
  return { directory, file }
}

test('the cache of readings leaves the registry’s blobs to their own cache', async context => {
  const directory = scratch(context)
  createChangesetCache({ directory }).trim()
  const blobs = new BlobCache(join(directory, 'layout'))
  await keep(blobs)
  assert.ok(await blobs.locate(blob), 'kept and in use')
  createChangesetCache({ directory, limit: 500 }).trim()
  assert.ok(existsSync(join(directory, 'layout', 'oci-layout')), 'still a layout')
  assert.ok(await blobs.locate(blob), 'a blob handed out in this run is never evicted')
})

test('a trim removes files of the cache’s own names alone', context => {
  const { directory, file } = filled(context)
  const others = ['table.csv', 'layers-4/notes.txt', 'layers-old/sha256-00', 'backup/sha256-00', 'layers-4/.x.tmp']
  for (const name of others) {
    mkdirSync(join(directory, name, '..'), { recursive: true })
    writeFileSync(join(directory, name), bytes)
    utimesSync(join(directory, name), 1, 1)
  }
  const elsewhere = join(directory, '..', 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, file.slice(file.lastIndexOf('/') + 1)), bytes)
  symlinkSync(elsewhere, join(directory, 'layers-3'))
  symlinkSync(join(elsewhere, 'sha256-00'), join(directory, 'layers-4', 'sha256-01'))
  createChangesetCache({ directory, limit: 0 }).trim()
  assert.ok(!existsSync(file), 'its own reading goes')
  for (const name of others) assert.ok(existsSync(join(directory, name)), name)
  assert.equal(readdirSync(elsewhere).length, 1)
  assert.ok(lstatSync(join(directory, 'layers-4', 'sha256-01')).isSymbolicLink())
})

test('a directory that is not peel’s, or a link to one, is no cache: nothing is written or removed there', async context => {
  const home = scratch(context)
  const theirs = join(home, 'theirs')
  mkdirSync(join(theirs, 'layers-4'), { recursive: true })
  for (const name of ['a.csv', 'layers-4/sha256-00']) writeFileSync(join(theirs, name), bytes)
  symlinkSync(theirs, join(home, 'link'))
  const { directory, file } = filled(context)
  renameSync(directory, join(home, 'moved'))
  symlinkSync(join(home, 'moved'), directory)
  for (const each of [theirs, join(home, 'link'), directory]) {
    const before = files(each)
    const cache = createChangesetCache({ directory: each, limit: 0 })
    cache.trim()
    assert.equal(cache.place(reading), undefined)
    const blobs = new BlobCache(each)
    await keep(blobs)
    assert.deepEqual(files(each), before)
  }
  assert.ok(existsSync(file))
})

test('a new cache is marked for backup programs, and an unmarked one of an earlier version is taken over', context => {
  const { directory } = filled(context)
  assert.match(readFileSync(join(directory, 'CACHEDIR.TAG'), 'latin1'), /^Signature: 8a477f597d28d172789f06886806bc55\n/)
  const old = join(scratch(context), 'peel')
  mkdirSync(join(old, 'layers-3'), { recursive: true })
  mkdirSync(join(old, 'layout'))
  assert.ok(createChangesetCache({ directory: old }).place(reading))
  assert.ok(existsSync(join(old, 'CACHEDIR.TAG')))
})

test('an entry that is a link or another user’s is not believed', async context => {
  const directory = join(scratch(context), 'layout')
  const blobs = new BlobCache(directory)
  await keep(blobs)
  const path = join(directory, 'blobs', 'sha256', blob.digest.slice('sha256:'.length))
  if (process.getuid?.() === 0) {
    chownSync(path, 12345, 12345)
    assert.equal(await new BlobCache(directory).locate(blob), undefined)
    chownSync(path, 0, 0)
  }
  assert.ok(await new BlobCache(directory).locate(blob))
  renameSync(path, join(directory, 'aside'))
  symlinkSync(join(directory, 'aside'), path)
  assert.equal(await new BlobCache(directory).locate(blob), undefined)
  for (const name of files(directory)) assert.equal(lstatSync(join(directory, name)).mode & 0o077, 0, `${name} is private`)
})
