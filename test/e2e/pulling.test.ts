import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, describe, test } from 'node:test'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { KEY, type PtySession, peelInTerminal, WHOLE_TREE } from '../kit/program/pty.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-pulling-'))
after(() => rmSync(directory, { recursive: true, force: true }))
mkdirSync(join(directory, 'peel'))
writeFileSync(join(directory, 'peel', 'config.json'), '{"askAbove": "100k", "tab": "files"}')

const step = (created_by: string) => ({ created: '2024-01-02T03:04:05Z', created_by })
const image = imageFixture([
  layerFixture({ 'usr/base': { content: noise(60_000) } }, { history: step('ADD base') }),
  layerFixture({ 'usr/tools': { content: noise(70_000) } }, { history: step('RUN tools') }),
  layerFixture({ 'app/own': { content: noise(80_000) } }, { history: step('COPY own') }),
])

describe('a large image in a registry', () => {
  const open: { registry?: TestRegistry; session?: PtySession } = {}
  afterEach(async () => {
    await open.session?.close()
    await open.registry?.close()
  })

  /** The image on the screen, and which of its layers were asked for so far. */
  async function opened(): Promise<{ session: PtySession; pulled: () => readonly number[] }> {
    const registry = await TestRegistry.start({ lax: true })
    registry.store.add('app', '1', image)
    const session = peelInTerminal([`${registry.host}/app:1`], { env: { XDG_CONFIG_HOME: directory } })
    Object.assign(open, { registry, session })
    const isAsked = (digest: string) => registry.log.some(line => line.includes(`blobs/${digest}`))
    return { session, pulled: () => image.layers.flatMap(({ digest }, position) => (isAsked(digest) ? [position] : [])) }
  }

  test('is asked about once: nothing is pulled unasked, then a layer and those below it, then the rest', async () => {
    const { session, pulled } = await opened()
    await session.shows('PULL LAYERS FROM THE REGISTRY?', 'all of them, 211 kB', 'layer 1, 60', 'only what I open')
    session.type(KEY.enter)
    await session.shows('3 layers are not read, 211 kB to pull', 'H reads')
    session.type('5')
    await session.shows('MANIFEST', 'mediaType')
    session.type('6')
    await session.shows('HISTORY', 'RUN tools')
    assert.deepEqual(pulled(), [])
    session.type('1', 'g', 'j', KEY.enter)
    await session.shows('layers 1–2, which the files of layer 2 need, 130 kB')
    session.type('k', KEY.enter)
    await session.shows('layer 2 alone', '70.0 kB', '80.2 kB not read')
    assert.deepEqual(pulled(), [0, 1])
    session.type('H')
    await session.shows(/% hidden/)
    assert.deepEqual(pulled(), [0, 1, 2])
    session.type('H')
    await session.shows('There is no layer left to read')
  })

  test('all of it is read when that is picked', async () => {
    const { session, pulled } = await opened()
    await session.shows('all of them, 211 kB')
    session.type('1')
    await session.shows(...WHOLE_TREE)
    assert.deepEqual(pulled(), [0, 1, 2])
  })
})
