import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { temporaryDirectory } from '../../src/transport/temporary-directory.ts'
import { noise } from '../kit/noise.ts'
import { type ConformanceSet, conformanceSets } from '../kit/registry/conformance-sets.ts'
import { type RegistryApi, withDigest } from '../kit/registry/registry-api.ts'
import { serveDirectory } from '../kit/registry/served-directory.ts'

/**
 * The cases of the distribution specification's conformance suite (facts/serve.md §3), in its order: ping, empty, what is missing, blobs in
 * every way of sending, then each data set.
 */
const bytes = noise(2048)
const wrong = `sha256:${'0'.repeat(64)}`
const middle = 1000

for (const algorithm of ['sha256', 'sha512']) {
  describe(`conformance of a writable registry, blobs by ${algorithm}`, () => {
    const directory = mkdtempSync(join(temporaryDirectory(), 'peel-conformance-'))
    const cleanups: (() => unknown)[] = []
    let api: RegistryApi
    before(async () => {
      api = await serveDirectory({ after: cleanup => void cleanups.push(cleanup as () => unknown) }, directory)
    })
    after(async () => {
      for (const cleanup of cleanups) await cleanup()
      rmSync(directory, { recursive: true })
    })
    const name = 'conformance/first'
    const digest = digestOf(bytes, algorithm)
    const blob = `/v2/${name}/blobs/${digest}`
    const query = algorithm === 'sha512' ? '?digest-algorithm=sha512' : ''
    const begin = () => api.startUpload(name, query)
    const range = (start: number, end: number) => ({ 'content-range': `${start}-${end - 1}` })
    const chunk = async (location: string, start: number, end: number, status = 202) => {
      const part = { headers: range(start, end), body: bytes.subarray(start, end) }
      return (await api.expect(status, 'PATCH', location, part)).headers
    }
    const next = (headers: Headers) => headers.get('location') ?? assert.fail('no Location')
    /** The requests that follow each way of sending: HEAD, GET, DELETE, and nothing left. */
    const checkStored = async (digests: readonly string[] = [digest]) => {
      for (const each of digests) {
        const path = `/v2/${name}/blobs/${each}`
        const head = await api.expect(200, 'HEAD', path)
        assert.equal(head.headers.get('docker-content-digest'), each)
        assert.equal(digestOf((await api.expect(200, 'GET', path)).bytes, each.split(':')[0]), each)
        await api.expect(202, 'DELETE', path)
        for (const method of ['HEAD', 'GET', 'DELETE']) await api.expect(404, method, path)
      }
    }

    test('ping, empty, missing', async () => {
      await api.expect(200, 'GET', '/v2/')
      assert.deepEqual(JSON.parse(String((await api.expect(200, 'GET', `/v2/${name}/referrers/${wrong}`)).bytes)).manifests, [])
      await api.expect([200, 404], 'GET', `/v2/${name}/tags/list`)
      for (const reference of [wrong, 'absent'])
        for (const method of ['GET', 'HEAD']) await api.expect(404, method, `/v2/${name}/manifests/${reference}`)
      await api.expect(404, 'GET', blob)
    })

    test('a digest that is none', async () => {
      const path = `/v2/${name}/manifests/sha256:baddigeststring`
      const headers = { 'content-type': 'application/vnd.oci.image.manifest.v1+json' }
      await api.expect(400, 'PUT', path, { headers, body: Buffer.from('{}') })
      await api.expect([400, 404], 'GET', path)
      await api.expect(400, 'POST', `/v2/${name}/blobs/uploads/?digest=sha256:baddigeststring`, { body: bytes })
      await api.expect(400, 'POST', `/v2/${name}/blobs/uploads/?digest-algorithm=md5`)
    })

    test('POST alone', async () => {
      const answer = await api.expect(201, 'POST', withDigest(`/v2/${name}/blobs/uploads/`, digest), { body: bytes })
      assert.deepEqual((await api.expect(200, 'GET', next(answer.headers))).bytes, bytes)
      await checkStored()
    })

    test('POST and PUT', async () => {
      const answer = await api.expect(201, 'PUT', withDigest(await begin(), digest), { body: bytes })
      assert.equal(answer.headers.get('docker-content-digest'), digest)
      assert.deepEqual((await api.expect(200, 'GET', next(answer.headers))).bytes, bytes)
      await checkStored()
    })

    test('chunks: one, several, the last one with PUT', async () => {
      const single = await chunk(await begin(), 0, bytes.length)
      assert.equal(single.get('range'), `0-${bytes.length - 1}`)
      await api.expect(201, 'PUT', withDigest(next(single), digest))
      await checkStored()
      const first = await chunk(await begin(), 0, middle)
      await api.expect(201, 'PUT', withDigest(next(await chunk(next(first), middle, bytes.length)), digest))
      await checkStored()
      const last = { headers: range(middle, bytes.length), body: bytes.subarray(middle) }
      await api.expect(201, 'PUT', withDigest(next(await chunk(await begin(), 0, middle)), digest), last)
      await checkStored()
    })

    test('chunks out of order are refused, and the upload goes on where it was', async () => {
      const early = await begin()
      await chunk(early, middle, bytes.length, 416)
      const none = await api.expect(204, 'GET', early)
      assert.match(none.headers.get('range') ?? '', /^0-\d+$/)
      await api.expect(201, 'PUT', withDigest(next(await chunk(next(none.headers), 0, bytes.length)), digest))
      await checkStored()
      const begun = next(await chunk(await begin(), 0, middle))
      for (const start of [0, middle + 100]) await chunk(begun, start, bytes.length, 416)
      const state = await api.expect(204, 'GET', begun)
      assert.equal(state.headers.get('range'), `0-${middle - 1}`)
      await api.expect(201, 'PUT', withDigest(next(await chunk(next(state.headers), middle, bytes.length)), digest))
      await checkStored()
    })

    test('a stream without a length', async () => {
      const body = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()
      const { headers } = await api.expect(202, 'PATCH', await begin(), { body })
      await api.expect(201, 'PUT', withDigest(next(headers), digest))
      await checkStored()
    })

    test('mounted from a repository, from any, from none', async () => {
      const other = 'conformance/second'
      await api.pushBlob(other, bytes, digest)
      for (const query of [`?mount=${digest}&from=${other}`, `?mount=${digest}`]) {
        const { headers } = await api.expect(201, 'POST', `/v2/${name}/blobs/uploads/${query}`)
        assert.deepEqual((await api.expect(200, 'GET', next(headers))).bytes, bytes)
        await checkStored()
        assert.deepEqual((await api.expect(200, 'GET', `/v2/${other}/blobs/${digest}`)).bytes, bytes)
      }
      const { headers } = await api.expect(202, 'POST', `/v2/${name}/blobs/uploads/?mount=${wrong}&from=${other}`)
      await api.expect(204, 'DELETE', next(headers))
      await api.expect(202, 'DELETE', `/v2/${other}/blobs/${digest}`)
    })

    test('an upload that is given up is gone', async () => {
      const location = next(await chunk(await begin(), 0, middle))
      await api.expect(204, 'DELETE', location)
      for (const method of ['GET', 'DELETE']) await api.expect(404, method, location)
      await api.expect(404, 'PUT', withDigest(location, digest), { body: bytes })
    })

    test('ranges of a blob', async () => {
      await api.pushBlob(name, bytes, digest)
      for (const [header, start, end] of [
        ['bytes=500-1499', 500, 1499],
        ['bytes=500-', 500, 2047],
        ['bytes=-500', 1548, 2047],
        ['bytes=2000-5000', 2000, 2047],
      ] as const) {
        const answer = await api.expect(206, 'GET', blob, { headers: { range: header } })
        assert.equal(answer.headers.get('content-length'), String(end - start + 1))
        assert.equal(answer.headers.get('content-range'), `bytes ${start}-${end}/2048`)
        assert.deepEqual(answer.bytes, bytes.subarray(start, end + 1))
      }
      for (const header of ['bytes=500-0', 'bytes=5000-10000']) await api.expect(416, 'GET', blob, { headers: { range: header } })
      await checkStored()
    })

    test('a blob without bytes, and an empty object', async () => {
      for (const small of [Buffer.alloc(0), Buffer.from('{}')]) {
        const each = digestOf(small, algorithm)
        await api.expect(201, 'PUT', withDigest(await begin(), each), { body: small })
        await checkStored([each])
      }
    })

    test('content of another digest is refused in every way of sending, and not there', async () => {
      const bad = digestOf(Buffer.from('other'), algorithm)
      const body = Buffer.from(bytes)
      await api.expect(400, 'POST', withDigest(`/v2/${name}/blobs/uploads/`, bad), { body })
      await api.expect(400, 'PUT', withDigest(await begin(), bad), { body })
      await api.expect(400, 'PUT', withDigest(next(await chunk(await begin(), 0, bytes.length)), bad))
      const last = { headers: range(middle, bytes.length), body: bytes.subarray(middle) }
      await api.expect(400, 'PUT', withDigest(next(await chunk(await begin(), 0, middle)), bad), last)
      const stream = await api.expect(202, 'PATCH', await begin(), { body: new Blob([body as Uint8Array<ArrayBuffer>]).stream() })
      await api.expect(400, 'PUT', withDigest(next(stream.headers), bad))
      await api.expect(404, 'GET', `/v2/${name}/blobs/${bad}`)
      const layout = join(directory, name)
      assert.deepEqual(
        readdirSync(layout).filter(each => each.startsWith('.peel')),
        [],
      )
    })

    for (const set of conformanceSets(algorithm)) {
      test(`data set: ${set.name}`, async () => {
        for (const [each, content] of set.blobs) await api.pushBlob(name, content, each)
        for (const { descriptor, raw, tags, subject } of set.manifests) {
          for (const reference of [descriptor.digest, ...(algorithm === 'sha256' ? tags : [])]) {
            const headers = await api.pushManifest(name, reference, descriptor.mediaType, raw)
            assert.equal(headers.get('docker-content-digest'), descriptor.digest)
            assert.equal(headers.get('oci-subject'), subject ?? null)
          }
          if (algorithm === 'sha512' && tags.length > 0) {
            const named = `${descriptor.digest}?${tags.map(tag => `tag=${tag}`).join('&')}`
            const headers = await api.pushManifest(name, named, descriptor.mediaType, raw)
            assert.equal(headers.get('oci-tag'), tags.join(', '))
          }
        }
        const tags = await checkPulls(api, name, set)
        for (const tag of tags) {
          await api.expect(202, 'DELETE', `/v2/${name}/manifests/${tag}`)
          await api.expect(404, 'HEAD', `/v2/${name}/manifests/${tag}`)
        }
        for (const { descriptor } of [...set.manifests].reverse()) {
          // The manifest outlives its tags.
          await api.expect(202, 'DELETE', `/v2/${name}/manifests/${descriptor.digest}`)
          await api.expect(404, 'HEAD', `/v2/${name}/manifests/${descriptor.digest}`)
        }
        for (const each of set.blobs.keys()) {
          await api.expect(202, 'DELETE', `/v2/${name}/blobs/${each}`)
          await api.expect(404, 'HEAD', `/v2/${name}/blobs/${each}`)
        }
        const index = JSON.parse(readFileSync(join(directory, name, 'index.json'), 'utf8'))
        assert.deepEqual(index.manifests, [])
        assert.deepEqual(readdirSync(join(directory, name, 'blobs', algorithm)), [])
      })
    }

    test('data set: bad digest image', async () => {
      const [set] = conformanceSets(algorithm)
      const [manifest] = set?.manifests ?? []
      assert.ok(manifest)
      const other = digestOf(Buffer.from('other'), algorithm)
      const headers = { 'content-type': manifest.descriptor.mediaType }
      await api.expect(400, 'PUT', `/v2/${name}/manifests/${other}`, { headers, body: manifest.raw })
      await api.expect(404, 'GET', `/v2/${name}/manifests/${other}`)
      const missing = await api.expect(404, 'PUT', `/v2/${name}/manifests/x`, { headers, body: manifest.raw })
      assert.match(String(missing.bytes), /MANIFEST_BLOB_UNKNOWN/)
    })
  })
}

describe('conformance of a registry that is only read', () => {
  const directory = mkdtempSync(join(temporaryDirectory(), 'peel-conformance-'))
  const sets = conformanceSets('sha256')
  const nameOf = (set: ConformanceSet) => set.name.replaceAll(' ', '-')
  after(() => rmSync(directory, { recursive: true }))

  test('without --allow-delete a push is taken and nothing is deleted', async context => {
    const api = await serveDirectory(context, directory, { allowDelete: false })
    for (const set of sets) {
      const name = nameOf(set)
      for (const [each, content] of set.blobs) await api.pushBlob(name, content, each)
      for (const { descriptor, raw, tags } of set.manifests)
        for (const reference of [descriptor.digest, ...tags]) await api.pushManifest(name, reference, descriptor.mediaType, raw)
      for (const { descriptor, tags } of set.manifests)
        for (const reference of [...tags, descriptor.digest])
          await api.expect(405, 'DELETE', `/v2/${name}/manifests/${reference}`)
      for (const each of set.blobs.keys()) await api.expect(405, 'DELETE', `/v2/${name}/blobs/${each}`)
      await checkPulls(api, name, set)
    }
  })

  test('the layouts that pushes made answer the same when they are served to be read, and after a restart for pushes', async context => {
    const read = await serveDirectory(context, directory, { writable: false })
    const again = await serveDirectory(context, directory)
    for (const set of sets) {
      await checkPulls(again, nameOf(set), set)
      if (set.manifests.every(({ tags }) => tags.length === 0)) continue
      await checkPulls(read, nameOf(set), set)
    }
    for (const [method, path] of [
      ['POST', 'blobs/uploads/'],
      ['PATCH', 'blobs/uploads/x'],
      ['PUT', 'manifests/x'],
      ['DELETE', 'manifests/image'],
      ['DELETE', `blobs/${wrong}`],
    ] as const) {
      const { bytes: body } = await read.expect(403, method, `/v2/image/${path}`)
      assert.match(String(body), /DENIED/)
    }
  })
})

/** Tags in order and by halves, manifests by every name and byte for byte, referrers by subject and by type. Gives the tags. */
async function checkPulls(api: RegistryApi, name: string, set: ConformanceSet): Promise<readonly string[]> {
  const json = async (path: string) => JSON.parse(String((await api.expect(200, 'GET', `/v2/${name}/${path}`)).bytes))
  const tags = set.manifests.flatMap(manifest => manifest.tags).sort()
  assert.deepEqual(await json('tags/list'), { name, tags })
  if (tags.length > 1) {
    const half = tags.slice(tags.length / 2)
    assert.deepEqual((await json(`tags/list?last=${tags[tags.length / 2 - 1]}`)).tags, half)
    const none = await api.expect(200, 'GET', `/v2/${name}/tags/list?n=0`)
    assert.deepEqual([JSON.parse(String(none.bytes)).tags, none.headers.get('link')], [[], null])
  }
  for (const { descriptor, raw, tags: names } of set.manifests) {
    for (const reference of [descriptor.digest, ...names]) {
      const path = `/v2/${name}/manifests/${reference}`
      const head = await api.expect(200, 'HEAD', path)
      assert.equal(head.headers.get('docker-content-digest'), descriptor.digest)
      assert.equal(head.headers.get('content-length'), String(raw.length))
      const got = await api.expect(200, 'GET', path)
      assert.equal(got.headers.get('content-type'), descriptor.mediaType)
      assert.ok(got.bytes.equals(raw))
    }
  }
  for (const [digest, content] of set.blobs)
    assert.ok((await api.expect(200, 'GET', `/v2/${name}/blobs/${digest}`)).bytes.equals(content))
  for (const [subject, referrers] of set.referrers) {
    const path = `referrers/${subject}`
    assert.deepEqual(byDigest((await json(path)).manifests), byDigest(referrers))
    for (const { artifactType } of referrers) {
      const filter = `?artifactType=${encodeURIComponent(artifactType ?? '')}`
      const { headers } = await api.expect(200, 'GET', `/v2/${name}/${path}${filter}`)
      assert.equal(headers.get('oci-filters-applied'), 'artifactType')
      const matching = referrers.filter(each => each.artifactType === artifactType)
      assert.deepEqual(byDigest((await json(path + filter)).manifests), byDigest(matching))
    }
  }
  return tags
}

function byDigest<Item extends { readonly digest: string }>(items: readonly Item[]): readonly Item[] {
  return [...items].sort((a, b) => (a.digest < b.digest ? -1 : 1))
}
