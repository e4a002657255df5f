import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { DOCKER_ATTESTATION } from '../../src/blob/media-type.ts'
import { readDocument } from '../../src/blob/read.ts'
import { imagesOf } from '../../src/image/choose.ts'
import { listImages } from '../../src/image/list.ts'
import { parsePlatform } from '../../src/image/platform.ts'
import { openEngineImage } from '../../src/transport/engine/engine-source.ts'
import { ociArchive } from '../kit/image/archive-fixture.ts'
import { attestationFixture } from '../kit/image/attestation-fixture.ts'
import { imageFixture, indexFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { fakeEngine } from '../kit/server/fake-engine.ts'

const arm = imageFixture([layerFixture({ etc: 'arm' })], { platform: { os: 'linux', architecture: 'arm64' } })
const amd = imageFixture([layerFixture({ etc: 'amd' })])
const attestation = attestationFixture(arm)
const index = indexFixture([amd, arm, attestation])
const platform = parsePlatform('linux/arm64')
const query = `platform=${encodeURIComponent('{"architecture":"arm64","os":"linux"}')}`
const savesPart = `/images/app:1/get?${query}`
const lists = '/images/app:1/json?manifests=1'
const tells = `/images/app:1/attestations?statement=1&${query}`

const predicateType = 'https://slsa.dev/provenance/v1'
const material = { uri: 'pkg:docker/debian@12?platform=linux%2Farm64', digest: { sha256: 'e'.repeat(64) } }
/** As Go writes it: what HTML gives a meaning to is escaped, which JSON.stringify would not do. */
const statement = JSON.stringify({
  _type: 'https://in-toto.io/Statement/v1',
  predicateType,
  predicate: { buildDefinition: { resolvedDependencies: [material] }, note: 'a&b' },
}).replace('&', '\\u0026')

function described(text: string, digest = digestOf(Buffer.from(text))): string {
  const annotations = { 'in-toto.io/predicate-type': predicateType }
  const descriptor = { mediaType: 'application/vnd.in-toto+json', digest, size: text.length, annotations }
  return `{"Descriptor":${JSON.stringify(descriptor)},"PredicateType":"${predicateType}","Statement":${text}}`
}

describe('one platform of an image of an engine', () => {
  test('is asked for alone by API 1.48, and the whole before, after a refusal, or where nothing else has its attestations', async context => {
    const saved = join(scratch(context), 'app.tar')
    writeFileSync(saved, ociArchive({ 'app:1': index }))
    const part = ociArchive({ 'app:1': arm })
    const listed = JSON.stringify({ Manifests: [{ Kind: 'image' }, { Kind: 'attestation', Available: true }] })
    const plain = JSON.stringify({ Manifests: [{ Kind: 'image' }] })
    const whole = 'GET /images/app:1/get'
    for (const [apiVersion, answers, asked, digests] of [
      ['1.47', { [savesPart]: part }, [whole], [amd, arm]],
      ['1.48', { [savesPart]: part, [lists]: plain }, [`GET ${lists}`, `GET ${savesPart}`], [arm]],
      ['1.48', { [savesPart]: part, [lists]: listed }, [`GET ${lists}`, whole], [amd, arm]],
      ['1.48', { [savesPart]: part }, [`GET ${lists}`, `GET ${savesPart}`], [arm]],
      ['1.55', { [savesPart]: part, [tells]: '[]' }, [`GET ${savesPart}`, `GET ${tells}`], [arm]],
      ['1.55', {}, [`GET ${savesPart}`, whole], [amd, arm]],
      ['2.0', { [savesPart]: part }, [whole], [amd, arm]],
    ] as const) {
      const engine = await fakeEngine(context, saved, { apiVersion, answers })
      const source = await openEngineImage('app:1', { environment: engine.environment, platform })
      const images = imagesOf((await listImages(source)).nodes)
      assert.deepEqual(
        images.map(({ descriptor }) => descriptor.digest),
        digests.map(({ descriptor }) => descriptor.digest),
      )
      // A short name is asked for below localhost/ too.
      const named = engine.asked.filter(each => !each.includes('/localhost/'))
      assert.deepEqual(named, ['GET /_ping', ...asked], apiVersion)
      await source.close()
    }
  })

  test('has the statements that the engine tells of it, byte for byte, below it', async context => {
    const answers = { [savesPart]: ociArchive({ 'app:1': arm }), [tells]: `[${described(statement)}]\n` }
    const { environment } = await fakeEngine(context, undefined, { apiVersion: '1.55', answers })
    const source = await openEngineImage('app:1', { environment, platform })
    const listing = await listImages(source)
    const [image] = listing.nodes
    assert.equal(listing.nodes.length, 1)
    assert.ok(image?.kind === 'image')
    const [attested] = image.children
    assert.ok(attested?.kind === 'attestation')
    const manifest = attested.document?.value
    assert.equal(manifest?.artifactType, DOCKER_ATTESTATION)
    assert.equal(manifest.subject?.digest, arm.descriptor.digest)
    const [layer] = manifest.layers
    assert.ok(layer)
    assert.equal((await readDocument(source, layer)).toString(), statement)
    await source.close()
    const base = await peel(['check', 'docker-daemon:app:1', '--platform', 'linux/arm64', '--json'], { env: environment })
    const { decidedBy, name } = JSON.parse(base.stdout).base
    assert.deepEqual([decidedBy, name], ['provenance', 'debian:12'], base.stderr)
    const referrers = await peel(['referrers', 'docker-daemon:app:1', '--platform', 'linux/arm64'], { env: environment })
    assert.match(referrers.stdout, /application\/vnd\.docker\.attestation\.manifest\.v1\+json {2}index/)
  })

  test('is read without statements where the engine has none to tell, and says which it does not take', async context => {
    const wrong = described(statement, digestOf(Buffer.from('other')))
    const bare = '{"Descriptor":{"mediaType":"x","digest":"sha256:0","size":1},"Statement":{}}'
    for (const [answer, codes] of [
      [undefined, []],
      [`[${wrong},${described('{"x":1}')}]`, ['BLOB_DIGEST_MISMATCH']],
      [`[${bare},{"PredicateType":"x"},3,[]]`, ['ANSWER_INVALID', 'ANSWER_INVALID', 'ANSWER_INVALID', 'ANSWER_INVALID']],
      ['{"Statement":', ['ANSWER_INVALID']],
      ['null', []],
      ['{}', []],
    ] as const) {
      const answers = { [savesPart]: ociArchive({ 'app:1': arm }), ...(answer !== undefined && { [tells]: answer }) }
      const { environment } = await fakeEngine(context, undefined, { apiVersion: '1.55', answers })
      const source = await openEngineImage('app:1', { environment, platform })
      const { diagnostics, nodes } = await listImages(source)
      assert.deepEqual(
        diagnostics.map(({ code }) => code),
        codes,
        answer,
      )
      assert.equal(imagesOf(nodes).length, 1)
      await source.close()
    }
  })

  test('is what a reading command and a copy ask for; a squash and a copy of all platforms take the whole', async context => {
    const directory = scratch(context)
    const saved = join(directory, 'app.tar')
    writeFileSync(saved, ociArchive({ 'app:1': index }))
    const answers = { [savesPart]: ociArchive({ 'app:1': arm }), [tells]: '[]' }
    const askedBy = async (...args: readonly string[]) => {
      const { environment, asked } = await fakeEngine(context, saved, { apiVersion: '1.55', answers })
      const run = await peel([...args, '--no-cache'], { env: environment, cwd: directory })
      assert.equal(run.status, 0, run.stderr)
      return asked.filter(line => line.includes('/get'))
    }
    const from = ['docker-daemon:app:1', '--platform', 'linux/arm64']
    assert.deepEqual(await askedBy('ls', ...from), [`GET ${savesPart}`])
    assert.deepEqual(await askedBy('ls', 'docker-daemon:app:1'), ['GET /images/app:1/get'])
    assert.deepEqual(await askedBy('copy', ...from, 'oci:one:1'), [`GET ${savesPart}`])
    assert.deepEqual(await askedBy('copy', 'docker-daemon:app:1', 'oci:all:1', '--all'), ['GET /images/app:1/get'])
    assert.deepEqual(await askedBy('squash', ...from, 'oci:squashed:1'), ['GET /images/app:1/get'])
  })
})
