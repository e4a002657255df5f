import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { documentFixture } from '../kit/image/attestation-fixture.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { shownImage } from '../kit/image/shown-image.ts'
import { KEY, type PtySession, peelInTerminal, WHOLE_TREE } from '../kit/program/pty.ts'
import { TestRegistry, type TestRegistryOptions } from '../kit/registry/test-registry.ts'
import { fakeEngine, savedImage } from '../kit/server/fake-engine.ts'

const STATEMENT = '{"predicateType": "https://slsa.dev/provenance/v1"}'
const ENVELOPE = {
  payloadType: 'application/vnd.in-toto+json',
  payload: Buffer.from(STATEMENT).toString('base64'),
  signatures: [],
}

const artifact = (mediaType: string, document: string, annotations: object = {}) =>
  documentFixture(mediaType, document, annotations, { artifactType: mediaType })

/** The index that stands in for the referrers API. */
function fallbackTag(subject: string): ImageFixture {
  const type = 'application/vnd.dsse.envelope.v1+json'
  const signed = artifact(type, JSON.stringify(ENVELOPE), { predicateType: 'https://slsa.dev/provenance/v1', subject })
  return indexFixture([{ ...signed, descriptor: { ...signed.descriptor, artifactType: type } as ImageFixture['descriptor'] }])
}

describe('browsing', () => {
  const open: { registry?: TestRegistry; session?: PtySession } = {}
  afterEach(async () => {
    await open.session?.close()
    await open.registry?.close()
  })

  async function browse(options: TestRegistryOptions = {}): Promise<{ registry: TestRegistry; session: PtySession }> {
    const registry = await TestRegistry.start({ lax: true, ...options })
    const image = shownImage()
    for (const tag of ['1.10', '1.9', 'latest']) registry.store.add('team/app', tag, image)
    registry.store.add('team/base', 'one', image)
    const sbom = imageFixture([layerFixture({ sbom: '{}' })], {
      manifest: { artifactType: 'application/spdx+json', subject: image.descriptor },
    })
    registry.store.add('team/app', 'sbom', sbom)
    const session = peelInTerminal([registry.host])
    Object.assign(open, { registry, session })
    return { registry, session }
  }

  test('from the registry to an image and back, the place kept; the registry is remembered', async () => {
    const { registry, session } = await browse({ referrers: 'api' })
    await session.shows('team/app', 'team/base', '2 repositories')
    session.type(KEY.enter)
    const screen = await session.shows('1.9', '1.10', 'latest', '4 tags')
    const at = (tag: string) => screen.indexOf(tag)
    assert.ok(at('latest') < at('1.10') && at('1.10') < at('1.9'), 'latest first, then the newest version')
    session.type('j')
    await session.shows(/> *1\.10/)
    session.type('d')
    await session.shows(/1\.10.*\d B|1\.10.*kB/)
    session.type(KEY.enter)
    await session.shows(/% hidden/)
    session.type('8')
    await session.shows(/▸ SBOM \(SPDX\) {2}referrer/)
    session.type('G', KEY.enter)
    await session.shows(/▾ SBOM \(SPDX\)/)
    session.type(']', KEY.escape)
    await session.shows(/> *1\.10/)
    session.type(KEY.escape)
    await session.shows('2 repositories', /> *team\/app/)
    const recent = join(session.home, '.local/state/peel/recent.json')
    await session.until(() => readFileSync(recent, 'utf8').includes(`${registry.host}/"`), 'remember the registry')
  })

  test('tags share layers by & without one of them pulled, and = on two of them compares', async () => {
    const { registry, session } = await browse()
    const base = layerFixture({ 'usr/lib/base': 'b'.repeat(5000) })
    const [one, two] = [imageFixture([base]), imageFixture([base, layerFixture({ 'app/new': 'n'.repeat(40_000) })])]
    registry.store.add('team/pair', '1', one)
    registry.store.add('team/pair', '2', two)
    await session.shows('3 repositories', 'team/pair')
    session.type('G', KEY.enter)
    await session.shows('2 tags')
    session.type('&')
    await session.shows('Mark images with Space')
    session.type('a')
    await session.shows('2 images are marked', /\* 1/, /\* 2/)
    session.type('&')
    await session.shows('SHARED LAYERS', 'one by one', 'all of them', 'only 1')
    const layers = two.layers.map(({ digest }) => digest)
    assert.equal(registry.log.filter(line => layers.some(digest => line.includes(`blobs/${digest}`))).length, 0)
    session.type(KEY.escape)
    await session.shows('2 tags', /\* 1/)
    session.type('j', '=', 'k', '=')
    await session.shows('WHY, BY DIRECTORY', '+40.0 kB', '/app/new')
    session.type(KEY.escape)
    await session.shows(/% hidden/)
    session.type(KEY.escape)
    await session.shows('2 tags', /\* 1/)
  })

  test('tags are filtered as one types; Esc shows all again', async () => {
    const { session } = await browse()
    await session.shows('team/app')
    session.type(KEY.enter)
    await session.shows('4 tags')
    session.type('f', '1.')
    await session.shows('2 of 4 tags')
    session.type(KEY.escape)
    await session.shows('4 tags', 'latest')
  })

  test('a forbidden catalog says so, a typed repository is listed', async () => {
    const { session } = await browse({ catalog: 'forbidden' })
    await session.shows('does not tell', 'Press i')
    session.type('i')
    await session.shows('Repository of')
    session.type('team/app', KEY.enter)
    await session.shows('4 tags')
  })

  test('thousands of tags come a page at a time as one goes on; a filter goes through all of them', async () => {
    const { registry, session } = await browse({ pageSize: 200 })
    const image = shownImage()
    for (let build = 1; build <= 1500; build++) registry.store.add('team/many', `build-${build}`, image)
    const pages = () => registry.log.filter(line => line.includes('team/many/tags/list')).length
    await session.shows('3 repositories', 'team/many')
    session.type('G', KEY.enter)
    await session.shows('200 tags so far, more with m', 'build-1')
    assert.equal(pages(), 1)
    session.type('G')
    await session.shows('400 tags so far')
    assert.equal(pages(), 2)
    session.type('m')
    await session.shows('600 tags so far')
    session.type('f', '777')
    await session.shows(' 1 of 1,500 tags', '>build-777')
    session.type(KEY.enter, KEY.enter)
    await session.shows(/many:build-777|y:build-777/)
    session.type(KEY.escape)
    await session.shows(' 1 of 1,500 tags', '>build-777')
  })

  test('a registry that is typed on the start screen is offered there the next time', async context => {
    const { registry } = await browse()
    const session = peelInTerminal([], { cwd: scratch(context) })
    try {
      await session.shows('a registry, an image in one')
      session.type('i', registry.host, KEY.enter)
      await session.shows('2 repositories')
      session.type(KEY.escape)
      await session.shows('OPEN AN IMAGE')
      session.type('r')
      await session.shows(`recent    ${registry.host}/`, 'registry, just now')
      session.type('g', KEY.enter)
      await session.shows('2 repositories')
    } finally {
      await session.close()
    }
  })

  test('attestations and what refers to an image can be read: SBOM, signed statement, signature', async () => {
    const { registry, session } = await browse()
    // Where it comes from is said behind what it is.
    session.resize(160, 40)
    const subject = registry.store.find('team/app', 'latest')?.digest ?? ''
    registry.store.add('team/app', subject.replace(':', '-'), fallbackTag(subject))
    registry.store.add(
      'team/app',
      `${subject.replace(':', '-')}.sig`,
      artifact('application/vnd.dev.cosign.simplesigning.v1+json', '{"critical": {}}'),
    )
    await session.shows('2 repositories')
    session.type(KEY.enter)
    await session.shows('6 tags')
    session.type('jj', KEY.enter)
    await session.shows(/% hidden/)
    session.type('8')
    await session.shows('attestation (in-toto)  referrer, fallback tag', 'signature (cosign)  referrer, cosign tag')
    session.type('G', 'k', KEY.enter)
    await session.shows(/▾ attestation/, /provenance \(SLSA\)/)
    session.type('j', KEY.enter)
    await session.shows('details', /statement +provenance \(SLSA\)/, /predicate +https:\/\/slsa\.dev\/provenance\/v1/)
    session.type('x')
    await session.shows('JSON in its envelope', '"predicateType": "https://slsa.dev/provenance/v1"')
    session.type(KEY.escape)
    await session.shows(/> +provenance/)
    session.type('G', KEY.enter)
    await session.shows(/▾ signature/)
    session.type('j', KEY.enter)
    await session.shows('"critical"')
  })

  test('a registry that wants a login says so, and what to do', async () => {
    const { session } = await browse({ basic: 'someone:secret' })
    await session.shows('Cannot list the repositories of', 'login')
    session.type('i', 'team/app', KEY.enter)
    await session.shows('Cannot list the tags of', 'login')
  })

  test('what a registry says besides is shown once, escaped; the rate limit is news the first time', async () => {
    const { registry, session } = await browse()
    await session.shows('2 repositories')
    const headers = {
      warning: '299 - "moving \u009b soon"',
      'ratelimit-limit': '100;w=21600',
      'ratelimit-remaining': '76;w=21600',
    }
    registry.always(/tags\/list|manifests/, { type: 'headers', headers })
    session.type(KEY.enter)
    await session.shows('4 tags', 'The registry says: moving \\x9b soon', '76')
    await session.until(screen => !screen.includes('moving'), 'take the note away')
    session.type('jj', KEY.enter)
    await session.shows(...WHOLE_TREE)
    assert.doesNotMatch(session.model.text(), /moving|allows/)
  })

  test('images of an engine are listed from the start screen, one is opened and come back from', async context => {
    const engine = await fakeEngine(context, await savedImage(context, shownImage()))
    const session = peelInTerminal([], { cwd: scratch(context), env: { DOCKER_HOST: `unix://${engine.socket}` } })
    try {
      await session.shows(/> *engine +images of the container engine/)
      session.type(KEY.enter)
      await session.shows('container engine', '2 images', /app:1 +9\.00 MB +2024-01-02/, /sha256:cc/)
      session.type(KEY.enter)
      await session.shows('docker-daemon:app:1 › linux/amd64', /% hidden/)
      session.type(KEY.escape)
      await session.shows('2 images', /> *app:1/)
    } finally {
      await session.close()
    }
  })

  test('a broken registry is told and tried again', async () => {
    const { registry, session } = await browse()
    await session.shows('2 repositories')
    registry.always(/tags\/list/, { type: 'status', status: 404, body: '<html>' })
    session.type(KEY.enter)
    await session.shows('Cannot list the tags')
    registry.misbehave = () => undefined
    session.type('x', 'r')
    await session.shows('4 tags')
  })
})
