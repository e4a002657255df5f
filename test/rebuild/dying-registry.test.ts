import assert from 'node:assert/strict'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, type TestContext, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { publish } from '../../src/rebuild/publish.ts'
import { RegistrySink } from '../../src/transport/registry/registry-sink.ts'
import { imageFixture, layerFixture, memorySource, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { noise } from '../kit/noise.ts'
import { peel } from '../kit/program/peel-command.ts'
import { rebuilt, testWorkshop } from '../kit/rebuild/rebuild.ts'
import { type DyingLine, dyingLine } from '../kit/registry/dying-line.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const image = imageFixture([
  layerFixture({ kept: { content: noise(300_000) } }),
  layerFixture({ 'a/': '', 'a/one': { content: noise(200_000) }, gone: 'x' }),
  layerFixture({ '.wh.gone': '', 'a/': '', 'a/two': '2' }),
])
const MOMENTS = 12

describe('a registry that dies while a squashed image is sent to it', () => {
  const workshop = testWorkshop()
  after(() => workshop.close())

  async function startRegistry(context: TestContext): Promise<TestRegistry> {
    const registry = await TestRegistry.start()
    // Uploads go the same way as all else.
    registry.uploads.behaviour = { location: 'relative' }
    context.after(() => registry.close())
    return registry
  }
  const tags = (registry: TestRegistry) => [...registry.store.repository('team/app').tags]

  test(`at ${MOMENTS} moments: one sentence and a hint, no tag, and the next try works`, async context => {
    const source = memorySource(image)
    const done = await rebuilt(source, [{ type: 'squash', from: 1, to: 2 }], workshop)
    context.after(() => done[Symbol.asyncDispose]())
    const send = async (line: DyingLine) => {
      const sink = new RegistrySink({ host: line.host, path: 'team/app' }, { environment: {}, retry: { tries: 3, base: 1 } })
      await publish({ outputs: done.outputs, root: done.descriptor }, source, sink, 'new')
    }
    const first = await startRegistry(context)
    const whole = await dyingLine(context, first.host, Number.POSITIVE_INFINITY)
    // The tag is read back once it is there: those bytes come too late for a line to die of.
    let untilTag = 0
    first.misbehave = ({ method, path }) => {
      if (method === 'PUT' && path.endsWith('/manifests/new')) untilTag = whole.sent()
      return undefined
    }
    await send(whole)
    assert.ok(untilTag > 0 && untilTag < whole.sent())
    for (let moment = 0; moment < MOMENTS; moment++) {
      const registry = await startRegistry(context)
      // The last moment is in the middle of the tag.
      const line = await dyingLine(context, registry.host, 1 + Math.floor(((untilTag - 100) * moment) / (MOMENTS - 1)))
      await assert.rejects(send(line), (error: unknown) => {
        assert.ok(error instanceof ImageError, String(error))
        assert.match(error.message, /^Cannot [^\n]+$/)
        return (error.hint ?? '') !== ''
      })
      assert.deepEqual(tags(registry), [], `moment ${moment}`)
      line.revive()
      await send(line)
      assert.deepEqual(tags(registry).length, 1)
    }
  })

  test('peel squash: status 3, one sentence and a hint, no temporary file is left', async context => {
    const registry = await startRegistry(context)
    const line = await dyingLine(context, registry.host, 250_000)
    const directory = scratch(context)
    const source = writeLayout(join(directory, 'source'), { x: image })
    const temporary = join(directory, 'tmp')
    mkdirSync(temporary)
    const env = { TMPDIR: temporary, HOME: directory, XDG_CACHE_HOME: join(directory, 'cache'), REGISTRY_AUTH_FILE: '' }
    const args = ['squash', source, `docker://${line.host}/team/app:new`, '--layers', '2..3']
    const { status, stderr, stdout } = await peel(args, { env })
    assert.equal(status, 3)
    assert.equal(stdout, '')
    assert.match(stderr, /^peel: Cannot push [^\n]+\n[A-Z][^\n]+\n$/)
    assert.deepEqual(readdirSync(temporary), [])
    assert.deepEqual(tags(registry), [])
    line.revive()
    assert.equal((await peel(args, { env })).status, 0)
    assert.equal(tags(registry).length, 1)
  })
})
