import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { type Digest, digestOf } from '../../../src/blob/digest.ts'
import { OCI_ARTIFACT_RC } from '../../../src/blob/media-type.ts'
import { readBlob, readDocument } from '../../../src/blob/read.ts'
import { ImageError } from '../../../src/error.ts'
import { parseManifest } from '../../../src/image/manifest.ts'
import type { RegistryOptions } from '../../../src/transport/http/registry-options.ts'
import { BlobCache } from '../../../src/transport/registry/blob-cache.ts'
import { type RegistryLocation, RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

const QUICK: RegistryOptions = { retry: { base: 1, cap: 50 }, environment: {}, timeouts: { headers: 20_000, body: 20_000 } }

describe('RegistrySource', () => {
  const image = imageFixture([
    layerFixture({ 'etc/passwd': 'root' }),
    layerFixture({ 'big.bin': { content: randomBytes(300_000) } }, { compression: 'none' }),
  ])
  const big = image.layers[1] as (typeof image.layers)[0]
  const directory = mkdtempSync(join(tmpdir(), 'peel-registry-'))
  let registry: TestRegistry
  let sources: RegistrySource[] = []

  beforeEach(async () => {
    registry = await TestRegistry.start()
    registry.store.add('team/app', '1', image)
  })
  afterEach(async () => {
    await Promise.all(sources.map(source => source.close()))
    sources = []
    await registry.close()
  })
  after(() => rmSync(directory, { recursive: true }))

  const open = (more: Partial<RegistryLocation> & { cache?: BlobCache; options?: RegistryOptions } = {}) => {
    const { cache, options, ...where } = more
    const source = new RegistrySource(
      { host: registry.host, path: 'team/app', tag: '1', ...where },
      { ...QUICK, ...options, cache },
    )
    sources.push(source)
    return source
  }
  const freshCache = (limit?: number) =>
    new BlobCache(mkdtempSync(join(directory, 'cache-')), limit === undefined ? {} : { limit })
  const read = async (source: RegistrySource, blob = big) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of readBlob(source, blob)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  const isError = (code: string) => (error: unknown) => error instanceof ImageError && error.code === code

  test('opens with as few requests as there are documents', async () => {
    const source = open()
    const [root] = await source.roots()
    assert.equal(root?.digest, image.descriptor.digest)
    const manifest = parseManifest(await readDocument(source, root), 'the manifest')
    await readDocument(source, manifest.value.config)
    assert.deepEqual(registry.log, ['GET /v2/team/app/manifests/1', `GET /v2/team/app/blobs/${manifest.value.config.digest}`])
  })

  test('a cut is resumed where it happened', async () => {
    registry.once(/GET .*blobs/, { type: 'cut', after: 100_000 }, { type: 'cut', after: 70_000 })
    assert.deepEqual(await read(open()), image.blobs.get(big.digest))
    assert.deepEqual(
      registry.seen.map(({ headers }) => headers.range),
      [undefined, 'bytes=100000-', 'bytes=170000-'],
    )
  })

  test('a server that ignores Range, ends politely or falls silent is survived', async () => {
    registry.once(/GET .*blobs/, { type: 'cut', after: 100_000 }, { type: 'ignore-range' })
    assert.deepEqual(await read(open()), image.blobs.get(big.digest))
    for (const range of ['bytes 5-99/*', 'items 1-2/3', '']) {
      const wrong = { type: 'headers', headers: { 'content-range': range } } as const
      registry.once(/GET .*blobs/, { type: 'cut', after: 100_000 }, wrong)
      assert.deepEqual(await read(open()), image.blobs.get(big.digest))
    }
    registry.once(/GET .*blobs/, { type: 'short', after: 100_000 }, { type: 'reset' })
    assert.deepEqual(await read(open()), image.blobs.get(big.digest))
    registry.once(/GET .*blobs/, { type: 'silence' })
    assert.deepEqual(await read(open({ options: { timeouts: { headers: 4000 } } })), image.blobs.get(big.digest))
  })

  test('parts are fetched by Range', async () => {
    const source = open()
    const chunks: Uint8Array[] = []
    for await (const chunk of source.fetchUnverified(big, { offset: 1000, length: 5000 })) chunks.push(chunk)
    assert.deepEqual(Buffer.concat(chunks), image.blobs.get(big.digest)?.subarray(1000, 6000))
    registry.once(/blobs/, { type: 'ignore-range' })
    const whole: Uint8Array[] = []
    for await (const chunk of source.fetchUnverified(big, { offset: 1000, length: 5000 })) whole.push(chunk)
    assert.deepEqual(Buffer.concat(whole), image.blobs.get(big.digest)?.subarray(1000, 6000))
  })

  test('wrong bytes and wrong lengths are told apart and never enter the cache', async () => {
    const cache = freshCache()
    registry.always(/GET .*blobs/, { type: 'corrupt' })
    await assert.rejects(read(open({ cache })), isError('BLOB_DIGEST_MISMATCH'))
    registry.always(/GET .*blobs/, { type: 'wrong-length', length: 100 })
    await assert.rejects(read(open({ cache })), isError('BLOB_SIZE_MISMATCH'))
    registry.always(/GET .*blobs/, { type: 'short', after: 100 })
    await assert.rejects(read(open({ cache })), isError('BLOB_SIZE_MISMATCH'))
    assert.equal(await cache.locate(big), undefined)
    assert.deepEqual(readdirSync(join(cache.directory, 'ingest')), [])
  })

  test('a second opening downloads nothing', async () => {
    const cache = freshCache()
    const first = open({ cache })
    await first.roots()
    assert.deepEqual(await read(first), image.blobs.get(big.digest))
    const before = registry.seen.length
    const second = open({ cache })
    const [root] = await second.roots()
    assert.deepEqual(await readDocument(second, root ?? big), image.blobs.get(image.descriptor.digest))
    assert.deepEqual(await read(second), image.blobs.get(big.digest))
    assert.deepEqual(registry.log.slice(before), ['HEAD /v2/team/app/manifests/1'])
    const third = open({ cache, digest: image.descriptor.digest })
    await third.roots()
    assert.equal(registry.log.at(-1), `GET /v2/team/app/manifests/${image.descriptor.digest}`)
    await open({ cache, digest: image.descriptor.digest }).roots()
    assert.equal(registry.seen.length, before + 2)
  })

  test('a tag that moved is seen', async () => {
    const cache = freshCache()
    await open({ cache }).roots()
    const other = imageFixture([layerFixture({ a: 'other' })])
    registry.store.add('team/app', '1', other)
    assert.equal((await open({ cache }).roots())[0]?.digest, other.descriptor.digest)
  })

  test('a file that was changed in the cache is not served', async () => {
    const cache = freshCache()
    await read(open({ cache }))
    const local = await cache.locate(big)
    assert.ok(local)
    const bytes = readFileSync(local.file)
    bytes[1000] = (bytes[1000] ?? 0) ^ 1
    writeFileSync(local.file, bytes)
    assert.equal(await cache.locate(big), undefined)
    assert.deepEqual(await read(open({ cache })), image.blobs.get(big.digest))
    assert.ok(await cache.locate(big))
  })

  test('the cache is a layout and stays within its bound, oldest first', async () => {
    const cache = freshCache(700_000)
    const images = [1, 2, 3].map(seed =>
      imageFixture([layerFixture({ [`${seed}`]: { content: randomBytes(290_000) } }, { compression: 'none' })]),
    )
    for (const [index, each] of images.entries()) {
      registry.store.add('team/many', String(index), each)
      await read(open({ cache: new BlobCache(cache.directory, { limit: 700_000 }), path: 'team/many' }), each.layers[0])
    }
    const held = await Promise.all(images.map(each => cache.locate(each.layers[0] ?? big)))
    assert.deepEqual(
      held.map(each => each !== undefined),
      [false, true, true],
    )
    assert.deepEqual(JSON.parse(readFileSync(join(cache.directory, 'oci-layout'), 'utf8')), { imageLayoutVersion: '1.0.0' })
  })

  test('files that are no blobs, another user’s and behind links stay in the cache and do not count', async () => {
    const cache = freshCache(700_000)
    const [place, elsewhere] = [join(cache.directory, 'blobs/sha256'), join(cache.directory, '..', 'elsewhere')]
    for (const each of [place, elsewhere]) mkdirSync(each, { recursive: true })
    const digits = ['1', '2', '3'].map(digit => digit.repeat(64)) as [string, string, string]
    const planted = [join(place, 'notes.txt'), join(place, `${digits[0]}.tmp`), join(elsewhere, digits[1])]
    planted.push(join(elsewhere, '4'.repeat(128)))
    for (const file of [...planted, join(place, digits[2])]) {
      writeFileSync(file, Buffer.alloc(600_000))
      utimesSync(file, 0, 1000)
    }
    symlinkSync(elsewhere, join(cache.directory, 'blobs/sha512'))
    symlinkSync(join(elsewhere, digits[1]), join(place, digits[1]))
    if (process.getuid?.() === 0) {
      chownSync(join(place, digits[2]), 12345, 12345)
      planted.push(join(place, digits[2]))
    }
    for (const seed of [1, 2]) {
      const each = imageFixture([layerFixture({ [`${seed}`]: { content: randomBytes(290_000) } }, { compression: 'none' })])
      registry.store.add('team/beside', String(seed), each)
      await read(open({ cache: new BlobCache(cache.directory, { limit: 700_000 }), path: 'team/beside' }), each.layers[0])
      assert.notEqual(await cache.locate(each.layers[0] ?? big), undefined, 'there is room for it')
    }
    for (const file of planted) assert.ok(existsSync(file), file)
  })

  test('redirects lead elsewhere without credentials', async () => {
    const storage = await TestRegistry.start()
    registry.behaviour = { basic: 'user:pass' }
    storage.store.add('bucket', '1', image)
    registry.once(/GET .*blobs/, { type: 'status', status: 401, headers: { 'www-authenticate': 'Basic realm=x' } })
    const authorization = Buffer.from('user:pass').toString('base64')
    const environment = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [registry.host]: { auth: authorization } } }) }
    registry.misbehave = request =>
      request.path.includes('/blobs/')
        ? { type: 'redirect', to: `${storage.origin}/v2/bucket/blobs/${big.digest}?signature=secret` }
        : undefined
    assert.deepEqual(await read(open({ options: { environment } })), image.blobs.get(big.digest))
    assert.equal(storage.seen[0]?.headers.authorization, undefined)
    await storage.close()
  })

  test('a redirect that loops ends, and one to plain http is refused from https only', async () => {
    registry.always(/GET .*blobs/, { type: 'redirect', to: `/v2/team/app/blobs/${big.digest}` })
    await assert.rejects(read(open()), isError('REDIRECT_FAILED'))
  })

  test('busy servers are waited for, for as long as they ask, and hours are not', async () => {
    registry.once(/manifests/, { type: 'status', status: 503 }, { type: 'status', status: 429, headers: { 'retry-after': '0' } })
    await open().roots()
    registry.once(/manifests/, { type: 'status', status: 429, headers: { 'retry-after': '7200' } })
    await assert.rejects(open().roots(), (error: ImageError) => error.code === 'RATE_LIMITED' && /2 hours/.test(error.hint ?? ''))
    registry.always(/manifests/, { type: 'status', status: 502, body: '<html>bad gateway</html>' })
    await assert.rejects(open().roots(), isError('REGISTRY_FAILED'))
  })

  test('schema 1, pages of HTML, wrong manifests and missing ones have their own words', async () => {
    const schema1 = JSON.stringify({ schemaVersion: 1, fsLayers: [], signatures: [] })
    registry.once(/manifests/, { type: 'status', status: 200, body: schema1 })
    await assert.rejects(open().roots(), isError('SCHEMA1_UNSUPPORTED'))
    registry.once(/manifests/, {
      type: 'status',
      status: 200,
      body: '<html>log in</html>',
      headers: { 'content-type': 'text/html' },
    })
    await assert.rejects(open().roots(), isError('ANSWER_INVALID'))
    registry.once(/manifests/, { type: 'corrupt' })
    await assert.rejects(open().roots(), isError('BLOB_DIGEST_MISMATCH'))
    registry.once(/manifests/, { type: 'corrupt' })
    await assert.rejects(open({ digest: image.descriptor.digest }).roots(), isError('BLOB_DIGEST_MISMATCH'))
    await assert.rejects(open({ tag: 'none' }).roots(), isError('MANIFEST_UNKNOWN'))
    await assert.rejects(open({ path: 'no/repo' }).roots(), isError('NAME_UNKNOWN'))
    await assert.rejects(read(open(), { ...big, digest: `sha256:${'0'.repeat(64)}` as Digest }), isError('BLOB_MISSING'))
  })

  test('content types that lie are seen through', async () => {
    registry.always(/manifests/, { type: 'headers', headers: { 'content-type': 'text/plain; charset=utf-8' } })
    assert.equal((await open().roots())[0]?.mediaType, image.descriptor.mediaType)
    const old = Buffer.from(JSON.stringify({ mediaType: OCI_ARTIFACT_RC, blobs: [] }))
    const descriptor = { mediaType: OCI_ARTIFACT_RC, digest: digestOf(old), size: old.length }
    registry.store.add('team/app', 'old', { descriptor, blobs: new Map([[descriptor.digest, old]]), layers: [] })
    assert.deepEqual(await open({ tag: 'old' }).roots(), [descriptor])
  })

  test('an index and its children are read as manifests, another algorithm in the header is no mismatch', async () => {
    const index: ImageFixture = indexFixture([image])
    registry.store.add('team/app', 'all', index)
    registry.always(/manifests/, { type: 'headers', headers: { 'docker-content-digest': `sha512:${'0'.repeat(128)}` } })
    await assert.rejects(open({ tag: 'all' }).roots(), isError('BLOB_DIGEST_MISMATCH'))
    registry.always(/manifests/, { type: 'headers', headers: { 'docker-content-digest': '' } })
    const source = open({ tag: 'all' })
    const [root] = await source.roots()
    assert.deepEqual(await readDocument(source, root ?? big), index.blobs.get(index.descriptor.digest))
    assert.deepEqual(await readDocument(source, image.descriptor), image.blobs.get(image.descriptor.digest))
  })

  test('leaving cancels', async () => {
    registry.always(/blobs/, { type: 'slow', bytes: 1000, pause: 20 })
    const stop = new AbortController()
    const reading = (async () => {
      for await (const _ of readBlob(open(), big, stop.signal)) stop.abort()
    })()
    await assert.rejects(reading, { name: 'AbortError' })
  })

  test('warnings are kept once and escaped, limits remembered', async () => {
    registry.always(/./, {
      type: 'headers',
      headers: {
        warning: ['299 - "go \u009b away"', '299 - "again \\"now\\""', '110 - "stale"'],
        'ratelimit-remaining': '76;w=21600',
        'ratelimit-limit': '100;w=21600',
      },
    })
    const source = open()
    await source.roots()
    await read(source)
    assert.deepEqual(
      source.diagnostics.map(({ message }) => message),
      [
        'The registry says: go \\x9b away',
        'The registry says: again "now"',
        'The registry allows 76 of 100 more pulls in 6 hours',
      ],
    )
  })
})
