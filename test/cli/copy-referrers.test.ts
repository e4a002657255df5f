import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { MANIFEST_DIGEST, SOCI_V2 } from '../../src/artifact/soci/soci-index.ts'
import { artifactFixture } from '../kit/image/artifact-fixture.ts'
import { attestationFixture, documentFixture } from '../kit/image/attestation-fixture.ts'
import { imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const image = imageFixture([layerFixture({ a: 'one' })])
const two = imageFixture([layerFixture({ a: 'two' })])
const sbom = artifactFixture([{ type: 'application/spdx+json', bytes: '{"spdxVersion":"SPDX-2.3"}' }], {
  artifactType: 'application/spdx+json',
  subject: image,
})
/** A signature on the SBOM. */
const signature = artifactFixture([{ type: 'application/jose+json', bytes: '{}' }], {
  artifactType: 'application/vnd.cncf.notary.signature',
  subject: sbom,
})
const cosign = documentFixture('application/vnd.dev.cosign.simplesigning.v1+json', '{"critical":{}}')
const cosignTag = `${image.descriptor.digest.replace(':', '-')}.sig`

describe('copy --referrers and --tags', () => {
  let from: TestRegistry
  let to: TestRegistry
  let directory = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'peel-copy-referrers-'))
    ;[from, to] = await Promise.all([
      TestRegistry.start({ referrers: 'api', subjectHeader: true }),
      TestRegistry.start({ referrers: 'missing' }),
    ])
    from.store.add('app', '1.0', image)
    from.store.add('app', '1.1', two)
    from.store.add(
      'app',
      '2.0',
      indexFixture([image, { ...two, descriptor: { ...two.descriptor, platform: { os: 'linux', architecture: 'arm64' } } }]),
    )
    for (const [index, fixture] of [sbom, signature].entries()) from.store.add('app', `x${index}`, fixture)
    from.store.add('app', cosignTag, cosign)
  })
  after(async () => {
    await Promise.all([from.close(), to.close()])
    rmSync(directory, { recursive: true })
  })
  const env = () => ({ XDG_CACHE_HOME: join(directory, 'cache'), HOME: directory, REGISTRY_AUTH_FILE: '' })
  const run = (...args: string[]) => peel(args, { env: env() })

  test('into a registry without the API: all that names the image, what names that, and cosign’s tag', async () => {
    const copied = await run('copy', `${from.host}/app:1.0`, `docker://${to.host}/app:1.0`, '--referrers')
    assert.equal(copied.status, 0, copied.stderr)
    assert.equal(copied.stderr, '')
    const { manifests, tags } = to.store.repository('app')
    for (const each of [image, sbom, signature, cosign]) assert.ok(manifests.has(each.descriptor.digest))
    assert.equal(tags.get(cosignTag), cosign.descriptor.digest)
    const listed = await run('referrers', `${to.host}/app:1.0`, '--json')
    assert.deepEqual(
      JSON.parse(listed.stdout).referrers.map((each: { digest: string; via: string }) => [each.digest, each.via]),
      [
        [sbom.descriptor.digest, 'fallback-tag'],
        [cosign.descriptor.digest, 'cosign-tag'],
      ],
    )
  })

  test('into a layout and back; the layout lists them by their kind', async () => {
    const layout = join(directory, 'layout')
    const copied = await run('copy', `${from.host}/app:1.0`, `oci:${layout}:app`, '--referrers')
    assert.equal(copied.status, 0, copied.stderr)
    const listed = await run('referrers', `oci:${layout}:app`, '--json')
    assert.deepEqual(
      JSON.parse(listed.stdout).referrers.map((each: { artifactType: string }) => each.artifactType),
      ['application/spdx+json'],
    )
    const back = await run('copy', `oci:${layout}:app`, `docker://${to.host}/back:1`, '--referrers')
    assert.equal(back.status, 0, back.stderr)
    assert.ok(to.store.repository('back').manifests.has(signature.descriptor.digest))
  })

  test('what is left behind is named, and what has no room for it too', async () => {
    const left = await run('copy', `${from.host}/app:1.0`, `oci:${join(directory, 'alone')}:app`)
    assert.match(left.stderr, /referrers are left behind \(.*SBOM \(SPDX\).*\): --referrers takes them along/)
    const start = from.seen.length
    await run('copy', `${from.host}/app:2.0`, `oci:${join(directory, 'index')}:app`, '--all')
    const looks = from.log.slice(start).filter(line => /\/referrers\/|sha256-/.test(line))
    assert.ok(looks.length <= 4, looks.join('\n'))
    const archive = await run('copy', `${from.host}/app:1.0`, `oci-archive:${join(directory, 'a.tar')}`, '--referrers')
    assert.equal(archive.status, 0)
    assert.match(archive.stderr, /left behind .* no room for them/)
  })

  test('what is left behind of a layout is named at any depth: on a platform of an index, and on that', async () => {
    const index = indexFixture([image, two])
    const layout = writeLayout(join(directory, 'deep'), { index, sbom, signature })
    const left = await run('copy', `oci:${layout}:index`, `oci:${join(directory, 'shallow')}:app`, '--all')
    assert.equal(left.status, 0, left.stderr)
    assert.match(left.stderr, /2 referrers are left behind \(SBOM \(SPDX\), signature \(Notary\)\): --referrers takes them along/)
  })

  test('--tags takes those that are like the pattern, each to its own tag', async () => {
    const copied = await run('copy', `${from.host}/app`, `docker://${to.host}/many`, '--tags', '1.*', '--json')
    assert.equal(copied.status, 0, copied.stderr)
    assert.deepEqual(
      JSON.parse(copied.stdout).map((each: { tag: string }) => each.tag),
      ['1.0', '1.1'],
    )
    assert.deepEqual(
      [...to.store.repository('many').tags],
      [
        ['1.0', image.descriptor.digest],
        ['1.1', two.descriptor.digest],
      ],
    )
    const whole = await run('copy', `${from.host}/app`, `docker://${to.host}/whole`, '--tags', '2.*', '--all')
    assert.equal(whole.status, 0, whole.stderr)
    assert.equal(to.store.repository('whole').tags.get('2.0'), from.store.repository('app').tags.get('2.0'))
    const none = await run('copy', `${from.host}/app`, `docker://${to.host}/none`, '--tags', '9*')
    assert.deepEqual([none.status, /no tag is like "9\*"/.test(none.stderr)], [3, true])
  })

  test('--all of a layout without a tag copies all its tags, an archive too; a docker-archive takes one', async () => {
    const layout = writeLayout(join(directory, 'several'), { a: image, b: two })
    const copied = await run('copy', `oci:${layout}`, `docker://${to.host}/several`, '--all')
    assert.equal(copied.status, 0, copied.stderr)
    assert.deepEqual([...to.store.repository('several').tags.keys()], ['a', 'b'])
    const archive = join(directory, 'b.tar')
    const all = await run('copy', `oci:${layout}`, archive, '--all')
    assert.equal(all.status, 0, all.stderr)
    for (const [name, each] of Object.entries({ a: image, b: two }))
      assert.equal(JSON.parse((await run('inspect', `${archive}:${name}`, '--json')).stdout).digest, each.descriptor.digest)
    const refused = await run('copy', `oci:${layout}`, `docker-archive:${join(directory, 'c.tar')}`, '--all')
    assert.deepEqual([refused.status, /the destination takes one/.test(refused.stderr)], [3, true])
  })

  test('an image out of an index: its SOCI index and its attestation stay, and are named', async () => {
    const made = artifactFixture([{ type: 'application/octet-stream', bytes: 'zTOC' }], { artifactType: SOCI_V2 })
    const annotations = { [MANIFEST_DIGEST]: image.descriptor.digest }
    const soci = { ...made, descriptor: { ...made.descriptor, annotations, artifactType: SOCI_V2 } }
    const attestation = attestationFixture(image)
    const index = indexFixture([image, soci, attestation])
    const layout = writeLayout(join(directory, 'with-soci'), { index })
    from.store.add('with-soci', '1.0', index)
    const left = /warning: 2 parts of its index are left behind \(SOCI index, attestation\): --all copies the index/
    for (const source of [`oci:${layout}:index`, `${from.host}/with-soci:1.0`]) {
      const asked = from.log.length
      const one = await run('copy', source, `oci:${join(directory, 'one')}:${source.slice(0, 2)}`)
      assert.equal(one.status, 0, one.stderr)
      assert.match(one.stderr, left)
      // Neither is read for it.
      for (const each of [soci, attestation])
        assert.ok(!from.log.slice(asked).some(line => line.includes(each.descriptor.digest)), source)
      const all = await run('copy', source, `docker://${to.host}/all:${source.slice(0, 2)}`, '--all')
      assert.equal(all.status, 0, all.stderr)
      assert.doesNotMatch(all.stderr, /left behind/)
      assert.ok(to.store.repository('all').manifests.has(soci.descriptor.digest))
    }
  })
})
