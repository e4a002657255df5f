import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { dockerArchive } from '../kit/image/archive-fixture.ts'
import { imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { onSmallDisk, scratch } from '../kit/image/local-image.ts'
import { noise } from '../kit/noise.ts'
import { peerTest } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { startServing } from '../kit/program/serving.ts'
import { RegistryApi, withDigest } from '../kit/registry/registry-api.ts'
import { serveDirectory } from '../kit/registry/served-directory.ts'
import { killServers } from './killed-servers.ts'

const image = (content: string) => imageFixture([layerFixture({ base: 'shared' }), layerFixture({ content })])
const tagsOf = async (api: RegistryApi, name: string) =>
  JSON.parse(String((await api.expect(200, 'GET', `/v2/${name}/tags/list`)).bytes)).tags
const leftovers = (directory: string) => readdirSync(directory).filter(name => name.startsWith('.peel'))

describe('peel serve --writable', () => {
  test('two servers and many clients push to one repository at once: every tag is there and whole', async context => {
    const directory = scratch(context)
    const servers = [await serveDirectory(context, directory), await serveDirectory(context, directory)]
    const images = Array.from({ length: 12 }, (_, at) => image(`image ${at}`))
    await Promise.all(
      images.map((each, at) =>
        (servers[at % 2] ?? assert.fail()).pushImage('team/app', `tag-${String(at).padStart(2, '0')}`, each),
      ),
    )
    // All want the same tag: one of them has it, and the others are still there under their digests.
    await Promise.all(images.map((each, at) => (servers[at % 2] ?? assert.fail()).pushImage('team/app', 'latest', each)))
    for (const api of servers) {
      const tags = images.map((_, at) => `tag-${String(at).padStart(2, '0')}`)
      assert.deepEqual(await tagsOf(api, 'team/app'), ['latest', ...tags])
      for (const { descriptor } of images) await api.expect(200, 'GET', `/v2/team/app/manifests/${descriptor.digest}`)
    }
    const layout = join(directory, 'team/app')
    assert.equal((await peel(['verify', `oci:${layout}:latest`])).status, 0)
    assert.deepEqual([...leftovers(directory), ...leftovers(layout)], [])
  })

  test('a tag that moves leaves its image under its digest; what an index has needs no entry of its own', async context => {
    const directory = scratch(context)
    const api = await serveDirectory(context, directory)
    const [first, second] = [image('first'), image('second')]
    const index = indexFixture([first, second])
    const entries = () =>
      JSON.parse(readFileSync(join(directory, 'app/index.json'), 'utf8')).manifests.map(
        ({ digest, annotations = {} }: { digest: string; annotations?: Record<string, string> }) => [
          digest,
          annotations['org.opencontainers.image.ref.name'],
        ],
      )
    await api.pushImage('app', 'latest', first)
    await api.pushImage('app', 'latest', second)
    assert.deepEqual(entries(), [
      [first.descriptor.digest, undefined],
      [second.descriptor.digest, 'latest'],
    ])
    await api.pushImage('app', 'all', index)
    assert.deepEqual(entries(), [
      [second.descriptor.digest, 'latest'],
      [index.descriptor.digest, 'all'],
    ])
    // An image that an index needs is not deleted before the index is; then it stands for itself again.
    await api.expect(403, 'DELETE', `/v2/app/manifests/${first.descriptor.digest}`)
    const [layer] = first.layers
    await api.expect(403, 'DELETE', `/v2/app/blobs/${layer?.digest}`)
    await api.expect(202, 'DELETE', `/v2/app/manifests/${index.descriptor.digest}`)
    assert.deepEqual(entries(), [
      [second.descriptor.digest, 'latest'],
      [first.descriptor.digest, undefined],
    ])
    await api.expect(202, 'DELETE', '/v2/app/manifests/latest')
    await api.expect(200, 'GET', `/v2/app/manifests/${second.descriptor.digest}`)
    await api.expect(404, 'GET', '/v2/app/manifests/latest')
  })

  test('what peel writes into a served layout is answered at once, and nothing of index.json is lost', async context => {
    const directory = scratch(context)
    const source = writeLayout(join(directory, 'source'), { other: image('other') })
    const api = await serveDirectory(context, join(directory, 'served'))
    await api.pushImage('app', 'pushed', image('pushed'))
    const layout = join(directory, 'served/app')
    const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'))
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ ...index, annotations: { kept: 'yes' } }))
    assert.equal((await peel(['copy', `oci:${source}:other`, `oci:${layout}:copied`])).status, 0)
    assert.equal((await peel(['copy', `oci:${source}:other`, `oci:${join(directory, 'served/new')}:made`])).status, 0)
    assert.deepEqual(await tagsOf(api, 'app'), ['copied', 'pushed'])
    assert.deepEqual(await tagsOf(api, 'new'), ['made'])
    await api.pushImage('app', 'more', image('more'))
    assert.deepEqual(await tagsOf(api, 'app'), ['copied', 'more', 'pushed'])
    assert.deepEqual(JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).annotations, { kept: 'yes' })
  })

  test('referrers of a fallback tag are listed, and pushed ones keep the tag of others', async context => {
    const directory = scratch(context)
    const api = await serveDirectory(context, directory)
    const subject = image('subject')
    const referring = (type: string) =>
      imageFixture([layerFixture({ [type]: '' })], { manifest: { artifactType: type, subject: subject.descriptor } })
    const [old, added] = [referring('application/old'), referring('application/new')]
    await api.pushImage('app', 'app', subject)
    await api.pushImage('app', subject.descriptor.digest.replace(':', '-'), indexFixture([old]))
    await api.pushImage('app', added.descriptor.digest, added)
    const { bytes } = await api.expect(200, 'GET', `/v2/app/referrers/${subject.descriptor.digest}`)
    const types = JSON.parse(String(bytes)).manifests.map((each: { artifactType: string }) => each.artifactType)
    assert.deepEqual(types.sort(), ['application/new', 'application/old'])
  })

  test('names and requests that would lead elsewhere are refused', async context => {
    const directory = scratch(context)
    const served = join(directory, 'served')
    mkdirSync(served)
    mkdirSync(join(directory, 'outside'))
    symlinkSync(join(directory, 'outside'), join(served, 'link'))
    const api = await serveDirectory(context, served)
    const content = noise(100)
    const push = async (name: string) =>
      api.expect([201, 400, 403, 404], 'POST', withDigest(`/v2/${name}/blobs/uploads/`, digestOf(content)), { body: content })
    assert.equal((await push('link')).status, 403)
    assert.equal((await push('link/below')).status, 403)
    assert.equal((await push('app/blobs/x')).status, 400)
    assert.deepEqual(readdirSync(join(directory, 'outside')), [])
    assert.equal((await push('app')).status, 201)
    // A page in a browser says where it is from.
    const headers = { origin: 'http://evil.example' }
    await api.expect(403, 'POST', '/v2/app/blobs/uploads/', { headers })
    // A layer of another size, a document that is none, one that is too large.
    const json = (value: unknown) => ({
      headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      body: Buffer.from(JSON.stringify(value)),
    })
    const blob = { mediaType: 'application/octet-stream', digest: digestOf(content), size: 99 }
    const put = (status: number, value: unknown) => api.expect(status, 'PUT', '/v2/app/manifests/x', json(value))
    assert.match(String((await put(400, { schemaVersion: 2, config: blob, layers: [] })).bytes), /SIZE_INVALID/)
    assert.match(String((await put(400, { schemaVersion: 2, config: 'none' })).bytes), /MANIFEST_INVALID/)
    assert.match(String((await put(400, { mediaType: 'other', config: { ...blob, size: 100 } })).bytes), /MANIFEST_INVALID/)
    await put(413, { schemaVersion: 2, config: blob, layers: [], text: 'x'.repeat(5_000_000) })
    await api.expect(404, 'GET', '/v2/app/manifests/x')
  })

  test('a layout takes pushes under its own name only, an archive none', async context => {
    const directory = scratch(context)
    const layout = writeLayout(join(directory, 'app'), { one: image('one') })
    const archive = join(directory, 'saved.tar')
    writeFileSync(archive, dockerArchive({ 'saved:1': image('saved') }))
    const serving = await startServing([layout, archive, '--writable'])
    try {
      assert.match(serving.stdout(), /docker push .*\nPushes|Pushes are taken/)
      const api = new RegistryApi(serving.origin)
      await api.pushImage('app', 'two', image('two'))
      assert.deepEqual(await tagsOf(api, 'app'), ['one', 'two'])
      await api.expect(404, 'POST', '/v2/other/blobs/uploads/')
      await api.expect(403, 'POST', '/v2/saved/blobs/uploads/')
      await api.expect(200, 'GET', '/v2/saved/manifests/1')
      await api.expect(405, 'DELETE', '/v2/app/manifests/one')
    } finally {
      assert.equal(await serving.stop(), 130)
    }
    assert.equal((await peel(['serve', layout, '--allow-delete'])).status, 2)
  })

  peerTest(
    'a full disk refuses the push, leaves nothing of it, and what was there stays',
    [],
    context =>
      onSmallDisk(context, '2m', async directory => {
        const api = await serveDirectory(context, directory)
        const before = image('before')
        await api.pushImage('app', 'before', before)
        const large = noise(4_000_000)
        const location = await api.startUpload('app')
        await api.expect(507, 'PUT', withDigest(location, digestOf(large)), { body: large })
        await api.expect(507, 'POST', withDigest('/v2/app/blobs/uploads/', digestOf(large)), { body: large })
        assert.deepEqual(leftovers(join(directory, 'app')), [])
        await api.expect(404, 'HEAD', `/v2/app/blobs/${digestOf(large)}`)
        await api.pushImage('app', 'after', image('after'))
        assert.deepEqual(await tagsOf(api, 'app'), ['after', 'before'])
      }),
    { root: true },
  )

  test('kill -9 at ten moments of pushes: nothing that was acknowledged is lost, nothing is there in part', async context => {
    await killServers(scratch(context), 10)
  })
})
