import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import { imageFixture, layerFixture } from '../kit/image-fixture.ts'
import { KEY, type PtySession, peelInTerminal } from '../kit/pty.ts'
import { TestRegistry, type TestRegistryOptions } from '../kit/registry/test-registry.ts'
import { shownImage } from '../kit/shown-image.ts'

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
    assert.ok(screen.indexOf('1.9') < screen.indexOf('1.10'), 'sorted as people count')
    session.type('j')
    await session.shows(/> *1\.10/)
    session.type('d')
    await session.shows(/1\.10.*\d B|1\.10.*kB/)
    session.type(KEY.enter)
    await session.shows(/% wasted/)
    session.type('[')
    await session.shows('referrer', 'spdx+json')
    session.type(']', KEY.escape)
    await session.shows(/> *1\.10/)
    session.type(KEY.escape)
    await session.shows('2 repositories', /> *team\/app/)
    const recent = readFileSync(join(session.home, '.local/state/peel/recent.json'), 'utf8')
    assert.ok(recent.includes(`${registry.host}/"`))
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
