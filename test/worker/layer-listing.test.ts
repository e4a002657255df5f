import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { BlobSource, Range } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { type Changeset, entriesOf, entryPath } from '../../src/layer/changeset.ts'
import { isListing, type KnownLayer, type LayerReading } from '../../src/layer/reading.ts'
import { parseTableOfContents } from '../../src/layer/table-of-contents.ts'
import { createChangesetCache } from '../../src/worker/changeset-cache.ts'
import { readKnownContent } from '../../src/worker/known-content.ts'
import { listLayer } from '../../src/worker/layer-listing.ts'
import { createLayerPool } from '../../src/worker/pool.ts'
import { mutateJson, seeded } from '../kit/fuzz/mutation.ts'
import { imageFixture, type LayerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { estargzFixture, type LazyLayerOptions, type TableFixture, zstdChunkedFixture } from '../kit/image/lazy-layer-fixture.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { fc } from '../kit/seeded-check.ts'
import type { TarFixture } from '../kit/tar/tar-fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-listing-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const pool = createLayerPool({ size: 1 })
after(() => pool.close())

const noise = Buffer.from(Array.from({ length: 700_000 }, (_, index) => (index * index * 31 + index) % 251))
const ENTRIES: readonly TarFixture[] = [
  { name: '.no.prefetch.landmark', content: 'x' },
  { name: 'etc/' },
  { name: 'etc/passwd', content: 'root\n', mode: 0o4755, uid: 1000, gid: 4_000_000_000 },
  { name: 'empty', content: '' },
  { name: 'big', content: noise },
  { name: 'naïve/ü', content: 'utf-8', pax: { 'SCHILY.xattr.user.note': Buffer.from([0xff, 0]), 'SCHILY.xattr.user.ü': 'ü' } },
  { name: 'link', flag: '2', link: '../etc/passwd' },
  { name: 'hard', flag: '1', link: 'etc/passwd' },
  { name: 'null', flag: '3', device: [1, 3] },
  { name: 'pipe', flag: '6' },
  { name: 'etc/.wh.shadow', content: '' },
  { name: 'opt/.wh..wh..opq', content: '' },
  { name: '../../escape', content: 'clamped' },
  { name: 'etc/passwd', content: 'again\n' },
]
const FIXTURES = {
  eStargz: estargzFixture,
  'zstd:chunked': zstdChunkedFixture,
} as const

/** The layer in a place that counts what is asked of it. */
function placed(layer: LayerFixture) {
  const image = imageFixture([layer])
  const [blob] = image.layers
  assert.ok(blob !== undefined)
  const asked: Range[] = []
  const memory = memorySource(image)
  const source: BlobSource = {
    ...memory,
    fetchUnverified(descriptor, range = {}, signal) {
      asked.push(range)
      return memory.fetchUnverified(descriptor, range, signal)
    },
  }
  const bytes = image.blobs.get(blob.digest) ?? Buffer.alloc(0)
  return {
    blob,
    source,
    asked,
    bytes,
    fetched: () => asked.splice(0).reduce((sum, { length }) => sum + (length ?? blob.size), 0),
  }
}

/** The entries of a changeset, offsets in the tar left out: a table has none. */
const facts = (changeset: Changeset) => [...entriesOf(changeset)]
const indexOf = ({ changeset }: KnownLayer, path: string) =>
  Array.from({ length: changeset.length }, (_, index) => entryPath(changeset, index)).lastIndexOf(path as never)

async function contentOf(place: ReturnType<typeof placed>, layer: KnownLayer, path: string, range: Range = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  const access = { pool, source: place.source, cache: undefined }
  for await (const bytes of readKnownContent(access, place.blob, layer, indexOf(layer, path), range)) chunks.push(bytes)
  return Buffer.concat(chunks)
}

const list = (place: ReturnType<typeof placed>) => listLayer({ pool, source: place.source, cache: undefined }, place.blob)

for (const [format, fixture] of Object.entries(FIXTURES)) {
  describe(`tables of contents: ${format}`, () => {
    for (const [name, options] of Object.entries<LazyLayerOptions>({
      plain: {},
      'small chunks': { chunkSize: 10_000 },
      ...(format === 'eStargz'
        ? { legacy: { legacy: true }, 'one member': { shared: true, chunkSize: 50_000 } }
        : { 'footer only': { footerOnly: true } }),
    })) {
      test(`${name}: lists what the layer holds, and reads its files, without the layer`, async () => {
        const place = placed(fixture(ENTRIES, options))
        const layer = await list(place)
        assert.ok(isListing(layer), JSON.stringify(layer.changeset.diagnostics))
        assert.deepEqual([layer.format, layer.digest, layer.size], [format, place.blob.digest, place.blob.size])
        const whole = readLayerBytes(place.bytes)
        assert.deepEqual(facts(layer.changeset), facts(whole.changeset))
        place.fetched()
        for (const { name: entry, content = '' } of ENTRIES.toReversed().filter(({ name: each }) =>
          String(each).match(/big|passwd|ü|empty|escape/),
        )) {
          const path = String(entry).replace('../../', '')
          if (path === 'etc/passwd' && content === 'root\n') continue
          const wanted = Buffer.from(content)
          assert.deepEqual(
            await contentOf(place, layer, path === 'naïve/ü' ? Buffer.from(path).toString('latin1') : path),
            wanted,
          )
        }
        for (const [offset, length] of [
          [0, 10],
          [123_456, 30_000],
          [699_999, 5],
          [700_000, 5],
        ] as const)
          assert.deepEqual(await contentOf(place, layer, 'big', { offset, length }), noise.subarray(offset, offset + length))
        assert.ok(place.asked.every(({ strict, length }) => strict === true && length !== undefined))
      })
    }

    test('one small file costs its own chunk, a part of a large one the chunks it lies in', async () => {
      const entries = [...ENTRIES, ...Array.from({ length: 20 }, (_, index) => ({ name: `more/${index}`, content: noise }))]
      const place = placed(fixture(entries, { chunkSize: 20_000 }))
      const layer = await list(place)
      const table = place.fetched()
      assert.ok(table < 80_000, `${table} bytes for the table`)
      await contentOf(place, layer, 'etc/passwd')
      assert.equal(place.asked.length, 1)
      assert.ok(place.fetched() < 2000)
      await contentOf(place, layer, 'more/7', { offset: 300_000, length: 100 })
      const part = place.fetched()
      assert.ok(part < place.blob.size / 500, `${part} bytes for a part of ${place.blob.size}`)
    })

    test('a table that the manifest does not vouch for is not used; one that it vouches for wrongly is said', async () => {
      const bare = await list(placed(fixture(ENTRIES, { annotations: {} })))
      assert.ok(!isListing(bare))
      const { annotations = {} } = fixture(ENTRIES, { edit: table => ({ ...table, extra: 1 }) })
      const wrong = await list(placed(fixture(ENTRIES, { annotations })))
      assert.ok(!isListing(wrong))
      const [said] = wrong.changeset.diagnostics
      assert.match(`${said?.code} ${said?.severity}`, /TOC_(?:UNVERIFIED|INVALID) warning/)
    })

    test('names that are not UTF-8 are read from the layer', async () => {
      const layer = await list(placed(fixture([{ name: Buffer.from('caf\xe9', 'latin1'), content: 'x' }])))
      assert.ok(!isListing(layer))
      assert.deepEqual([...entriesOf(layer.changeset)].map(({ path }) => path)[0], 'caf\xe9')
      assert.deepEqual(layer.changeset.diagnostics.map(({ code, severity }) => [code, severity])[0], ['TOC_LOSSY', 'info'])
    })

    test('what has no digest, or another content than the table says, comes from the layer', async () => {
      const without = (table: TableFixture) => ({
        ...table,
        entries: table.entries.map(({ digest: _, chunkDigest: __, ...entry }) => entry),
      })
      const place = placed(fixture(ENTRIES, { edit: without }))
      const layer = await list(place)
      assert.ok(isListing(layer))
      place.fetched()
      assert.equal((await contentOf(place, layer, 'etc/passwd')).toString(), 'again\n')
      assert.ok(place.asked.some(({ length }) => length === undefined))
      const moved = (table: TableFixture) => {
        const [from, to] = [table.entries.find(({ name }) => name === 'big'), table.entries.at(-1)]
        return { ...table, entries: table.entries.map(entry => (entry === to ? { ...entry, offset: from?.['offset'] } : entry)) }
      }
      const lying = placed(fixture(ENTRIES, { edit: moved }))
      const listed = await list(lying)
      assert.ok(isListing(listed))
      assert.equal((await contentOf(lying, listed, 'etc/passwd')).toString(), 'again\n')
    })

    test('the table is kept, and proven again', async () => {
      const cache = createChangesetCache({ directory: join(directory, format.replace(':', '-')) })
      const place = placed(fixture(ENTRIES))
      const access = { pool, source: place.source, cache }
      const first = await listLayer(access, place.blob)
      assert.ok(place.fetched() > 0)
      const second = await listLayer(access, place.blob)
      assert.equal(place.asked.length, 0)
      assert.deepEqual(facts(second.changeset), facts(first.changeset))
      assert.deepEqual(await contentOf(place, second, 'big'), noise)
    })

    test('hostile tables: an error that is ours, or a listing whose paths stay inside', async () => {
      const place = placed(fixture(ENTRIES, { chunkSize: 100_000 }))
      let table: TableFixture = { version: 1, entries: [] }
      fixture(ENTRIES, { chunkSize: 100_000, edit: each => (table = each) })
      let [refused, used] = [0, 0]
      for (let seed = 0; seed < 1500; seed++) {
        const json = Buffer.from(JSON.stringify(mutateJson(seeded(seed), table)))
        try {
          const { changeset, chunks } = parseTableOfContents(json, { end: place.blob.size })
          for (const { path, size } of entriesOf(changeset)) {
            assert.ok(!path.startsWith('/') && !path.split('/').includes('..') && size >= 0)
          }
          assert.equal(chunks.first.length, changeset.length + 1)
          used++
        } catch (error) {
          assert.ok(error instanceof ImageError && error.code.startsWith('TOC_'), String(error))
          refused++
        }
      }
      assert.ok(refused > 100 && used > 100, `${refused} refused, ${used} used`)
    })

    test('whatever a table says of chunks, a file is its content or an error', async () => {
      const value = fc.oneof(fc.constantFrom(0, 1, -1, 2 ** 53, 700_000, 1e9), fc.nat(2_000_000))
      const key = fc.constantFrom('offset', 'innerOffset', 'chunkOffset', 'chunkSize', 'endOffset', 'size')
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.nat(30), key, value), { minLength: 1, maxLength: 3 }), async changes => {
          const edit = (table: TableFixture) => {
            const entries = structuredClone(table.entries)
            for (const [index, field, wrong] of changes) {
              const entry = entries[index % entries.length]
              if (entry !== undefined) entry[field] = wrong
            }
            return { ...table, entries }
          }
          const place = placed(fixture(ENTRIES, { edit, chunkSize: 100_000 }))
          const layer = await list(place)
          const big = indexOf(layer, 'big')
          if (big === -1) return
          try {
            const content = await contentOf(place, layer, 'big', { offset: 150_000, length: 70_000 })
            assert.deepEqual(content, noise.subarray(150_000, 220_000).subarray(0, content.length))
          } catch (error) {
            assert.ok(error instanceof ImageError, String(error))
          }
        }),
        { numRuns: 60, seed: 3 },
      )
    })
  })
}

test('a place that cannot give a part: the layer is read', async () => {
  const place = placed(estargzFixture(ENTRIES))
  const source: BlobSource = {
    ...place.source,
    fetchUnverified(blob, range, signal) {
      if (range?.strict === true) throw new ImageError('RANGE_UNSUPPORTED', 'Cannot read a part')
      return place.source.fetchUnverified(blob, range, signal)
    },
  }
  const layer = await listLayer({ pool, source, cache: undefined }, place.blob)
  assert.ok(!isListing(layer))
  assert.ok(layer.changeset.diagnostics.every(({ code }) => !code.startsWith('TOC_')))
  const reading: LayerReading = layer
  assert.equal(reading.digest, place.blob.digest)
})
