import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { rebaseWork } from '../../src/cli/interface/rebase-work.ts'
import { DEFAULT_COMMON } from '../../src/cli/run/options.ts'
import type { Edit } from '../../src/rebuild/edit.ts'
import { asking } from '../../src/session/asking.ts'
import { openSession } from '../../src/session/session.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const [was, now] = [
  { 'usr/lib/one': 'old', 'var/lib/dpkg/status': 'Package: a\n' },
  { 'usr/lib/one': 'new', 'var/lib/dpkg/status': 'Package: b\n' },
]
const own = { 'var/lib/dpkg/status': 'Package: c\n', app: 'app' }

function places(context: TestContext) {
  const home = scratch(context)
  process.env['XDG_STATE_HOME'] = home
  context.after(() => delete process.env['XDG_STATE_HOME'])
  return {
    image: writeLayout(join(home, 'app'), { 1: imageFixture([layerFixture(was), layerFixture(own)]) }),
    old: writeLayout(join(home, 'old'), { 1: imageFixture([layerFixture(was)]) }),
    next: writeLayout(join(home, 'next'), { 1: imageFixture([layerFixture(now), layerFixture({ more: 'more' })]) }),
    destination: `oci:${join(home, 'out')}:1`,
  }
}

test('the plan’s other base: conflicts first, then the image that peel rebase writes', async context => {
  const { image, old, next, destination } = places(context)
  const common = { ...DEFAULT_COMMON, cache: false }
  const { signal } = new AbortController()
  await using session = await openSession(image, asking(common), signal)
  const shown = await session.load(session.choose(), signal)
  const work = (edits: readonly Edit[], to?: string) =>
    rebaseWork(
      { session, image: shown, common, wish: { plan: { edits }, destination: to, force: false } },
      () => undefined,
      signal,
    )
  const edit = { type: 'rebase', newBase: next, oldBase: old } as const
  const found = await work([edit])
  assert.deepEqual(
    found.layers.map(({ positions, action }) => [positions, action]),
    [
      [[0], 'rebase'],
      [[1], 'keep'],
    ],
  )
  assert.equal(
    found.after,
    found.layers.reduce((sum, { after }) => sum + after, 0),
  )
  assert.equal(
    found.before,
    found.layers.reduce((sum, { before }) => sum + before, 0),
  )
  assert.deepEqual(found.rebase?.refused, ['/var/lib/dpkg/status'])
  assert.ok(found.rebase?.conflicts.some(line => line.startsWith('shadowed') && line.includes('/var/lib/dpkg/status')))
  await assert.rejects(work([edit, { type: 'squash' }]), { code: 'PLAN_INVALID' })
  await assert.rejects(work([{ type: 'rebase', newBase: next }]), { code: 'BASE_UNKNOWN' })
  const accepted = { ...edit, accept: found.rebase?.refused ?? [] }
  const { result, rebase } = await work([accepted], destination)
  assert.deepEqual(rebase?.refused, [])
  assert.equal(result?.reference, destination)
  await using written = await openSession(destination, asking(common), signal)
  const made = await written.load(written.choose(), signal)
  assert.equal(made.descriptor.digest, result?.digest)
  assert.equal(made.layers.length, 3)
})
