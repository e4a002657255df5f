import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { afterEach, describe, test } from 'node:test'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { KEY, type PtySession, peelInTerminal } from '../kit/program/pty.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

describe('layers of a registry', () => {
  const open: { registry?: TestRegistry; session?: PtySession } = {}
  afterEach(async () => {
    await open.session?.close()
    await open.registry?.close()
  })

  test('come in with their rate and the time left; going back to browsing closes their connections', async () => {
    const registry = await TestRegistry.start()
    const layer = (name: string) => layerFixture({ [name]: { content: randomBytes(3_000_000) } }, { compression: 'none' })
    const image = imageFixture([layerFixture({ small: 'small' }), layer('one'), layer('two')])
    registry.store.add('team/app', '1', image)
    const large = image.layers.slice(1).map(({ digest }) => digest)
    const slow = new RegExp(large.map(digest => `blobs/${digest}`).join('|'))
    registry.always(slow, { type: 'slow', bytes: 8192, pause: 50 })
    const session = peelInTerminal([registry.host], { columns: 120, rows: 40 })
    Object.assign(open, { registry, session })
    await session.shows('team/app')
    session.type(KEY.enter)
    await session.shows('1 tag')
    session.type(KEY.enter)
    // The large layers take twenty seconds. Every thread has one of them, whether the small layer came before or waits.
    const threads = Math.min(2, availableParallelism())
    await session.until(() => registry.underWay === threads, 'ask for the large layers')
    await session.shows(/[01]\/3 +\d+ % · [\d.]+ [kM]B\/s · \d+ s left/)
    assert.equal(registry.underWay, threads)
    session.type(KEY.escape)
    await session.shows('1 tag')
    await session.until(() => registry.underWay === 0, 'close its connections')
    const cut = registry.seen.filter(({ path }) => slow.test(path))
    assert.deepEqual(
      cut.map(({ outcome }) => outcome),
      Array.from({ length: threads }, () => 'cut'),
    )
    // Opened anew, they are fetched anew.
    registry.misbehave = () => undefined
    session.type(KEY.enter)
    await session.shows(/% hidden/, 'one')
    assert.equal(registry.seen.filter(({ path }) => slow.test(path)).length, threads + 2)
  })
})
