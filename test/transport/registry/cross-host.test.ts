import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { digestOf } from '../../../src/blob/digest.ts'
import { readBlob } from '../../../src/blob/read.ts'
import type { ImageError } from '../../../src/error.ts'
import { RegistryClient } from '../../../src/transport/registry/client.ts'
import { RegistrySink } from '../../../src/transport/registry/registry-sink.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { headDocument } from '../../../src/transport/registry/remote-document.ts'
import { listTags } from '../../../src/transport/registry/tags.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import type { Fault } from '../../kit/registry/fault.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

const image = imageFixture([layerFixture({ a: 'a' })])
const other = imageFixture([layerFixture({ b: 'b' })])
const OWN = 'own:password'
const VICTIM = 'victim:s3cret'
const basic = (pair: string) => Buffer.from(pair).toString('base64')

/** A behaviour of the registry that the user names by which a request ends up at another one. */
type HandOver = { readonly name: string; readonly of: RegExp; readonly fault: (victim: TestRegistry) => Fault }

const redirects = [301, 302, 303, 307, 308].flatMap(status =>
  [
    'GET .*manifests',
    'HEAD .*manifests',
    'GET .*blobs',
    'HEAD .*blobs',
    'GET .*tags',
    'POST .*uploads',
    'PUT .*uploads',
    'PATCH',
    'DELETE',
    'PUT .*manifests',
  ].map(
    (of): HandOver => ({
      name: `a ${status} on ${of}`,
      of: new RegExp(`^${of}`),
      fault: victim => ({ type: 'redirect', status, to: `${victim.origin}/v2/team/app/manifests/prod` }),
    }),
  ),
)
const locations: readonly HandOver[] = ['POST .*uploads', 'PATCH'].flatMap(of =>
  ['/v2/team/app/blobs/uploads/stolen', '/v2/team/app/manifests/prod'].map(path => ({
    name: `a Location to ${path} on ${of}`,
    of: new RegExp(`^${of}`),
    fault: victim => ({ type: 'status', status: 202, headers: { location: `${victim.origin}${path}` } }),
  })),
)
const others: readonly HandOver[] = [
  {
    name: 'a Link to the next page',
    of: /^GET .*tags/,
    fault: victim => ({
      type: 'status',
      status: 200,
      headers: { link: `<${victim.origin}/v2/team/app/tags/list?n=1>; rel="next"` },
      body: '{"tags":["1"]}',
    }),
  },
  {
    name: 'a realm',
    of: /./,
    fault: victim => ({
      type: 'status',
      status: 401,
      headers: { 'www-authenticate': `Bearer realm="${victim.origin}/v2/team/app/manifests/prod",service="x"` },
    }),
  },
]

describe('a request carries the credentials of the registry that was named, or none', () => {
  let registry: TestRegistry
  let victim: TestRegistry

  before(async () => {
    registry = await TestRegistry.start({ basic: OWN })
    victim = await TestRegistry.start({ basic: VICTIM })
  })
  after(async () => {
    await registry.close()
    await victim.close()
  })
  beforeEach(() => {
    for (const each of [registry, victim]) {
      each.misbehave = () => undefined
      each.uploads.behaviour = {}
      each.seen.splice(0)
      each.store.repositories.clear()
    }
    registry.store.add('team/app', '1', image)
    victim.store.add('team/app', 'prod', other)
  })

  const options = () => ({
    retry: { base: 1, tries: 2 },
    environment: {
      HOME: '/nonexistent',
      DOCKER_AUTH_CONFIG: JSON.stringify({
        auths: { [registry.host]: { auth: basic(OWN) }, [victim.host]: { auth: basic(VICTIM) } },
      }),
    },
  })

  /** Everything that peel does with a registry; what fails because of the hand-over does not count. */
  async function useRegistry(inChunks = false): Promise<void> {
    const location = { host: registry.host, path: 'team/app' }
    const source = new RegistrySource({ ...location, tag: '1' }, options())
    const client = new RegistryClient(location, options())
    const sink = new RegistrySink({ ...location, path: 'team/new' }, { ...options(), tag: '2' })
    const quietly = (action: () => Promise<unknown>) =>
      action().catch((thrown: ImageError) => assert.ok(thrown.code, thrown.stack))
    await quietly(() => source.roots())
    for (const blob of image.layers)
      await quietly(async () => {
        for await (const _ of readBlob(source, blob));
      })
    await quietly(() => headDocument({ client, repository: location, reference: '1' }))
    await quietly(async () => {
      for await (const _ of listTags(client, location));
    })
    const large = inChunks ? Buffer.alloc(8 * 1024 * 1024 + 1, 1) : Buffer.alloc(0)
    const small = [...image.blobs].filter(([digest]) => digest !== image.descriptor.digest)
    const blobs = inChunks ? [[digestOf(large), large] as const] : small
    for (const [digest, bytes] of blobs) {
      const blob = { mediaType: 'application/octet-stream', digest: digest as never, size: bytes.length }
      await quietly(async () => {
        if (!(await sink.has(blob)))
          await sink.put(blob, {
            [Symbol.asyncIterator]: async function* () {
              yield bytes
            },
          })
      })
    }
    await quietly(async () => {
      const bytes = image.blobs.get(image.descriptor.digest) ?? Buffer.alloc(0)
      await sink.put(
        image.descriptor,
        (async function* () {
          yield bytes
        })(),
      )
      await sink.commit(image.descriptor)
    })
    await sink.abort()
    await source.close()
    await client.close()
  }

  for (const { name, of, fault } of [...redirects, ...locations, ...others]) {
    test(`${name} reaches another registry without its credentials and writes nothing there`, async () => {
      const inChunks = /PATCH/.test(of.source)
      registry.uploads.behaviour = inChunks ? { refuse: { whole: 405 } } : {}
      registry.always(of, fault(victim))
      if (of.source.startsWith('^DELETE')) registry.always(/^(?:PUT|PATCH) .*uploads/, { type: 'status', status: 500 })
      await useRegistry(inChunks)
      const [own, foreign] = [registry.seen, victim.seen].map(seen => seen.map(({ headers }) => headers.authorization))
      assert.ok(
        registry.log.some(line => of.test(line)),
        'the hand-over took place',
      )
      assert.deepEqual(
        foreign?.filter(each => each?.includes(basic(VICTIM))),
        [],
        'what the user is logged in to there',
      )
      if (name !== 'a realm')
        assert.deepEqual(
          foreign?.filter(each => each !== undefined),
          [],
          'any credentials',
        )
      assert.deepEqual(
        own?.filter(each => each?.includes(basic(VICTIM))),
        [],
      )
      assert.deepEqual(
        victim.log.filter(line => !/^(?:GET|HEAD) /.test(line)),
        [],
        'nothing is written there',
      )
      assert.equal(victim.store.repositories.get('team/app')?.tags.get('prod'), other.descriptor.digest)
    })
  }

  test('a chain of redirects that comes back to the registry goes on without credentials', async () => {
    registry.misbehave = ({ path }) =>
      /blobs/.test(path) && !path.includes('back') ? { type: 'redirect', to: `${victim.origin}/away` } : undefined
    victim.always(/away/, { type: 'redirect', to: `${registry.origin}/v2/team/app/blobs/${image.layers[0]?.digest}?back` })
    await useRegistry()
    const back = registry.seen.filter(({ path }) => path.includes('back'))
    assert.ok(back.length > 0)
    assert.deepEqual(
      back.filter(({ headers }) => headers.authorization !== undefined),
      [],
    )
  })

  test('a client certificate that is configured for another host is not shown to it', async () => {
    const { mkdtempSync, mkdirSync, writeFileSync, rmSync } = await import('node:fs')
    const { join } = await import('node:path')
    const { tmpdir } = await import('node:os')
    const { certificatesFor } = await import('../../../src/transport/http/certificates.ts')
    const directory = mkdtempSync(join(tmpdir(), 'peel-certs-'))
    for (const host of ['own.example', 'victim.example']) {
      mkdirSync(join(directory, host))
      for (const name of ['client.cert', 'client.key', 'ca.crt'])
        writeFileSync(join(directory, host, name), `-----BEGIN ${host} ${name}\n`)
    }
    const chosen = { certificateDirectories: [directory] }
    const own = await certificatesFor('own.example', 'own.example', chosen)
    const foreign = await certificatesFor('victim.example', 'own.example', chosen)
    assert.match(own.cert ?? '', /own\.example client\.cert/)
    assert.deepEqual([foreign.cert, foreign.key], [undefined, undefined])
    assert.ok(
      foreign.ca?.some(each => each.includes('victim.example ca.crt')),
      'its authority is still trusted',
    )
    rmSync(directory, { recursive: true })
  })
})
