import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import type { BlobSource } from '../../src/blob/source.ts'
import type { LayerScan } from '../../src/check/layer-scan.ts'
import { entryPath } from '../../src/layer/changeset.ts'
import { createChangesetCache } from '../../src/worker/changeset-cache.ts'
import { createLayerPool, type ScannedLayer } from '../../src/worker/pool.ts'
import { imageFixture, layerFixture, memorySource, writeLayout } from '../kit/image/image-fixture.ts'
import { pem, summed } from '../kit/samples/secret-samples.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-scan-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const [first, second] = [summed('ghp_', 'first'), summed('ghp_', 'second')]
const long = `${'some words in a row\n'.repeat(100_000)}${pem('rsa')}`
const image = imageFixture([
  layerFixture([
    { name: 'app/token', content: first },
    { name: 'app/long', content: long },
    { name: 'app/plain', content: 'nothing' },
    { name: 'app/link', flag: '1', link: 'app/token' },
    // The same path again: two versions, both shipped.
    { name: './app/token', content: second },
  ]),
  layerFixture({ 'app/.wh.token': '', 'app/plain': 'still nothing' }),
  layerFixture({ 'app/long': 'short' }, { compression: 'zstd' }),
])

function countingSource(): { readonly source: BlobSource; readonly opened: string[] } {
  const opened: string[] = []
  const source: BlobSource = {
    ...memorySource(image),
    fetchUnverified(blob, range, signal) {
      opened.push(blob.digest)
      return memorySource(image).fetchUnverified(blob, range, signal)
    },
  }
  return { source, opened }
}

function localSource(): BlobSource {
  const layout = writeLayout(mkdtempSync(join(directory, 'layout-')), { t: image })
  const locate = async (blob: Descriptor) => ({
    file: join(layout, 'blobs', blob.digest.replace(':', '/')),
    offset: 0,
    size: blob.size,
  })
  return { ...memorySource(image), locate }
}

const layer = (position: number) => image.layers[position] ?? assert.fail()
const found = ({ reading, scan }: ScannedLayer) =>
  scan.files.flatMap(({ entry, hits }) =>
    hits.map(({ rule, evidence }) => `${entryPath(reading.changeset, entry)}:${evidence.line} ${rule}`),
  )
const digests = ({ files }: LayerScan) => files.flatMap(({ hits }) => hits.map(({ evidence }) => evidence.sha256))

const EXPECTED = ['app/token:1 secret/github', 'app/long:100001 secret/private-key', 'app/token:1 secret/github']

describe('scanning a layer', () => {
  for (const [kind, source] of [
    ['a local file', localSource()],
    ['a stream', memorySource(image)],
  ] as const) {
    test(`finds every version of every file, from ${kind}`, async () => {
      const pool = createLayerPool({ size: 2 })
      const scans = await Promise.all(image.layers.map(each => pool.scanLayer(source, each)))
      await pool.close()
      assert.deepEqual(scans.map(found), [EXPECTED, [], []])
      assert.equal(new Set(digests(scans[0]?.scan ?? assert.fail())).size, 3)
      assert.deepEqual(
        scans.map(({ scan }) => scan.more),
        [{}, {}, {}],
      )
    })
  }

  test('gives the reading that reading without looking gives', async () => {
    const pool = createLayerPool({ size: 1 })
    const source = memorySource(image)
    const scan = await pool.scanLayer(source, layer(0))
    assert.deepEqual(scan.reading, await pool.readLayer(source, layer(0)))
    await pool.close()
  })

  test('reads a layer again that was read without looking, once', async () => {
    const cache = createChangesetCache({ directory: mkdtempSync(join(directory, 'cache-')) })
    const pool = createLayerPool({ size: 1, cache })
    const { source, opened } = countingSource()
    await pool.readLayer(source, layer(0))
    assert.deepEqual(found(await pool.scanLayer(source, layer(0))), EXPECTED)
    assert.equal(opened.length, 2)
    assert.deepEqual(found(await pool.scanLayer(source, layer(0))), EXPECTED)
    await pool.readLayer(source, layer(0))
    assert.equal(opened.length, 2)
    await pool.close()
  })

  test('does not believe a damaged file of what was found', async () => {
    const place = mkdtempSync(join(directory, 'cache-'))
    const pool = createLayerPool({ size: 1, cache: createChangesetCache({ directory: place }) })
    const { source, opened } = countingSource()
    await pool.scanLayer(source, layer(0))
    const file = readdirSync(place, { recursive: true, encoding: 'utf8' }).find(name => name.includes('.scan-')) ?? assert.fail()
    const bytes = readFileSync(join(place, file))
    // In no place but the cache's own is the secret: not there either.
    assert.ok(!bytes.includes(first.slice(4, 20)))
    bytes[bytes.length - 3] = (bytes.at(-3) ?? 0) ^ 1
    writeFileSync(join(place, file), bytes)
    assert.deepEqual(found(await pool.scanLayer(source, layer(0))), EXPECTED)
    assert.equal(opened.length, 2)
    writeFileSync(join(place, file), '')
    assert.deepEqual(found(await pool.scanLayer(source, layer(0))), EXPECTED)
    await pool.close()
  })

  test('keeps what package databases say, and hashes of set-id programs and small files with secrets', async () => {
    const status = 'Package: a\nStatus: install ok installed\n'
    const files = imageFixture([
      layerFixture({
        'var/lib/dpkg/status': status,
        'usr/lib/python3/x-1.dist-info/RECORD': 'x.py,,\n',
        'srv/status': status,
        'bin/su': { content: 'su', mode: 0o4755 },
        'bin/ls': { content: 'ls', mode: 0o755 },
        'app/token': first,
      }),
    ])
    const cache = createChangesetCache({ directory: mkdtempSync(join(directory, 'cache-')) })
    const pool = createLayerPool({ size: 1, cache })
    const blob = files.layers[0] ?? assert.fail()
    for (const source of [memorySource(files), memorySource(files)]) {
      const { reading, scan } = await pool.scanLayer(source, blob)
      const path = (entry: number) => entryPath(reading.changeset, entry)
      assert.deepEqual(
        [...scan.kept].map(([entry, content]) => [path(entry), Buffer.from(content).toString()]),
        [
          ['var/lib/dpkg/status', status],
          ['usr/lib/python3/x-1.dist-info/RECORD', 'x.py,,\n'],
        ],
      )
      const md5 = (text: string) => createHash('md5').update(text).digest('hex')
      assert.deepEqual(
        scan.sums.map(({ entry, md5: sum }) => [path(entry), sum]),
        [
          ['bin/su', md5('su')],
          ['app/token', md5(first)],
        ],
      )
    }
    await pool.close()
  })

  test('keeps no more of a layer full of secrets than fits, and says so', async () => {
    const keys = Array.from({ length: 500 }, (_, index) => ({
      name: `k${index}`,
      content: `${summed('ghp_', `${index}`)}\n`.repeat(60),
    }))
    const full = imageFixture([layerFixture(keys)])
    const pool = createLayerPool({ size: 1 })
    const { scan } = await pool.scanLayer(memorySource(full), full.layers[0] ?? assert.fail())
    await pool.close()
    const { 'secret/github': more = 0, ...others } = scan.more
    assert.deepEqual(others, {})
    assert.equal(scan.files.length + more, 500)
    assert.ok(more > 100)
  })
})
