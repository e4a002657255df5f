import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { shownImage, shownLayout } from '../kit/image/shown-image.ts'
import { peerTest } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { KEY, type PtySession, peelInTerminal, WHOLE_TREE } from '../kit/program/pty.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { dockerEngine } from '../kit/server/docker-engine.ts'
import { fakeEngine, savedImage } from '../kit/server/fake-engine.ts'

const CLEAR = '\u0015'

type Scene = { readonly session: PtySession; readonly directory: string }

/** The plan of squashing everything, measured, its destination typed and on the screen. */
async function planned(context: TestContext, destination: string, env: Record<string, string> = {}): Promise<Scene> {
  const shown = shownLayout({ latest: shownImage() })
  const session = peelInTerminal(['./weather'], { cwd: shown.directory, columns: 120, rows: 40, env })
  context.after(async () => {
    await session.close()
    shown.remove()
  })
  await session.shows(...WHOLE_TREE)
  session.type('s')
  await session.shows('%   measured')
  session.type('i')
  await session.shows('write to')
  session.type(CLEAR, destination, KEY.enter)
  await session.shows(`→ ${destination}`)
  return { session, directory: shown.directory }
}

const layersOf = async (reference: string, ...options: readonly string[]) =>
  JSON.parse((await peel(['inspect', '--json', '--layers', ...options, reference])).stdout).layers.length

describe('where a squashed image goes', () => {
  for (const [destination, file] of [
    ['docker-archive:out.tar:app:1', 'docker-archive:out.tar:app:1'],
    ['oci-archive:out.tar:v1', 'oci-archive:out.tar:v1'],
    ['out.tar', 'out.tar'],
  ] as const) {
    test(`${destination}: written, and opened from there`, async context => {
      const { session, directory } = await planned(context, destination)
      session.type(KEY.enter)
      await session.shows('B: the original', ` ${file} › linux/amd64`, /▾ \//)
      assert.equal(await layersOf(join(directory, 'out.tar')), 1)
    })
  }

  test('a layout that is there takes another tag beside the one it has', async context => {
    const { session, directory } = await planned(context, 'oci:./weather:small')
    session.type(KEY.enter)
    await session.shows('B: the original', ' oci:./weather:small › linux/amd64', /▾ \//)
    assert.equal(await layersOf(join(directory, 'weather:small')), 1)
    assert.equal(await layersOf(join(directory, 'weather:latest')), 3)
  })

  test('a registry; a tag that is taken is asked about', async context => {
    const registry = await TestRegistry.start()
    context.after(() => registry.close())
    registry.store.add('team/app', 'taken', shownImage())
    const { session } = await planned(context, `docker://${registry.host}/team/app:taken`)
    session.type(KEY.enter)
    await session.shows('THIS NAME IS TAKEN', 'Write somewhere else', 'Replace what is at')
    session.type('1')
    await session.shows('write to')
    session.type(CLEAR, `docker://${registry.host}/team/app:new`, KEY.enter)
    await session.shows('app:new')
    session.type(KEY.enter)
    await session.shows('B: the original', 'app:new › linux/amd64', /▾ \//)
    assert.deepEqual([...(registry.store.repositories.get('team/app')?.tags.keys() ?? [])], ['taken', 'new'])
    assert.notEqual(registry.store.find('team/app', 'new')?.digest, registry.store.find('team/app', 'taken')?.digest)
  })

  test('a registry that dies while it is written to leaves no tag, and the plan is there to try again', async context => {
    const registry = await TestRegistry.start()
    context.after(() => registry.close())
    registry.always(/PUT .*manifests/, { type: 'status', status: 403, body: '{"errors":[{"code":"DENIED"}]}' })
    const { session } = await planned(context, `docker://${registry.host}/team/app:new`)
    session.type(KEY.enter)
    await session.shows('Cannot', 'SQUASH', '%   measured')
    assert.equal(registry.store.repositories.get('team/app')?.tags.size, 0)
    registry.misbehave = () => undefined
    session.type('x', KEY.enter)
    await session.shows('B: the original', 'app:new › linux/amd64')
  })

  test('an engine gets it as docker load takes it', async context => {
    const engine = await fakeEngine(context, await savedImage(context, shownImage()))
    const { session } = await planned(context, 'docker-daemon:app:1', engine.environment)
    session.type(KEY.enter)
    await session.shows('Replace what is at docker-daemon:app:1')
    session.type('2')
    await session.shows('B: the original', 'docker-daemon:app:1 › linux/amd64')
    assert.equal(engine.loaded.length, 1)
  })

  peerTest(
    'docker itself: written from the plan, listed on the start screen, opened there',
    ['docker', 'dockerd'],
    async context => {
      const directory = mkdtempSync(join(tmpdir(), 'peel-docker-'))
      const docker = await dockerEngine(context, directory)
      // After the engine, which mounts things there.
      context.after(() => rmSync(directory, { recursive: true, force: true }))
      const env = { DOCKER_HOST: `unix://${join(directory, 'sock')}` }
      const { session } = await planned(context, 'docker-daemon:weather:small', env)
      session.type(KEY.enter)
      await session.shows('B: the original', 'docker-daemon:weather:small › linux/amd64', /▾ \//)
      assert.match(docker('image', 'ls'), /weather +small/)
      session.type('O')
      await session.shows(/engine +images of the container engine/)
      session.type('G', 'k', 'k', KEY.enter)
      await session.shows('1 image', 'weather:small')
      session.type(KEY.enter)
      await session.shows('docker-daemon:weather:small › linux/amd64', /% hidden/)
    },
    { root: true },
  )
})
