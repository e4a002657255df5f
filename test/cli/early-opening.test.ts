import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { beginOpening } from '../../src/cli/interface/early-opening.ts'
import { createContext } from '../../src/cli/run/context.ts'
import { DEFAULT_COMMON } from '../../src/cli/run/options.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

describe('an image of a registry is opened while the interface is loaded', () => {
  let registry: TestRegistry
  const was = { stdout: process.stdout.isTTY, stdin: process.stdin.isTTY, TERM: process.env['TERM'] }
  const terminal = (stdout: boolean, stdin: boolean, term: string | undefined) => {
    Object.defineProperty(process.stdout, 'isTTY', { value: stdout, configurable: true })
    Object.defineProperty(process.stdin, 'isTTY', { value: stdin, configurable: true })
    if (term === undefined) delete process.env['TERM']
    else process.env['TERM'] = term
  }
  before(async () => {
    registry = await TestRegistry.start()
    registry.store.add('app', 'latest', imageFixture([layerFixture({ a: 'x' })]))
    terminal(true, true, 'xterm')
  })
  after(async () => {
    terminal(was.stdout, was.stdin, was.TERM)
    await registry.close()
  })
  const begin = (reference: string | undefined) => {
    const context = createContext([])
    context.common = () => ({ ...DEFAULT_COMMON, cache: false })
    return beginOpening(context, reference)
  }
  const { signal } = new AbortController()

  test('its documents are on their way before it is taken, and it is taken once', async () => {
    const reference = `docker://${registry.host}/app`
    const early = (await begin(reference)) ?? assert.fail()
    while (!registry.log.some(line => line.includes('/app/manifests/latest'))) await turn()
    assert.equal(early.take('another', signal), undefined)
    const session = await (early.take(reference, signal) ?? assert.fail())
    const asked = registry.log.filter(line => line.includes('/app/manifests/'))
    assert.deepEqual([session.listing.nodes.length, asked.length], [1, 1])
    assert.equal(early.take(reference, signal), undefined)
    await early.close()
    await session.close()
    await early.threads[Symbol.asyncDispose]()
  })

  test('what it failed of is told to the one that takes it; what is not taken ends', async () => {
    const reference = `docker://${registry.host}/none`
    const early = (await begin(reference)) ?? assert.fail()
    await assert.rejects(early.take(reference, signal) ?? assert.fail(), /none/)
    const left = (await begin(`docker://${registry.host}/app`)) ?? assert.fail()
    await left.close()
    for (const each of [early, left]) await each.threads[Symbol.asyncDispose]()
  })

  test('nothing begins for a path, a whole registry, words that are no name, or without a terminal', async () => {
    const asked = registry.seen.length
    for (const reference of [undefined, '.', `${registry.host}/`, 'UPPER:::'])
      assert.equal(await begin(reference), undefined, reference)
    terminal(false, true, 'xterm')
    assert.equal(await begin(`docker://${registry.host}/app`), undefined)
    terminal(true, true, 'dumb')
    assert.equal(await begin(`docker://${registry.host}/app`), undefined)
    terminal(true, true, 'xterm')
    assert.equal(registry.seen.length, asked)
  })
})
