import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { KeptRebuild } from '../../src/cli/kept-rebuild.ts'
import { DEFAULT_COMMON } from '../../src/cli/options.ts'
import { createPlanWork } from '../../src/cli/plan-work.ts'
import { openSession } from '../../src/cli/session.ts'
import { createWorkshop } from '../../src/cli/workshop.ts'
import type { Edit } from '../../src/rebuild/edit.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image-fixture.ts'
import { scratch } from '../kit/local-image.ts'

const noise = createHash('shake256', { outputLength: 200_000 }).digest('hex')
const image = imageFixture([
  layerFixture({ 'etc/': '', 'etc/passwd': 'root', noise }),
  layerFixture({ 'etc/': '', 'etc/shadow': 'secret' }),
])
const SQUASH: readonly Edit[] = [{ type: 'squash' }]

/** Carries wishes out as the interface does; counts the layers that are made, and the temporary files that wait. */
async function openPlan(context: TestContext) {
  const directory = scratch(context)
  const [temporary, config] = [join(directory, 'tmp'), join(directory, 'config')]
  for (const each of [temporary, config]) mkdirSync(each)
  const before = { TMPDIR: process.env['TMPDIR'], XDG_STATE_HOME: process.env['XDG_STATE_HOME'] }
  Object.assign(process.env, { TMPDIR: temporary, XDG_STATE_HOME: config })
  context.after(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  })
  const layout = writeLayout(join(directory, 'source'), { app: image })
  const signal = new AbortController().signal
  const session = await openSession(`oci:${layout}:app`, { ...DEFAULT_COMMON, cache: false }, signal)
  context.after(() => session.close())
  const kept = new KeptRebuild()
  let made = 0
  const opened = await session.load(session.choose(), signal)
  const work = createPlanWork(
    session,
    opened,
    DEFAULT_COMMON,
    options => {
      const workshop = createWorkshop(session.pool, { ...options, directory: temporary })
      const make: typeof workshop.make = (...args) => {
        made++
        return workshop.make(...args)
      }
      return { ...workshop, make }
    },
    kept,
  )
  return {
    wish: (edits: readonly Edit[], destination?: string) =>
      work({ plan: { edits }, destination, force: false }, () => {}, signal),
    made: () => made,
    waiting: () => readdirSync(temporary).filter(name => name.startsWith('.peel-')).length,
    out: (name: string) => join(directory, name),
    kept,
  }
}

describe('plans of the interface', () => {
  test('what a preview made is written as it is, and is gone then', async context => {
    const { wish, made, waiting, out } = await openPlan(context)
    const preview = await wish(SQUASH)
    assert.deepEqual([made(), waiting()], [1, 1])
    await wish(SQUASH)
    const written = await wish(SQUASH, `oci:${out('a')}:x`)
    assert.deepEqual([made(), waiting()], [1, 0])
    assert.equal(written.after, preview.after)
    assert.ok(existsSync(join(out('a'), 'index.json')))
    await wish(SQUASH, `oci:${out('b')}:x`)
    assert.deepEqual([made(), waiting()], [2, 0])
  })

  test('another plan, and the end of the program, remove what was kept', async context => {
    const { wish, made, waiting, kept } = await openPlan(context)
    await wish(SQUASH)
    await wish([...SQUASH, { type: 'remove', match: '/noise' }])
    assert.deepEqual([made(), waiting()], [2, 1])
    await kept.close()
    assert.equal(waiting(), 0)
  })

  test('a place that cannot be written leaves it for the next one', async context => {
    const { wish, made, waiting, out } = await openPlan(context)
    await wish(SQUASH)
    await wish(SQUASH, `oci:${out('a')}:x`)
    await wish(SQUASH)
    await assert.rejects(wish(SQUASH, `oci:${out('a')}:x`))
    assert.deepEqual([made(), waiting()], [2, 1])
    await wish(SQUASH, `oci:${out('a')}:y`)
    assert.deepEqual([made(), waiting()], [2, 0])
  })
})
