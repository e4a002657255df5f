import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { digestOf } from '../../src/blob/digest.ts'
import { dockerArchive, ociArchive } from '../kit/image/archive-fixture.ts'
import { imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { type Serving, startServing } from '../kit/program/serving.ts'

const noise = Array.from({ length: 4000 }, (_, index) => (index * 7919) % 9973).join(' ')
const image = imageFixture([layerFixture({ 'etc/passwd': 'root' }), layerFixture({ 'data/noise': noise })])
const arm = imageFixture([layerFixture({ 'etc/arm': 'arm' })], { platform: { os: 'linux', architecture: 'arm64' } })
const index = indexFixture([image, arm])
const sbom = imageFixture([layerFixture({ sbom: '{}' })], {
  manifest: { artifactType: 'application/sbom', subject: image.descriptor, annotations: { made: 'by-test' } },
})
const plain = imageFixture([layerFixture({ 'etc/plain': 'plain' }, { compression: 'none' })])

/** An answer whose fields a test looks at. */
async function parsed(answer: Response): Promise<Record<string, unknown>> {
  return JSON.parse(await answer.text())
}

describe('peel serve', () => {
  let directory = ''
  let serving: Serving
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'peel-serve-'))
    writeLayout(join(directory, 'app'), { '1.0': image, '2.0': index, sbom })
    writeLayout(join(directory, 'tree/team/One'), { latest: arm })
    writeLayout(join(directory, 'tree/two'), { latest: plain })
    writeLayout(join(directory, 'untagged'), { '': plain })
    writeFileSync(join(directory, 'saved.tar'), dockerArchive({ 'registry.example/team/saved:3': image }))
    writeFileSync(join(directory, 'packed.tar.gz'), gzipSync(ociArchive({ packed: plain })))
    serving = await startServing(
      ['app', 'tree', 'untagged', 'saved.tar', 'packed.tar.gz'].map(name => join(directory, name)),
      { XDG_CACHE_HOME: join(directory, 'cache') },
    )
  })
  after(async () => {
    assert.equal(await serving.stop(), 130)
    rmSync(directory, { recursive: true })
  })

  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${serving.origin}${path}`, { headers, method })
  const json = async (path: string) => parsed(await get(path))
  const refusal = async (path: string, method = 'GET') => {
    const answer = await get(path, {}, method)
    const body = JSON.parse(await answer.text())
    return [answer.status, body.errors[0].code]
  }

  test('says where, what, and how each client pulls', () => {
    const lines = serving.stdout().split('\n')
    assert.equal(lines[0], `Serving ${serving.origin}`)
    for (const command of ['docker pull', 'podman pull --tls-verify=false', 'ctr images pull --plain-http', 'peel copy'])
      assert.ok(
        lines.some(line => line.startsWith(`  ${command} ${serving.host}/app:1.0`)),
        command,
      )
    assert.ok(lines.some(line => line.includes(`skopeo copy --src-tls-verify=false docker://${serving.host}/app:1.0`)))
  })

  test('has a repository for each layout, each name in an archive and each layout of a tree', async () => {
    assert.deepEqual(await json('/v2/_catalog'), {
      repositories: ['app', 'packed', 'team/one', 'team/saved', 'two', 'untagged'],
    })
    assert.deepEqual(await json('/v2/app/tags/list'), { name: 'app', tags: ['1.0', '2.0', 'sbom'] })
    const page = await get('/v2/app/tags/list?n=2')
    assert.deepEqual(await page.json(), { name: 'app', tags: ['1.0', '2.0'] })
    assert.equal(page.headers.get('link'), '</v2/app/tags/list?n=2&last=2.0>; rel="next"')
    assert.deepEqual(await json('/v2/untagged/tags/list'), { name: 'untagged', tags: [] })
  })

  test('gives manifests by tag and by digest, byte for byte, with the headers clients rely on', async () => {
    const { digest, size, mediaType } = image.descriptor
    for (const reference of ['1.0', digest]) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await get(`/v2/app/manifests/${reference}`, {}, method)
        assert.equal(answer.status, 200)
        assert.equal(answer.headers.get('docker-content-digest'), digest)
        assert.equal(answer.headers.get('content-type'), mediaType)
        assert.equal(answer.headers.get('content-length'), String(size))
        assert.equal(answer.headers.get('etag'), `"${digest}"`)
        assert.match(answer.headers.get('cache-control') ?? '', reference === digest ? /immutable/ : /no-cache/)
        const body = Buffer.from(await answer.arrayBuffer())
        assert.deepEqual(body, method === 'GET' ? image.blobs.get(digest) : Buffer.alloc(0))
      }
    }
    assert.equal((await get('/v2/app/manifests/1.0', { 'if-none-match': `"${digest}"` })).status, 304)
    assert.equal((await get(`/v2/untagged/manifests/${plain.descriptor.digest}`)).status, 200)
    // A manifest of an index is found by its digest.
    assert.equal((await get(`/v2/app/manifests/${arm.descriptor.digest}`)).status, 200)
  })

  test('gives blobs whole and in part, of layouts and from within archives', async () => {
    const [, layer] = image.layers
    const bytes = image.blobs.get(layer?.digest ?? '') ?? Buffer.alloc(0)
    const path = `/v2/app/blobs/${layer?.digest}`
    const whole = await get(path)
    assert.deepEqual(Buffer.from(await whole.arrayBuffer()), bytes)
    assert.equal(whole.headers.get('docker-content-digest'), layer?.digest)
    const head = await get(path, {}, 'HEAD')
    assert.equal(head.headers.get('content-length'), String(bytes.length))
    const part = await get(path, { range: 'bytes=100-299' })
    assert.equal(part.status, 206)
    assert.equal(part.headers.get('content-range'), `bytes 100-299/${bytes.length}`)
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(100, 300))
    const none = await get(path, { range: `bytes=${bytes.length}-` })
    assert.equal(none.status, 416)
    assert.equal(none.headers.get('content-range'), `bytes */${bytes.length}`)
    await none.arrayBuffer()
    const stored = gunzipSync(bytes)
    const saved = await get(`/v2/team/saved/blobs/${digestOf(stored)}`, { range: 'bytes=-64' })
    assert.deepEqual(Buffer.from(await saved.arrayBuffer()), stored.subarray(-64))
    const packed = plain.layers[0]?.digest ?? ''
    assert.deepEqual(Buffer.from(await (await get(`/v2/packed/blobs/${packed}`)).arrayBuffer()), plain.blobs.get(packed))
  })

  test('an image of a docker-archive has an OCI manifest of the layers as they are stored', async () => {
    const answer = await get('/v2/team/saved/manifests/3')
    const bytes = Buffer.from(await answer.arrayBuffer())
    assert.equal(answer.headers.get('docker-content-digest'), digestOf(bytes))
    const manifest = JSON.parse(bytes.toString())
    assert.equal(manifest.mediaType, 'application/vnd.oci.image.manifest.v1+json')
    assert.equal(manifest.config.mediaType, 'application/vnd.oci.image.config.v1+json')
    assert.deepEqual(
      manifest.layers.map((layer: { mediaType: string }) => layer.mediaType),
      ['application/vnd.oci.image.layer.v1.tar', 'application/vnd.oci.image.layer.v1.tar'],
    )
  })

  test('lists referrers with their type and annotations, filters them, and never answers 404', async () => {
    const answer = await get(`/v2/app/referrers/${image.descriptor.digest}`)
    assert.equal(answer.headers.get('content-type'), 'application/vnd.oci.image.index.v1+json')
    const { manifests } = await parsed(answer)
    assert.deepEqual(manifests, [
      {
        mediaType: sbom.descriptor.mediaType,
        digest: sbom.descriptor.digest,
        size: sbom.descriptor.size,
        artifactType: 'application/sbom',
        annotations: { made: 'by-test' },
      },
    ])
    const other = await get(`/v2/app/referrers/${image.descriptor.digest}?artifactType=other`)
    assert.equal(other.headers.get('oci-filters-applied'), 'artifactType')
    assert.deepEqual((await parsed(other))['manifests'], [])
    assert.deepEqual((await json(`/v2/app/referrers/${arm.descriptor.digest}`))['manifests'], [])
  })

  test('refuses as the specification says, in JSON', async () => {
    const absent = `sha256:${'0'.repeat(64)}`
    assert.deepEqual(await refusal('/v2/app/manifests/absent'), [404, 'MANIFEST_UNKNOWN'])
    assert.deepEqual(await refusal(`/v2/app/manifests/${absent}`), [404, 'MANIFEST_UNKNOWN'])
    assert.deepEqual(await refusal(`/v2/app/blobs/${absent}`), [404, 'BLOB_UNKNOWN'])
    assert.deepEqual(await refusal('/v2/app/blobs/sha256:baddigeststring'), [400, 'DIGEST_INVALID'])
    assert.deepEqual(await refusal('/v2/app/manifests/sha256:baddigeststring'), [400, 'DIGEST_INVALID'])
    assert.deepEqual(await refusal('/v2/absent/tags/list'), [404, 'NAME_UNKNOWN'])
    assert.deepEqual(await refusal('/v2/App/tags/list'), [400, 'NAME_INVALID'])
    assert.deepEqual(await refusal('/elsewhere'), [404, 'UNSUPPORTED'])
    assert.deepEqual(await refusal('/v2/app/blobs/uploads/', 'POST'), [403, 'DENIED'])
    assert.deepEqual(await refusal('/v2/app/manifests/1.0', 'PUT'), [403, 'DENIED'])
    assert.deepEqual(await refusal('/v2/app/manifests/1.0', 'DELETE'), [403, 'DENIED'])
    assert.deepEqual(await refusal('/v2/', 'OPTIONS'), [405, 'UNSUPPORTED'])
    // Nothing outside of the layout can be named.
    assert.deepEqual(await refusal('/v2/app/manifests/..%2f..%2findex.json'), [404, 'UNSUPPORTED'])
  })

  test('on loopback a page under another name is not answered', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${serving.origin}/v2/_catalog`, { headers: { host: 'evil.example' } }, answer => {
        answer.resume()
        resolve(answer.statusCode)
      })
      asked.on('error', reject).end()
    })
    assert.equal(status, 403)
  })

  test('peel copies an index from it: every blob byte for byte', async () => {
    const copy = join(directory, 'copy')
    const { status, stderr } = await peel(['copy', '--all', `${serving.host}/app:2.0`, `oci:${copy}:2.0`, '--no-cache'])
    assert.equal(status, 0, stderr)
    for (const [digest, bytes] of index.blobs) assert.deepEqual(readFileSync(join(copy, 'blobs', ...digest.split(':'))), bytes)
    assert.match(serving.stderr(), /127\.0\.0\.1 {2}GET \/v2\/app\/manifests\/2\.0 {2}200/)
  })

  peerTest('skopeo copies every repository from it, a docker-archive too', ['skopeo'], async () => {
    for (const [name, fixture] of [
      ['app:1.0', image],
      ['team/one:latest', arm],
      ['packed:packed', plain],
    ] as const) {
      const out = join(directory, `out-${name.replace(/\W/g, '-')}`)
      mkdirSync(out)
      run('skopeo', [
        '--override-arch',
        fixture === arm ? 'arm64' : 'amd64',
        'copy',
        '--preserve-digests',
        '--src-tls-verify=false',
        `docker://${serving.host}/${name}`,
        `oci:${out}:x`,
      ])
      for (const [digest, bytes] of fixture.blobs) assert.deepEqual(readFileSync(join(out, 'blobs', ...digest.split(':'))), bytes)
    }
    run('skopeo', [
      'copy',
      '--src-tls-verify=false',
      `docker://${serving.host}/team/saved:3`,
      `oci:${join(directory, 'saved')}:x`,
    ])
    assert.equal((await peel(['verify', join(directory, 'saved')])).status, 0)
  })
})

describe('peel serve, started otherwise', () => {
  const directory = mkdtempSync(join(tmpdir(), 'peel-serve-'))
  const layout = writeLayout(join(directory, 'app'), { '1.0': image, '2.0': arm })
  after(() => rmSync(directory, { recursive: true }))

  test('serves one image of a layout under the name it is told', async () => {
    const serving = await startServing([`${layout}:1.0`, '--name', 'Team/It'])
    try {
      assert.deepEqual(await (await fetch(`${serving.origin}/v2/team/it/tags/list`)).json(), { name: 'team/it', tags: ['1.0'] })
      const other = await fetch(`${serving.origin}/v2/team/it/manifests/${arm.descriptor.digest}`)
      assert.equal(other.status, 404)
    } finally {
      assert.equal(await serving.stop(), 130)
    }
  })

  test('asks for a login where one is set', async () => {
    const serving = await startServing([layout], { PEEL_SERVE_USER: 'user', PEEL_SERVE_PASSWORD: 'pass' })
    try {
      const ask = (login?: string) =>
        fetch(`${serving.origin}/v2/`, {
          headers: login === undefined ? {} : { authorization: `Basic ${Buffer.from(login).toString('base64')}` },
        })
      const refused = await ask()
      assert.equal(refused.status, 401)
      assert.equal(refused.headers.get('www-authenticate'), 'Basic realm="peel"')
      assert.equal((await ask('user:wrong')).status, 401)
      // The body that a stranger sends is not read to its end.
      const sent = await fetch(`${serving.origin}/v2/app/blobs/uploads/`, { method: 'POST', body: 'x' })
      assert.deepEqual([sent.status, sent.headers.get('connection')], [401, 'close'])
      assert.equal((await ask('user:pass')).status, 200)
    } finally {
      await serving.stop()
    }
  })

  test('refuses to leave loopback without being told to, a login and TLS', async () => {
    const ask = async (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
      const { status, stderr } = await peel(['serve', layout, '--listen', '0.0.0.0:0', ...args], { env })
      assert.equal(status, 2)
      return stderr
    }
    assert.match(await ask([]), /not loopback/)
    assert.match(await ask(['--expose']), /needs a login/)
    assert.match(await ask(['--expose'], { PEEL_SERVE_USER: 'u', PEEL_SERVE_PASSWORD: 'p' }), /in the clear/)
  })

  test('says what cannot be served', async () => {
    const remote = await peel(['serve', 'docker://registry.example/app:1'])
    assert.equal(remote.status, 3)
    assert.match(remote.stderr, /does not lie on this machine/)
    assert.equal((await peel(['serve', join(directory, 'absent')])).status, 3)
    assert.equal((await peel(['serve', layout, '--listen', 'x:y'])).status, 2)
  })
})
