import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
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

const many = [
  { 'usr/lib/one': 'old' },
  { 'usr/lib/two': 'old' },
  { app: 'app' },
  { secret: 'secret', data: 'data' },
  { app: 'APP' },
]

test('other edits of the plan are carried out on the image on its new base, by the positions it has now', async context => {
  const home = places(context)
  const directory = join(home.image, '..')
  const layersOf = (from: number, to: number) => many.slice(from, to).map(files => layerFixture(files))
  const image = writeLayout(join(directory, 'many'), { 1: imageFixture(layersOf(0, 5)) })
  const old = writeLayout(join(directory, 'two'), { 1: imageFixture(layersOf(0, 2)) })
  const next = writeLayout(join(directory, 'three'), {
    1: imageFixture([{ 'usr/lib/one': 'new' }, { 'usr/lib/two': 'new' }, { three: '3' }].map(files => layerFixture(files))),
  })
  const common = { ...DEFAULT_COMMON, cache: false }
  const { signal } = new AbortController()
  await using session = await openSession(image, asking(common), signal)
  const shown = await session.load(session.choose(), signal)
  const edit = { type: 'rebase', newBase: next, oldBase: old } as const
  const work = (edits: readonly Edit[], to?: string) =>
    rebaseWork(
      { session, image: shown, common, wish: { plan: { edits }, destination: to, force: false } },
      () => undefined,
      signal,
    )
  const filesOf = async (place: string) => {
    await using written = await openSession(place, asking(common), signal)
    const made = await written.load(written.choose(), signal)
    const readings = await Promise.all(made.layers.map(({ blob }) => written.readLayer(blob, { signal })))
    return { made, entries: readings.map(({ changeset }) => changeset.length) }
  }
  const rows = (found: Awaited<ReturnType<typeof work>>) => found.layers.map(({ positions, action }) => [positions, action])

  const squash = { type: 'squash', from: 2, to: 4 } as const
  const edits = [edit, squash, { type: 'remove', path: 'secret' }, { type: 'set', setting: 'user=7' }] as const
  const found = await work(edits)
  assert.deepEqual(rows(found), [
    [[0, 1], 'rebase'],
    [[2, 3, 4], 'write'],
  ])
  assert.deepEqual(
    found.removed.map(({ paths }) => paths),
    [1],
  )
  const { result } = await work(edits, home.destination)
  const { made, entries } = await filesOf(home.destination)
  assert.equal(made.descriptor.digest, result?.digest)
  assert.equal(made.config?.value.container.user, '7')
  assert.deepEqual(entries, [1, 1, 1, 2])
  assert.equal(
    found.after,
    made.layers.reduce((sum, { blob }) => sum + blob.size, 0),
  )

  assert.deepEqual(rows(await work([edit, { type: 'drop-layer', position: 3 }])), [
    [[0, 1], 'rebase'],
    [[2], 'keep'],
    [[3], 'drop'],
    [[4], 'keep'],
  ])
  const whole = await work([edit, { type: 'squash' }])
  assert.deepEqual(rows(whole), [[[0, 1, 2, 3, 4], 'write']])
  const based = await work([edit, { type: 'squash', from: 0, to: 1 }])
  assert.deepEqual(rows(based)[0], [[0, 1], 'rebase'])

  const refused: readonly (readonly [edit: Edit, why: RegExp])[] = [
    [{ type: 'drop-layer', position: 1 }, /layer 2 is the old base’s, which goes as a whole/],
    [{ type: 'squash', from: 1, to: 3 }, /begins at layer 2, inside the old base/],
    [{ type: 'squash', to: 0 }, /ends at layer 1, inside the old base/],
    [{ type: 'platforms', platforms: ['linux/amd64'] }, /only the image on the screen/],
    [{ type: 'drop-layer', position: 9 }, /there is no layer/],
  ]
  for (const [wrong, message] of refused) {
    const to = `oci:${join(directory, 'never')}:1`
    await assert.rejects(work([edit, wrong], to), (thrown: Error & { code: string }) => {
      assert.equal(thrown.code, 'PLAN_INVALID')
      assert.match(thrown.message, message)
      return true
    })
    assert.equal(existsSync(join(directory, 'never')), false)
  }
})
