import assert from 'node:assert/strict'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { asking } from '../../src/session/asking.ts'
import { CONCEPTS } from '../../src/session/search/concept-table.ts'
import { type ImageCard, installed, readCards } from '../../src/session/search/image-card.ts'
import { foundCards } from '../../src/session/search/place-cards.ts'
import { searchCards } from '../../src/session/search/search-cards.ts'
import { mentions, searchWords } from '../../src/session/search/search-words.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { fakeEngine, savedImage } from '../kit/server/fake-engine.ts'

const card = (name: string, facts: Partial<ImageCard> = {}): ImageCard => ({
  reference: name,
  names: [name],
  starts: [],
  packages: [],
  labels: [],
  ports: [],
  ...facts,
})

/** One card for each program of the table, so that every query has hundreds of others to lose against. */
const crowd = [...new Set(CONCEPTS.flatMap(({ names }) => names))].map(name => card(name))
const top = (query: string, cards = crowd) =>
  searchCards(cards, query)
    .slice(0, 3)
    .map(({ reference }) => reference)

describe('searching images', () => {
  test('finds the obvious program first, in two languages', () => {
    assert.ok(crowd.length > 200)
    for (const [query, wanted] of [
      ['我需要一个快速的缓存解决方案', 'redis'],
      ['a fast cache', 'redis'],
      ['I need a relational database', 'postgres'],
      ['关系型数据库', 'postgres'],
      ['serve a static website', 'nginx'],
      ['消息队列', 'rabbitmq'],
      ['load balancer for http', 'traefik'],
      ['全文搜索', 'elasticsearch'],
      ['collect logs', 'loki'],
      ['单点登录', 'keycloak'],
      ['s3 compatible object storage', 'minio'],
      ['向量检索', 'qdrant'],
      ['redis', 'redis'],
      ['jupiter notebook', 'jupyter'],
    ] as const)
      assert.ok(top(query).includes(wanted), `${query}: ${top(query)}`)
    assert.equal(top('我需要一个快速的缓存解决方案')[0], 'redis')
    assert.deepEqual(top('zzzzz'), [])
    assert.deepEqual(top('the'), [])
  })

  test('an image whose name says nothing is found by its port, what starts and what was installed, and says so', () => {
    const cards = [
      ...crowd.filter(({ reference }) => !['redis', 'valkey', 'memcached', 'keydb', 'dragonfly', 'varnish'].includes(reference)),
      card('team-x', { ports: ['6379'], packages: ['redis-server'], starts: ['redis-server'] }),
    ]
    const [hit] = searchCards(cards, 'cache')
    assert.equal(hit?.reference, 'team-x')
    assert.deepEqual(hit?.why, ['starts redis-server', 'package redis-server', 'port 6379'])
  })

  test('splits words as people and identifiers do', () => {
    assert.deepEqual(searchWords('RedisServer my-app'), ['redis', 'server', 'my-app', 'app'])
    assert.deepEqual(searchWords('数据库'), ['数据', '据库'])
    assert.ok(mentions('some caches please', 'cache'))
    assert.ok(!mentions('goal', 'go'))
    assert.ok(mentions('key-value store', 'key value'))
  })

  test('reads installed packages out of the history', () => {
    assert.deepEqual(
      installed('RUN apt-get update && apt-get install -y --no-install-recommends redis-server=6 curl \\\n jq && rm -rf /x'),
      ['redis-server', 'curl', 'jq'],
    )
    assert.deepEqual(installed('RUN apk add --no-cache nginx'), ['nginx'])
    assert.deepEqual(installed('COPY . .'), [])
  })

  test('peel search, as JSON to the letter', async context => {
    const config = { config: { ExposedPorts: { '6379/tcp': {} }, Entrypoint: ['/usr/bin/redis-server'] } }
    const layout = writeLayout(scratch(context), {
      one: imageFixture([layerFixture({ a: 'a' })], { config }),
      two: imageFixture([layerFixture({ b: 'b' })]),
    })
    const { stdout, status, stderr } = await peel(['search', '缓存', '--in', layout, '--json'])
    assert.equal(status, 0, stderr)
    const hits = JSON.parse(stdout)
    assert.equal(hits.length, 1)
    assert.deepEqual(Object.keys(hits[0]), ['reference', 'score', 'why'])
    assert.equal(hits[0].reference, `${layout}:one`)
    assert.deepEqual(hits[0].why, ['starts redis-server', 'port 6379'])
    assert.match((await peel(['search', 'mail', '--in', layout])).stderr, /No image of 2 answers/)
    const nothing = await peel(['search', '', ' '])
    assert.equal(nothing.status, 2)
    assert.match(nothing.stderr, /Cannot search for nothing/)
    const none = writeLayout(scratch(context), {})
    assert.match((await peel(['search', 'mail', '--in', none])).stderr, /No image is known here yet\.\nName where to look: --in/)
  })

  test('each hit is named as it is opened: by tag, by the selector it was found with, by digest where it has no name', async context => {
    const one = imageFixture([layerFixture({ a: 'a' })])
    const layout = writeLayout(scratch(context), { one, 'team/two:2': imageFixture([layerFixture({ b: 'b' })]) })
    const referencesOf = async (place: string) => (await readCards(asking(), place)).map(({ reference }) => reference)
    assert.deepEqual(await referencesOf(layout), [`${layout}:one`, `${layout}:team/two:2`])
    assert.deepEqual(await referencesOf(`oci:${layout}`), [`oci:${layout}:one`, `oci:${layout}:team/two:2`])
    assert.deepEqual(await referencesOf(`${layout}:one`), [`${layout}:one`])
    const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'))
    for (const each of index.manifests) delete each.annotations
    writeFileSync(join(layout, 'index.json'), JSON.stringify(index))
    assert.deepEqual(
      await referencesOf(layout),
      index.manifests.map(({ digest }: { digest: string }) => `${layout}@${digest}`),
    )
  })

  test('what was found and not named asks no registry, unpacks no large archive, and is passed over where it cannot be read', async context => {
    const directory = scratch(context)
    const of = async (place: string) => (await foundCards(asking(), place)).map(({ reference, names }) => [reference, names])
    assert.deepEqual(await of('registry.invalid/team/redis:7'), [['registry.invalid/team/redis:7', ['team\nredis:7']]])
    assert.deepEqual(await of('registry.invalid/'), [])
    const large = join(directory, 'redis.tar.gz')
    writeFileSync(large, Buffer.from('1f8b08', 'hex'))
    assert.deepEqual(await of(large), [])
    truncateSync(large, 65 * 1024 * 1024)
    assert.deepEqual((await of(large))[0]?.[0], large)
    assert.deepEqual(await of(join(directory, 'gone')), [])
  })

  test('images of an engine and repositories of a catalogue are places too', async context => {
    const engine = await fakeEngine(context, await savedImage(context, imageFixture([layerFixture({ a: '' })])))
    const registry = await TestRegistry.start({ lax: true })
    context.after(() => registry.close())
    for (const name of ['team/redis', 'team/nginx', 'team/other'])
      registry.store.add(name, '1', imageFixture([layerFixture({ [name]: '' })]))
    const search = async (...args: string[]) =>
      JSON.parse((await peel(['search', 'cache', '--json', ...args], { env: engine.environment, cwd: scratch(context) })).stdout)
    const held = await search('--in', 'docker-daemon:')
    assert.deepEqual(held[0].reference, 'docker-daemon:app:1')
    assert.deepEqual(held[0].why, ['starts redis-server', 'port 6379'])
    // Nothing is saved to be searched.
    assert.ok(!engine.asked.some(line => line.endsWith('/get')), engine.asked.join())
    assert.equal((await search('--in', `${registry.host}/`))[0].reference, `${registry.host}/team/redis`)
    assert.deepEqual(
      (await search()).map(({ reference }: { reference: string }) => reference),
      ['docker-daemon:app:1'],
    )
  })
})
