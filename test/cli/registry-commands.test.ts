import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { startTokenService } from '../kit/registry/token-service.ts'

const image = imageFixture([layerFixture({ 'etc/passwd': 'root' }), layerFixture({ 'etc/issue': 'hello' })], {
  platform: { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' },
})
const other = imageFixture([layerFixture({ 'etc/other': 'other' })], { platform: { os: 'linux', architecture: 's390x' } })
const index = indexFixture([image, other])
const sbom = imageFixture([layerFixture({ sbom: '{}' })], {
  manifest: { artifactType: 'application/sbom', subject: index.descriptor },
})

describe('commands on registries', () => {
  let registry: TestRegistry
  let directory = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'peel-commands-'))
    registry = await TestRegistry.start({ referrers: 'api', lax: true })
    for (const tag of ['1.10', '1.9', 'latest']) registry.store.add('team/app', tag, index)
    registry.store.add('team/app', 'sbom', sbom)
  })
  after(async () => {
    await registry.close()
    rmSync(directory, { recursive: true })
  })

  const run = (...args: string[]) =>
    peel(args, { env: { XDG_CACHE_HOME: join(directory, 'cache'), HOME: directory, REGISTRY_AUTH_FILE: '' } })
  const counted = async (...args: string[]) => {
    const start = registry.seen.length
    const result = await run(...args)
    // The probe for TLS is no request: the server sees no HTTP in it.
    return { ...result, requests: registry.log.slice(start) }
  }

  test('tags, sorted as people count', async () => {
    const { stdout, status } = await run('tags', `${registry.host}/team/app`)
    assert.equal(status, 0)
    assert.equal(stdout, '1.9\n1.10\nlatest\nsbom\n')
    const json = JSON.parse((await run('tags', '--json', `${registry.host}/team/app`)).stdout)
    assert.deepEqual(json, { repository: `${registry.host}/team/app`, tags: ['1.9', '1.10', 'latest', 'sbom'] })
    const { status: wrong, stderr } = await run('tags', registry.host)
    assert.equal(wrong, 2)
    assert.match(stderr, /it is a registry\n.*peel catalog 127/)
  })

  test('tags of a layout, which no registry is asked for', async () => {
    const layout = writeLayout(join(directory, 'layout'), {
      1.9: imageFixture([layerFixture({ a: '1' })]),
      latest: imageFixture([layerFixture({ b: '1' })]),
    })
    const { stdout, requests } = await counted('tags', `oci:${layout}`)
    assert.deepEqual(stdout.trim().split('\n').sort(), ['1.9', 'latest'])
    assert.deepEqual(requests, [])
    assert.deepEqual(JSON.parse((await run('tags', '--json', layout)).stdout).tags.sort(), ['1.9', 'latest'])
  })

  test('catalog', async () => {
    assert.equal((await run('catalog', registry.host)).stdout, 'team/app\n')
    assert.equal((await run('catalog', `${registry.host}/team`)).status, 2)
  })

  test('names that a registry lists reach no output as they are', async () => {
    const evil = 'a\u001b[31m\u009b31m\u202e\n::error::x'
    const body = JSON.stringify({ repositories: [evil], tags: [evil] })
    for (const words of [
      ['catalog', registry.host],
      ['tags', `${registry.host}/team/app`],
    ]) {
      // The list, and the same again where it is asked how it goes on.
      registry.once(/_catalog|tags\/list/, ...Array(2).fill({ type: 'status', status: 200, body }))
      const { stdout } = await run(...words)
      assert.equal(stdout, 'a\\e[31m\\x9b31m\\u{202e}\\n::error::x\n')
    }
  })

  test('a squash says what goes on naming the old digest, in the registry and in a layout', async () => {
    const { status, stderr } = await run(
      'squash',
      `${registry.host}/team/app:1.9`,
      '--dry-run',
      '--platform',
      'linux/s390x',
      '--set',
      'user=1',
    )
    assert.equal(status, 0, stderr)
    assert.match(stderr, /warning: 1 referrer in the registry names the old digest: [^\n]*sbom/i)
    const about = imageFixture([layerFixture({ sbom: '{}' })], {
      manifest: { artifactType: 'application/sbom', subject: image.descriptor },
    })
    const layout = writeLayout(join(directory, 'about'), { app: image, about })
    const local = await run('squash', `oci:${layout}:app`, '--dry-run')
    assert.match(local.stderr, /warning: 1 referrer here names the old digest: [^\n]*sbom/i)
    assert.doesNotMatch((await run('squash', `oci:${layout}:app`, '--dry-run', '--layers', '1')).stderr, /old digest/)
  })

  test('referrers of what was named', async () => {
    const { stdout } = await run('referrers', '--json', `${registry.host}/team/app:1.9`)
    const { subject, referrers } = JSON.parse(stdout)
    assert.equal(subject.digest, index.descriptor.digest)
    assert.deepEqual(
      referrers.map((each: { digest: string; artifactType: string; via: string }) => [each.digest, each.artifactType, each.via]),
      [[sbom.descriptor.digest, 'application/sbom', 'api']],
    )
  })

  test('referrers tell what the registry warns of, once', async () => {
    const warning = (text: string) => ({ type: 'headers', headers: { warning: `299 - "${text}"` } }) as const
    registry.misbehave = ({ path }) => warning(path.includes('/referrers/') ? 'referrers end soon' : 'all ends soon')
    try {
      const { stderr } = await run('referrers', `${registry.host}/team/app:1.9`)
      assert.deepEqual(stderr.match(/(?:all|referrers) ends? soon/g), ['all ends soon', 'referrers end soon'])
    } finally {
      registry.misbehave = () => undefined
    }
  })

  test('opening costs few requests, and the second time no blob', async () => {
    const first = await counted('inspect', `${registry.host}/team/app:1.9`)
    assert.equal(first.status, 0, first.stderr)
    assert.ok(first.requests.length <= 4, first.requests.join('\n'))
    assert.ok(!first.requests.some(line => image.layers.some(layer => line.includes(layer.digest))))
    const second = await counted('inspect', `${registry.host}/team/app:1.9`)
    assert.deepEqual(second.requests, ['HEAD /v2/team/app/manifests/1.9'])
    assert.equal((await run('ls', `${registry.host}/team/app:1.9`)).stdout, 'etc\netc/issue\netc/passwd\n')
    const third = await counted('ls', `${registry.host}/team/app:1.9`)
    assert.deepEqual(third.requests, ['HEAD /v2/team/app/manifests/1.9'])
  })

  test('copies an image, a whole index, and never over a tag without being told', async () => {
    const from = `${registry.host}/team/app:1.9`
    const one = await run('copy', '--json', from, `docker://${registry.host}/copy/one:1`)
    assert.equal(one.status, 0, one.stderr)
    const { result, layers, verified } = JSON.parse(one.stdout)
    assert.equal(result.digest, image.descriptor.digest)
    assert.equal(layers.length, 2)
    assert.equal(verified, true)
    assert.equal(registry.store.find('copy/one', '1')?.digest, image.descriptor.digest)
    // On one registry nothing is sent that it can mount.
    assert.ok(!registry.log.some(line => /^(PUT|PATCH) .*uploads/.test(line)))
    const taken = await run('copy', '--all', from, `docker://${registry.host}/copy/one:1`)
    assert.equal(taken.status, 3)
    assert.match(taken.stderr, /the tag is taken/)
    assert.equal((await run('copy', '--all', '--force', from, `docker://${registry.host}/copy/one:1`)).status, 0)
    assert.equal(registry.store.find('copy/one', '1')?.digest, index.descriptor.digest)
    const layout = join(directory, 'layout')
    assert.equal((await run('copy', '--platform', 'linux/s390x', from, `oci:${layout}:x`)).status, 0)
    assert.equal(JSON.parse((await run('inspect', '--json', `oci:${layout}:x`)).stdout).digest, other.descriptor.digest)
  })

  test('errors teach, in words and in JSON', async () => {
    const unknown = await run('inspect', '--json', `${registry.host}/team/none:1`)
    assert.equal(unknown.status, 3)
    const { error } = JSON.parse(unknown.stdout)
    assert.equal(error.code, 'NAME_UNKNOWN')
    assert.match(error.hint, /peel catalog/)
    const nobody = await run('inspect', 'nobody.invalid/app:1')
    assert.equal(nobody.status, 3)
    assert.match(nobody.stderr, /^peel: Cannot pull nobody\.invalid\/app:1: /)
    const refused = await run('inspect', '127.0.0.1:1/app:1')
    assert.match(refused.stderr, /nothing listens at 127\.0\.0\.1:1/)
  })

  test('a password reaches no output', async () => {
    const tokens = await startTokenService()
    const guarded = await TestRegistry.start({ tokens })
    const auths = { [guarded.host]: { auth: Buffer.from('user:wr0ngpassword').toString('base64') } }
    const env = { HOME: directory, DOCKER_AUTH_CONFIG: JSON.stringify({ auths }), REGISTRY_AUTH_FILE: '' }
    const { stdout, stderr, status } = await peel(['inspect', '--json', '--verbose', `${guarded.host}/team/app:1`], { env })
    assert.equal(status, 3)
    assert.match(stderr, /refused the credentials from DOCKER_AUTH_CONFIG/)
    assert.doesNotMatch(stdout + stderr, /wr0ngpassword|dXNlcjp3cjBuZ3Bhc3N3b3Jk/)
    await guarded.close()
    await tokens.close()
  })
})
