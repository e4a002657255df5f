import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import type { Digest } from '../../../src/blob/digest.ts'
import { ImageError } from '../../../src/error.ts'
import { compareTags } from '../../../src/image/tag-order.ts'
import { RegistryClient } from '../../../src/transport/registry/client.ts'
import { listReferrers } from '../../../src/transport/registry/referrers.ts'
import { referrersTag } from '../../../src/transport/registry/referrers-tag.ts'
import { listRepositories, listTags } from '../../../src/transport/registry/tags.ts'
import { imageFixture, indexFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { QUICK } from '../../kit/registry/registry-sinks.ts'
import { TestRegistry, type TestRegistryOptions } from '../../kit/registry/test-registry.ts'

const image = imageFixture([layerFixture({ a: 'a' })])
let registry: TestRegistry
let client: RegistryClient

async function start(options: TestRegistryOptions = {}) {
  registry = await TestRegistry.start(options)
  client = new RegistryClient({ host: registry.host, path: 'team/app' }, QUICK)
}
afterEach(async () => {
  await client.close()
  await registry.close()
})

async function all(pages: AsyncIterable<readonly string[]>): Promise<string[]> {
  const names: string[] = []
  for await (const page of pages) names.push(...page)
  return names
}
const repository = () => ({ host: registry.host, path: 'team/app' })
const isError = (code: string) => (error: unknown) => error instanceof ImageError && error.code === code

describe('tags', () => {
  const tags = Array.from({ length: 25 }, (_, index) => `v${index + 1}`)

  for (const linkStyle of ['relative', 'absolute', 'next_page'] as const) {
    test(`follow ${linkStyle} links`, async () => {
      await start({ pageSize: 10, linkStyle })
      for (const tag of tags) registry.store.add('team/app', tag, image)
      assert.deepEqual((await all(listTags(client, repository()))).sort(compareTags), tags)
      assert.equal(registry.seen.length, 3)
    })
  }

  test('end where links loop, lead elsewhere or are not there', async () => {
    for (const linkStyle of ['loop', 'foreign', 'none'] as const) {
      await start({ pageSize: 10, linkStyle })
      for (const tag of tags) registry.store.add('team/app', tag, image)
      // A page that is smaller than asked for and brings no link is followed by its last name.
      assert.equal((await all(listTags(client, repository()))).length, linkStyle === 'none' ? 25 : 10)
      const codes = client.notices.diagnostics.map(({ code }) => code)
      assert.deepEqual(codes, linkStyle === 'none' ? [] : ['LISTING_INCOMPLETE'])
      await client.close()
      await registry.close()
    }
    await start({ nullTags: true })
    registry.store.repository('team/app')
    assert.deepEqual(await all(listTags(client, repository())), [])
    await assert.rejects(all(listTags(client, { host: registry.host, path: 'none' })), isError('NAME_UNKNOWN'))
  })

  test('all at once may be more than a document holds, as docker-registry 2.8 sends them', async () => {
    await start()
    const { tags: named } = registry.store.repository('team/app')
    const many = Array.from({ length: 50_000 }, (_, index) => `${'commit-'.repeat(14)}${index}`)
    for (const tag of many) named.set(tag, image.descriptor.digest)
    assert.deepEqual(await all(listTags(client, repository())), many)
    // More than were asked for are all there are.
    assert.equal(registry.seen.length, 1)
  })

  test('a full page without a link is followed by its last name', async () => {
    await start({ pageSize: 1000, linkStyle: 'none' })
    for (let index = 0; index < 1503; index++)
      registry.store.repository('team/app').tags.set(`t${String(index).padStart(4, '0')}`, image.descriptor.digest)
    assert.equal((await all(listTags(client, repository()))).length, 1503)
    assert.equal(registry.seen.length, 3)
  })

  test('in small pages, said in any way or in none, come whole, tags and repositories (B10)', async () => {
    for (const linkStyle of ['none', 'bare', 'body', 'body-token', 'body-more'] as const) {
      for (const pageSize of [1, 3, 25, 26]) {
        for (const last of ['after', 'from'] as const) {
          if (last === 'from' && (linkStyle !== 'none' || pageSize === 1)) continue
          await start({ pageSize, linkStyle, last })
          for (const tag of tags) registry.store.add('team/app', tag, image)
          for (const name of tags) registry.store.add(name, '1', image)
          const what = `${linkStyle} ${pageSize} ${last}`
          assert.deepEqual((await all(listTags(client, repository()))).sort(compareTags), tags, what)
          assert.equal((await all(listRepositories(client))).length, 26, what)
          assert.deepEqual(client.notices.diagnostics, [], what)
          await client.close()
          await registry.close()
        }
      }
    }
    await start()
  })

  test('of which a registry may hold more are told as such, without an end in silence', async () => {
    for (const [options, count] of [
      [{ pageSize: 3, linkStyle: 'body-more', last: 'ignored' }, 3],
      [{ pageSize: 3, linkStyle: 'body-more', last: 'refused' }, 3],
      [{ pageSize: 3, linkStyle: 'none', last: 'refused' }, 3],
      [{ pageSize: 50, linkStyle: 'none', last: 'ignored' }, 50],
    ] as const) {
      await start(options)
      for (let index = 0; index < 60; index++) registry.store.add('team/app', `t${index}`, image)
      assert.equal((await all(listTags(client, repository()))).length, count)
      assert.deepEqual(
        client.notices.diagnostics.map(({ message }) => message),
        ['The list may not be complete: the registry may hold more, and gives no way to ask for it'],
      )
      await client.close()
      await registry.close()
    }
    await start()
  })

  test('sort as people count', () => {
    assert.deepEqual(['1.10', '1.9', 'latest', '1.9-rc1', '1.27.0', '2'].sort(compareTags), [
      '1.9',
      '1.9-rc1',
      '1.10',
      '1.27.0',
      '2',
      'latest',
    ])
  })
})

describe('the catalog', () => {
  test('is paged, with an empty last page as distribution has it', async () => {
    await start({ pageSize: 2 })
    for (const name of ['a', 'b/c', 'd', 'e']) registry.store.add(name, '1', image)
    assert.deepEqual(await all(listRepositories(client)), ['a', 'b/c', 'd', 'e'])
  })

  test('is often not told', async () => {
    await start({ catalog: 'forbidden' })
    await assert.rejects(all(listRepositories(client)), isError('CATALOG_UNAVAILABLE'))
    registry.behaviour = { basic: 'user:pass' }
    await assert.rejects(all(listRepositories(client)), /asks for a login/)
  })
})

describe('the fallback tag of referrers', () => {
  test('the vectors of the distribution specification', () => {
    const encoded = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'
    assert.equal(referrersTag(`sha256:${encoded}` as Digest), `sha256-${encoded}`)
    assert.equal(referrersTag(`sha512:${encoded}${encoded}` as Digest), `sha512-${encoded}`)
    assert.equal(
      referrersTag(
        'test+algorithm+using+algorithm+separators+and+lots+of+characters+to+excercise+overall+truncation:alsoSome=InTheEncodedSectionToShowHyphenReplacementAndLotsAndLotsOfCharactersToExcerciseEncodedTruncation' as Digest,
      ),
      'test-algorithm-using-algorithm-s-alsoSome-InTheEncodedSectionToShowHyphenReplacementAndLotsAndLot',
    )
  })
})

describe('referrers', () => {
  const artifact = (artifactType: string) =>
    imageFixture([layerFixture({ [artifactType]: 'x' })], { manifest: { artifactType, subject: image.descriptor } })
  const [sbom, signature] = [artifact('application/sbom'), artifact('application/signature')]
  const find = (artifactType?: string) =>
    listReferrers({
      client,
      repository: repository(),
      subject: image.descriptor.digest,
      ...(artifactType !== undefined && { artifactType }),
    })

  async function startWith(options: TestRegistryOptions) {
    await start({ ...options, lax: true })
    registry.store.add('team/app', '1', image)
    registry.store.add('team/app', 'sbom', sbom)
    registry.store.add('team/app', 'signature', signature)
  }

  for (const referrers of ['api', 'filtered', 'paged'] as const) {
    test(`from the API (${referrers})`, async () => {
      await startWith({ referrers })
      assert.deepEqual(
        (await find()).map(each => [each.descriptor.digest, each.via]).sort(),
        [
          [sbom.descriptor.digest, 'api'],
          [signature.descriptor.digest, 'api'],
        ].sort(),
      )
      assert.deepEqual(
        (await find('application/sbom')).map(({ descriptor }) => descriptor.digest),
        [sbom.descriptor.digest],
      )
    })
  }

  for (const referrers of ['missing', 'html-redirect'] as const) {
    test(`from the fallback tag where there is no API (${referrers})`, async () => {
      await startWith({ referrers })
      const entry = { ...sbom.descriptor, artifactType: 'application/sbom' }
      const index = indexFixture([{ ...sbom, descriptor: entry }])
      registry.store.add('team/app', referrersTag(image.descriptor.digest), index)
      assert.deepEqual(
        (await find()).map(({ descriptor, via }) => [descriptor.digest, via]),
        [[sbom.descriptor.digest, 'fallback-tag']],
      )
    })
  }

  test('what GitLab resolves the fallback tag to is no list', async () => {
    await startWith({ referrers: 'missing', gitlabTags: true })
    assert.deepEqual(await find(), [])
  })

  test('tags as cosign names them', async () => {
    await startWith({ referrers: 'api' })
    registry.store.add('team/app', `${image.descriptor.digest.replace(':', '-')}.sig`, imageFixture([layerFixture({ s: 's' })]))
    const found = await find('application/vnd.dev.cosign.simplesigning.v1+json')
    assert.deepEqual(
      found.map(({ via }) => via),
      ['cosign-tag'],
    )
  })
})
