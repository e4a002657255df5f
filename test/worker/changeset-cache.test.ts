import assert from 'node:assert/strict'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { crc32 } from 'node:zlib'
import type { Digest } from '../../src/blob/digest.ts'
import { cacheDirectory, createChangesetCache, storeFile } from '../../src/worker/changeset-cache.ts'
import { encodeReading } from '../../src/worker/reading/reading-codec.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { run } from '../kit/peer.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const readings = ['a', 'b', 'c'].map(name => readLayerBytes(tarFixture([{ name, content: name }])))
const [first] = readings as [(typeof readings)[0]]

describe('changeset cache', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'peel-cache-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const place = (digest: Digest) => createChangesetCache({ directory }).place(digest) ?? assert.fail()
  const store = () => {
    for (const reading of readings) storeFile(place(reading.digest), encodeReading(reading))
  }

  test('gives back what was stored, in files of the user alone', async () => {
    const cache = createChangesetCache({ directory })
    assert.equal(await cache.load(first.digest), undefined)
    store()
    assert.equal((await cache.load(first.digest))?.diffID, first.diffID)
    assert.deepEqual(
      readdirSync(directory, { recursive: true }).filter(name => String(name).includes('tmp')),
      [],
    )
  })

  test('another user’s file, and a link, count as absent', async () => {
    store()
    const cache = createChangesetCache({ directory })
    const file = place(first.digest)
    if (process.getuid?.() === 0) {
      chownSync(file, 12345, 12345)
      assert.equal(await cache.load(first.digest), undefined)
      chownSync(file, 0, 0)
    }
    assert.notEqual(await cache.load(first.digest), undefined)
    renameSync(file, `${file}.aside`)
    symlinkSync(`${file}.aside`, file)
    assert.equal(await cache.load(first.digest), undefined)
  })

  test('a damaged, cut or foreign file counts as absent', async () => {
    store()
    const cache = createChangesetCache({ directory })
    const file = place(first.digest)
    const bytes = readFileSync(file)
    bytes[60] = (bytes[60] ?? 0) ^ 1
    writeFileSync(file, bytes)
    assert.equal(await cache.load(first.digest), undefined)
    truncateSync(file, 10)
    assert.equal(await cache.load(first.digest), undefined)
    writeFileSync(file, encodeReading(readings[1] ?? first))
    assert.equal(await cache.load(first.digest), undefined)
  })

  test('a forged file with a right checksum counts as absent', async () => {
    store()
    const file = place(first.digest)
    const bytes = readFileSync(file)
    const jsonLength = bytes.readUInt32LE(8)
    const parts = JSON.parse(bytes.toString('utf8', 16, 16 + jsonLength))
    const columns = bytes.subarray(16 + Math.ceil(jsonLength / 8) * 8)
    const forge = (edit: object, rest = columns) => {
      const json = Buffer.from(JSON.stringify({ ...parts, ...edit }))
      const body = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8), rest])
      const head = Buffer.from(bytes.subarray(0, 16))
      head.writeUInt32LE(json.length, 8)
      head.writeUInt32LE(crc32(body), 12)
      writeFileSync(file, Buffer.concat([head, body]))
    }
    const cache = createChangesetCache({ directory })
    forge({})
    assert.ok(await cache.load(first.digest), 'the forger can write a right one')
    const many = (value: unknown) => parts.sizes.map(() => value)
    const edits: readonly object[] = [
      { length: 1e9 },
      { length: -1 },
      { length: '3' },
      { sizes: many(1e12) },
      { sizes: many(-1) },
      { sizes: many(0) },
      { widths: many(3) },
      { widths: many(0) },
      { widths: many(8) },
      { xattrSets: [] },
      { xattrSets: [1] },
      { points: [1, 2, 3] },
      { points: 7 },
      { diagnostics: [{ code: 1 }] },
      { tarSize: 1e308 },
      { tarSize: 0 },
      { size: null },
      { diffID: 'x' },
      { sparse: [[99, [[1, 1]]]] },
      { sparse: 3 },
      { sparse: [[0, [[1]]]] },
      { claimedSizes: {} },
    ]
    for (const edit of edits) {
      forge(edit)
      assert.equal(await cache.load(first.digest), undefined, JSON.stringify(edit).slice(0, 60))
    }
    for (const rest of [columns.subarray(8), Buffer.alloc(columns.length, 255), Buffer.concat([columns, Buffer.alloc(8)])]) {
      forge({}, rest)
      assert.equal(await cache.load(first.digest), undefined)
    }
  })

  test('what is no file at all counts as absent, at once', async () => {
    store()
    const [fifo, other] = [place(readings[1]?.digest ?? first.digest), place(first.digest)]
    for (const file of [fifo, other]) rmSync(file)
    run('mkfifo', [fifo])
    mkdirSync(other)
    const cache = createChangesetCache({ directory })
    for (const { digest } of readings.slice(0, 2)) assert.equal(await cache.load(digest), undefined)
  })

  test('over the limit, what was used least recently goes first', async () => {
    store()
    const [a, b, c] = readings.map(({ digest }) => digest) as [Digest, Digest, Digest]
    for (const [index, digest] of [a, b, c].entries()) utimesSync(place(digest), 1000 + index, 1000 + index)
    const size = encodeReading(first).length
    const cache = createChangesetCache({ directory, limit: 2 * size + 10 })
    await cache.load(a)
    cache.trim()
    assert.deepEqual(
      (await Promise.all([a, b, c].map(digest => cache.load(digest)))).map(reading => reading !== undefined),
      [true, false, true],
    )
  })

  test('what lies beside readings counts and goes as well: checkpoints, scans, tables of contents, blocks', () => {
    store()
    const kinds = ['.points', '.scan-2', '.table', '.0.3.block']
    for (const kind of kinds) writeFileSync(`${place(first.digest)}${kind}`, 'x'.repeat(1000))
    createChangesetCache({ directory, limit: 0 }).trim()
    assert.deepEqual(readdirSync(join(place(first.digest), '..')), [])
  })

  test('what a killed process left behind goes in time', async () => {
    store()
    const left = join(place(first.digest), '..', '.0123456789abcdef.tmp')
    writeFileSync(left, 'x')
    createChangesetCache({ directory }).trim()
    assert.ok(existsSync(left), 'another process may be writing it now')
    utimesSync(left, 1000, 1000)
    createChangesetCache({ directory }).trim()
    assert.ok(!existsSync(left))
  })

  test('a directory that cannot be used is no cache and no failure', async () => {
    const cache = createChangesetCache({ directory: '/dev/null/nothing' })
    storeFile(cache.place(first.digest) ?? '', encodeReading(first))
    assert.equal(await cache.load(first.digest), undefined)
    cache.trim()
  })

  test('a digest that cannot be verified is not cached', async () => {
    assert.equal(createChangesetCache({ directory }).place(`blake3:${'0'.repeat(64)}` as Digest), undefined)
  })

  test('lies where XDG says, if it says an absolute path', async () => {
    assert.equal(cacheDirectory({ XDG_CACHE_HOME: '/c' }), '/c/peel')
    assert.match(cacheDirectory({ XDG_CACHE_HOME: 'relative' }), /\/\.cache\/peel$/)
  })
})
