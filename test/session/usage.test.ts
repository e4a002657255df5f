import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { asking } from '../../src/session/asking.ts'
import { placeUsage } from '../../src/session/usage/place-usage.ts'
import { prunePlace } from '../../src/session/usage/prune-place.ts'
import { selectTags } from '../../src/session/usage/select-tags.ts'
import { dockerArchive } from '../kit/image/archive-fixture.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { fc } from '../kit/seeded-check.ts'

const base = layerFixture({ 'etc/base': 'shared by all' })
const dated = (name: string, created: string) =>
  imageFixture([base, layerFixture({ [name]: `only in ${name}` })], { config: { created } })
const old = dated('old', '2020-01-01T00:00:00Z')
const older = dated('older', '2019-01-01T00:00:00Z')
const now = dated('now', new Date().toISOString())
const undatable = dated('undatable', '0001-01-01T00:00:00Z')
const index = indexFixture([old, now])
const signature = imageFixture([layerFixture({ sig: 'signed' })], {
  manifest: { artifactType: 'application/signature', subject: old.descriptor },
})

const onDisk = (layout: string) =>
  readdirSync(join(layout, 'blobs/sha256')).reduce((sum, name) => sum + statSync(join(layout, 'blobs/sha256', name)).size, 0)
const bytesOf = (...images: readonly ImageFixture[]) =>
  [...new Map(images.flatMap(image => [...image.blobs])).values()].reduce((sum, bytes) => sum + bytes.length, 0)

describe('what a place holds', () => {
  test('by tag, shared and alone, with what a selection frees', async context => {
    const layout = writeLayout(scratch(context), { old, older, now, undatable, all: index })
    const usage = await placeUsage(asking(), layout, { olderThan: 365 * 24 * 3_600_000 })
    assert.equal(usage.bytes, onDisk(layout))
    assert.equal(usage.blobs, readdirSync(join(layout, 'blobs/sha256')).length)
    assert.deepEqual(
      usage.selected.tags.map(({ name }) => name),
      ['old', 'older', 'all'],
    )
    // The index is dated by its first image; `now` and the base stay.
    assert.equal(usage.selected.freed, bytesOf(old, older, index, now, undatable) - bytesOf(now, undatable))
    assert.ok(usage.selected.exclusiveSum < usage.selected.freed)
    const [first] = usage.tags
    assert.equal(first?.bytes, bytesOf(old))
    assert.equal(first?.exclusive, 0)
    assert.deepEqual(usage.unreachable, { blobs: [], bytes: 0 })
  })

  test('a signature goes with what it signs, and is no tag of its own under a fallback tag', async context => {
    const tag = old.descriptor.digest.replace(':', '-')
    for (const name of ['', tag, `${tag}.sig`]) {
      const layout = writeLayout(scratch(context), { old, now, [name]: signature })
      const usage = await placeUsage(asking(), layout, { match: 'old' })
      assert.deepEqual(
        usage.tags.map(each => each.name),
        ['old', 'now'],
      )
      assert.equal(usage.selected.freed, bytesOf(old, now, signature) - bytesOf(now))
    }
  })

  test('an archive and a repository of a registry count as the layout does', async context => {
    const directory = scratch(context)
    const registry = await TestRegistry.start({ referrers: 'api', lax: true })
    context.after(() => registry.close())
    for (const [tag, image] of Object.entries({ old, older, now })) registry.store.add('team/app', tag, image)
    const usage = await placeUsage(asking({ cache: false }), `docker://${registry.host}/team/app`, { match: 'old*' })
    assert.equal(usage.bytes, bytesOf(old, older, now))
    assert.equal(usage.selected.freed, bytesOf(old, older, now) - bytesOf(now))
    assert.equal(usage.unreachable, undefined)
    const asked = registry.log.filter(line => line.includes('/v2/'))
    assert.ok(asked.length <= 3 + 4, asked.join('\n'))
    const archive = join(directory, 'saved.tar')
    writeFileSync(archive, dockerArchive({ old, now }))
    const saved = await placeUsage(asking(), archive, { match: '*:latest' })
    assert.equal(saved.selected.freed, saved.bytes)
    assert.equal(saved.tags.length, 2)
  })

  test('as JSON, to the letter', async context => {
    const layout = writeLayout(scratch(context), { old, now })
    const { stdout, status } = await peel(['usage', layout, '--match', 'old', '--json'])
    assert.equal(status, 0)
    const json = JSON.parse(stdout)
    assert.deepEqual(Object.keys(json), ['bytes', 'blobs', 'tags', 'selected', 'unreachable', 'growth'])
    assert.deepEqual(json.tags[0], {
      name: 'old',
      digest: old.descriptor.digest,
      created: '2020-01-01T00:00:00.000Z',
      bytes: bytesOf(old),
      exclusive: bytesOf(old, now) - bytesOf(now),
    })
    assert.deepEqual(json.selected.tags, ['old'])
    assert.equal(json.selected.freed, bytesOf(old, now) - bytesOf(now))
  })
})

describe('selections', () => {
  const tags = [
    { name: 'a:1', created: 100 },
    { name: 'a:2', created: 300 },
    { name: 'b:1', created: 200 },
    { name: 'a:3', created: undefined },
  ]
  const names = (selection: Parameters<typeof selectTags>[1]) => selectTags(tags, selection, 1000).map(({ name }) => name)

  test('select nothing without a condition, and all conditions must hold', () => {
    assert.deepEqual(names({}), [])
    assert.deepEqual(names({ match: 'a:*' }), ['a:1', 'a:2', 'a:3'])
    assert.deepEqual(names({ match: 'a:*', olderThan: 750 }), ['a:1'])
  })

  test('keep the newest of each repository, and never select what has no age', () => {
    assert.deepEqual(names({ keepLast: 1 }), ['a:1'])
    assert.deepEqual(names({ olderThan: 0 }), ['a:1', 'a:2', 'b:1'])
  })

  test('no order of the list makes a newer one go than one that stays', () => {
    const tag = fc.record({ repository: fc.constantFrom('a', 'b'), created: fc.option(fc.nat(9), { nil: undefined }) })
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 12 }), fc.integer({ min: 1, max: 3 }), (made, keepLast) => {
        const listed = made.map(({ repository, created }, number) => ({ name: `${repository}:${number}`, created }))
        const selected = new Set(selectTags(listed, { keepLast }, 1000))
        for (const repository of ['a:', 'b:']) {
          const ages = (isSelected: boolean) =>
            listed
              .filter(each => each.name.startsWith(repository) && selected.has(each) === isSelected)
              .map(({ created }) => created)
          const [gone, stay] = [ages(true), ages(false).filter(created => created !== undefined)]
          assert.ok(gone.every(created => created !== undefined && stay.every(other => other >= created)))
          assert.equal(stay.length, Math.min(keepLast, gone.length + stay.length))
        }
      }),
    )
  })
})

describe('pruning a layout', () => {
  test('frees exactly what was foretold, and what stays is whole', async context => {
    const layout = writeLayout(scratch(context), { old, older, now, '': signature })
    const lost = Buffer.from('nothing leads here')
    writeFileSync(join(layout, 'blobs/sha256', digestOf(lost).slice(7)), lost)
    const before = onDisk(layout)
    const dry = await peel(['prune', layout, '--match', 'old'])
    assert.match(dry.stdout, /Nothing was deleted/)
    assert.equal(onDisk(layout), before)
    const { selected, unreachable } = await placeUsage(asking(), layout, { match: 'old' })
    assert.equal(unreachable?.bytes, lost.length)
    const { status, stderr } = await peel(['prune', layout, '--match', 'old', '--delete'])
    assert.equal(status, 0, stderr)
    assert.equal(before - onDisk(layout), selected.freed + lost.length)
    const left = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).manifests
    assert.deepEqual(
      left.map((each: { digest: string }) => each.digest),
      [older.descriptor.digest, now.descriptor.digest],
    )
    assert.equal((await peel(['verify', `${layout}:now`])).status, 0)
    assert.equal((await peel(['verify', `${layout}:older`])).status, 0)
  })

  test('without a condition only what nothing leads to goes; a child of an index that stays never does', async context => {
    const layout = writeLayout(scratch(context), { all: index, old, '': undatable })
    const before = onDisk(layout)
    await prunePlace(asking(), layout, {})
    assert.equal(onDisk(layout), before)
    await prunePlace(asking(), layout, { match: 'old' })
    assert.equal(onDisk(layout), before)
    assert.equal(JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')).manifests.length, 2)
  })

  test('images without a tag are selected alone, by age too; what a tag or an index still needs stays', async context => {
    const layout = writeLayout(scratch(context), { all: index, kept: now, '': undatable })
    const path = join(layout, 'index.json')
    const value = JSON.parse(readFileSync(path, 'utf8'))
    // As after a tag was deleted: an image of an index that stays, one of its own, and one that a tag names too.
    value.manifests.push(old.descriptor, older.descriptor, {
      ...now.descriptor,
      annotations: { 'org.opencontainers.image.ref.name': '' },
    })
    for (const [digest, bytes] of older.blobs) writeFileSync(join(layout, 'blobs/sha256', digest.slice(7)), bytes)
    writeFileSync(path, JSON.stringify(value))
    const selection = { untagged: true, olderThan: 24 * 3_600_000 }
    const { selected, tags } = await placeUsage(asking(), layout, { untagged: true })
    assert.deepEqual(
      selected.tags.map(({ digest }) => digest),
      [undatable, old, older, now].map(({ descriptor }) => descriptor.digest),
    )
    assert.ok(selected.tags.every(({ name, digest }) => name === `@${digest}`))
    assert.equal(tags.length, 6)
    assert.equal((await placeUsage(asking(), layout, {})).untagged, 4)
    const aged = await placeUsage(asking(), layout, selection)
    assert.equal(aged.selected.freed, bytesOf(index, now, old, older) - bytesOf(index, now, old))
    const before = onDisk(layout)
    await prunePlace(asking(), layout, selection)
    assert.equal(before - onDisk(layout), aged.selected.freed)
    const left = JSON.parse(readFileSync(path, 'utf8')).manifests
    assert.deepEqual(
      left.map((each: { digest: string }) => each.digest),
      [index, now, undatable, now].map(({ descriptor }) => descriptor.digest),
    )
    await assert.rejects(placeUsage(asking(), 'docker://registry.invalid/a', { untagged: true }), { code: 'USAGE_PLACE_INVALID' })
  })

  test('is refused where a document is damaged, for the blobs that it needs are not known', async context => {
    const layout = writeLayout(scratch(context), { all: index, now })
    const manifest = join(layout, 'blobs/sha256', old.descriptor.digest.slice(7))
    const length = readFileSync(manifest).length
    writeFileSync(manifest, 'x'.repeat(length))
    await assert.rejects(prunePlace(asking(), layout, {}), { code: 'PRUNE_UNSAFE' })
    unlinkSync(manifest)
    // One that is not there needs nothing that is: an index may be sparse.
    await prunePlace(asking(), layout, {})
    assert.ok(existsSync(join(layout, 'index.json')))
  })

  test('is refused where the blobs of the layout lie elsewhere: a stranger could have them deleted', async context => {
    const mine = writeLayout(scratch(context), { old })
    const layout = writeLayout(scratch(context), {})
    const blobs = join(layout, 'blobs/sha256')
    rmSync(blobs, { recursive: true, force: true })
    mkdirSync(join(layout, 'blobs'), { recursive: true })
    symlinkSync(join(mine, 'blobs/sha256'), blobs)
    const before = onDisk(mine)
    await assert.rejects(prunePlace(asking(), layout, {}), { code: 'PRUNE_UNSAFE' })
    assert.equal(onDisk(mine), before)
  })

  test('is refused for what is no layout', async context => {
    const archive = join(scratch(context), 'saved.tar')
    writeFileSync(archive, dockerArchive({ old }))
    const { status, stderr } = await peel(['prune', archive])
    assert.equal(status, 3)
    assert.match(stderr, /it is neither an OCI layout/)
    assert.equal((await peel(['usage', `${archive}:old`])).status, 3)
    assert.equal((await peel(['usage', archive, '--older-than', 'soon'])).status, 2)
  })
})
