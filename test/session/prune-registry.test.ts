import assert from 'node:assert/strict'
import { existsSync, globSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { digestOf } from '../../src/blob/digest.ts'
import { OCI_INDEX } from '../../src/blob/media-type.ts'
import { asking } from '../../src/session/asking.ts'
import type { GraphDocument } from '../../src/session/blob-graph.ts'
import { deletionOrder } from '../../src/session/usage/deletion-order.ts'
import { placeUsage } from '../../src/session/usage/place-usage.ts'
import { pruneRegistry } from '../../src/session/usage/prune-registry.ts'
import { whereToDelete } from '../../src/transport/registry/delete-manifest.ts'
import { imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { REGISTRY_PROGRAMS, startDockerRegistry } from '../kit/registry/docker-registry.ts'
import { serveDirectory } from '../kit/registry/served-directory.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { fc } from '../kit/seeded-check.ts'

const base = layerFixture({ 'etc/base': 'shared '.repeat(1000) })
const dated = (name: string, created: string, manifest = {}) =>
  imageFixture([base, layerFixture({ [name]: `only in ${name}` })], { config: { created }, manifest })
const old = dated('old', '2020-01-01T00:00:00Z')
const older = dated('older', '2019-01-01T00:00:00Z')
const now = dated('now', new Date().toISOString())
const arm = dated('arm', '2020-01-01T00:00:00Z')
const index = indexFixture([older, arm])
const signature = dated('sig', '2020-01-01T00:00:00Z', { artifactType: 'application/signature', subject: old.descriptor })
const YEAR = 365 * 24 * 3_600_000

/** Bytes of all blobs below a directory, by what their names end with. */
const bytesBelow = (directory: string, pattern: string) =>
  globSync(pattern, { cwd: directory })
    .map(name => statSync(join(directory, name)))
    .reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0)

describe('pruning a repository of a registry', () => {
  test('deletes by digest in an order that never leaves an index without its images, and frees what was foretold', async context => {
    const directory = scratch(context)
    const api = await serveDirectory(context, directory)
    for (const [tag, image] of Object.entries({ old, index, now, same: older })) await api.pushImage('app', tag, image)
    await api.pushImage('app', signature.descriptor.digest, signature)
    const host = new URL(api.origin).host
    // `same` is an image of the index: it is dated like it and goes as well; a second tag of `now` stays with its image.
    await api.pushImage('app', 'release', now)
    const repository = `docker://${host}/app`
    const usage = await placeUsage(asking({ cache: false }), repository, { olderThan: YEAR }, { referrers: true })
    assert.deepEqual(usage.selected.tags.map(({ name }) => name).sort(), ['index', 'old', 'same'])
    const before = bytesBelow(join(directory, 'app/blobs'), 'sha256/*')
    const { status, stdout, stderr } = await peel(['prune', repository, '--older-than', '1y', '--delete', '--json', '--no-cache'])
    assert.equal(status, 0, stderr)
    const { selected, deleted } = JSON.parse(stdout)
    assert.deepEqual([selected.freed, deleted], [usage.selected.freed, true])
    assert.deepEqual(JSON.parse(String((await api.expect(200, 'GET', '/v2/app/tags/list')).bytes)).tags, ['now', 'release'])
    for (const gone of [old, older, arm, index, signature])
      await api.expect(404, 'GET', `/v2/app/manifests/${gone.descriptor.digest}`)
    assert.equal((await peel(['verify', `${host}/app:now`, '--no-cache'])).status, 0)
    // The layers are garbage now: what the place collects is what was foretold, with the documents that went before.
    assert.equal((await peel(['prune', join(directory, 'app'), '--delete'])).status, 0)
    assert.equal(before - bytesBelow(join(directory, 'app/blobs'), 'sha256/*'), usage.selected.freed)
  })

  test('a tag whose image stays goes by its name, and frees nothing', async context => {
    const directory = scratch(context)
    const api = await serveDirectory(context, directory)
    for (const tag of ['keep', 'drop-1', 'drop-2']) await api.pushImage('app', tag, now)
    const repository = { host: new URL(api.origin).host, path: 'app' }
    const { selected } = await pruneRegistry(asking({ cache: false }), `docker://${repository.host}/app`, repository, {
      match: 'drop-*',
    })
    assert.equal(selected.freed, 0)
    assert.deepEqual(JSON.parse(String((await api.expect(200, 'GET', '/v2/app/tags/list')).bytes)).tags, ['keep'])
    await api.expect(200, 'GET', '/v2/app/manifests/keep')
  })

  test('a registry that deletes nothing is told from one that does, and where it is done is said', async context => {
    const directory = scratch(context)
    const api = await serveDirectory(context, directory, { allowDelete: false })
    await api.pushImage('app', 'old', old)
    const { status, stderr } = await peel(['prune', `docker://${new URL(api.origin).host}/app`, '--match', '*', '--delete'])
    assert.equal(status, 3)
    assert.match(stderr, /deletes nothing by its API\n.*REGISTRY_STORAGE_DELETE_ENABLED/)
    await api.expect(200, 'GET', '/v2/app/manifests/old')
    const dry = await peel(['prune', `docker://${new URL(api.origin).host}/app`, '--match', '*'])
    assert.match(dry.stdout, /Nothing was deleted/)
  })

  for (const [what, change] of [
    ['came', (registry: TestRegistry) => registry.store.add('app', 'new', now)],
    ['moved', (registry: TestRegistry) => registry.store.add('app', 'keep', old)],
  ] as const) {
    test(`a tag that ${what} since it was counted stops everything before the first deletion`, async context => {
      const registry = await TestRegistry.start({ lax: true })
      context.after(() => registry.close())
      registry.store.add('app', 'keep', now)
      registry.store.add('app', 'old', old)
      let lists = 0
      registry.misbehave = ({ path }) => {
        if (path.includes('/tags/list') && !path.includes('last=') && ++lists === 2) change(registry)
        return undefined
      }
      const repository = { host: registry.host, path: 'app' }
      await assert.rejects(
        pruneRegistry(asking({ cache: false }), `docker://${registry.host}/app`, repository, { match: 'old' }),
        {
          code: 'DESTINATION_CHANGED',
        },
      )
      assert.deepEqual(
        registry.log.filter(line => line.startsWith('DELETE')),
        [],
      )
    })
  }

  test('where a tag may be unlisted nothing is deleted, neither by the first list nor by the second, and a dry run says so', async context => {
    const cut = { lax: true, pageSize: 2, linkStyle: 'body-more', last: 'ignored' } as const
    const registry = await TestRegistry.start(cut)
    context.after(() => registry.close())
    // `unlisted` names the image that pruning `old` would take with it.
    for (const [tag, image] of Object.entries({ keep: now, old, unlisted: old })) registry.store.add('app', tag, image)
    const place = `docker://${registry.host}/app`
    const prune = (...more: readonly string[]) => peel(['prune', place, '--match', 'old', '--no-cache', ...more])
    const refused = await prune('--delete')
    assert.equal(refused.status, 3)
    assert.match(refused.stderr, /a tag that is not listed may need what would be deleted.*may hold more[\s\S]*console/)
    const dry = await prune()
    assert.deepEqual([dry.status, /Nothing was deleted\.$/m.test(dry.stdout)], [0, true])
    assert.match(dry.stderr, /Cannot prune .*a tag that is not listed/)
    registry.behaviour = { lax: true }
    registry.misbehave = ({ path }) => {
      if (path.includes('/manifests/keep')) registry.behaviour = cut
      return undefined
    }
    assert.match((await prune('--delete')).stderr, /a tag that is not listed/)
    assert.deepEqual(
      registry.log.filter(line => line.startsWith('DELETE')),
      [],
    )
  })

  test('a thousand tags take a request each, and two where their ages are asked for', async context => {
    const registry = await TestRegistry.start({ lax: true })
    context.after(() => registry.close())
    for (let at = 0; at < 1000; at++) {
      const created = new Date(Date.UTC(2020, 0, 1) + at * 3_600_000).toISOString()
      registry.store.add('app', `tag-${at}`, imageFixture([base], { config: { created, author: `${at}` } }))
    }
    const place = `docker://${registry.host}/app`
    const plain = await placeUsage(asking({ cache: false }), place, { match: '*-1' })
    assert.equal(plain.tags.length, 1000)
    const asked = registry.log.length
    assert.ok(asked <= 1100, `${asked}`)
    const aged = await placeUsage(asking({ cache: false }), place, { keepLast: 10 })
    assert.equal(aged.selected.tags.length, 990)
    assert.ok(registry.log.length - asked <= 2100, `${registry.log.length - asked}`)
  })

  peerTest('docker-registry: its own garbage collection frees the bytes that were foretold', REGISTRY_PROGRAMS, async context => {
    const registry = await startDockerRegistry('plain')
    context.after(() => registry.close())
    const layout = writeLayout(scratch(context), { old, older, now, index, tagged: now })
    for (const tag of ['old', 'older', 'now', 'index']) {
      const { status, stderr } = await peel([
        'copy',
        '--all',
        `oci:${layout}:${tag}`,
        `docker://${registry.host}/team/app:${tag}`,
      ])
      assert.equal(status, 0, stderr)
    }
    const blobs = join(registry.directory, 'data/docker/registry/v2/blobs')
    const before = bytesBelow(blobs, '**/data')
    const { status, stdout, stderr } = await peel([
      'prune',
      `docker://${registry.host}/team/app`,
      '--older-than',
      '1y',
      '--delete',
      '--json',
    ])
    assert.equal(status, 0, stderr)
    const { selected } = JSON.parse(stdout)
    assert.deepEqual(selected.tags.sort(), ['index', 'old', 'older'])
    run('docker-registry', ['garbage-collect', join(registry.directory, 'config.yml')])
    assert.equal(before - bytesBelow(blobs, '**/data'), selected.freed)
    assert.ok(selected.freed > 0)
    assert.equal((await peel(['verify', `docker://${registry.host}/team/app:now`, '--no-cache'])).status, 0)
    assert.ok(existsSync(blobs))
  })
})

test('each registry that deletes in another way is named with that way, for the very repository', () => {
  for (const [host, path, says] of [
    ['docker.io', 'team/app', 'https://hub.docker.com/r/team/app/tags'],
    ['ghcr.io', 'me/app/web', '/user/packages/container/app%2Fweb/versions/ID'],
    ['public.ecr.aws', 'alias/app', 'aws ecr-public batch-delete-image --repository-name app '],
    ['1234.dkr.ecr.eu-central-1.amazonaws.com', 'app', 'aws ecr batch-delete-image --repository-name app '],
    ['eu.gcr.io', 'project/app', 'gcloud artifacts docker images delete eu.gcr.io/project/app:TAG'],
    ['europe-docker.pkg.dev', 'p/r/app', 'gcloud artifacts docker images delete europe-docker.pkg.dev/p/r/app:TAG'],
    ['mine.azurecr.io', 'app', 'az acr repository delete --name mine --image app:TAG'],
    ['quay.io', 'team/app', 'https://quay.io/repository/team/app?tab=tags'],
    ['registry.example:5000', 'app', 'REGISTRY_STORAGE_DELETE_ENABLED=true'],
    ['ghcr.io.evil.example', 'me/app', 'REGISTRY_STORAGE_DELETE_ENABLED=true'],
  ] as const)
    assert.ok(whereToDelete({ host, path }).includes(says), `${host}: ${whereToDelete({ host, path })}`)
})

test('the order of deletion has every document that goes, each before what it leads to', () => {
  const digest = (at: number) => digestOf(Buffer.from(`document ${at}`))
  const descriptor = (at: number): Descriptor => ({ mediaType: OCI_INDEX, digest: digest(at), size: 1 })
  const node = fc.record({ children: fc.array(fc.nat(), { maxLength: 3 }), subject: fc.option(fc.nat()), goes: fc.boolean() })
  fc.assert(
    fc.property(fc.array(node, { minLength: 1, maxLength: 30 }), nodes => {
      const documents = new Map<string, GraphDocument>()
      for (const [at, { children, subject }] of nodes.entries()) {
        // The blobs a document names were there before it: digests allow nothing else.
        const earlier = (to: number) => descriptor(to % at)
        documents.set(digest(at), {
          descriptor: descriptor(at),
          children: at === 0 ? [] : children.map(earlier),
          subject: at === 0 || subject === null ? undefined : earlier(subject),
          artifactType: undefined,
          annotations: {},
        })
      }
      const gone = nodes.flatMap(({ goes }, at) => (goes ? [digest(at)] : []))
      const order = deletionOrder({ documents, hung: [] }, [...gone, digest(1000)])
      assert.deepEqual([...order].sort(), [...gone].sort())
      const place = new Map(order.map((each, at) => [each, at]))
      for (const each of order) {
        const document = documents.get(each)
        for (const to of [...(document?.children ?? []), ...(document?.subject === undefined ? [] : [document.subject])])
          if (place.has(to.digest)) assert.ok((place.get(each) ?? 0) < (place.get(to.digest) ?? 0))
      }
    }),
  )
})
