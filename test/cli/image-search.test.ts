import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ImageSearch } from '../../src/cli/interface/image-search.ts'
import { asking } from '../../src/session/asking.ts'
import type { FoundImages, StartItem } from '../../src/state/model/start.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const cache = imageFixture([layerFixture({ a: '' })], { config: { config: { ExposedPorts: { '6379/tcp': {} } } } })
const item = (reference: string, group: StartItem['group'] = 'here'): StartItem => ({
  reference,
  label: reference,
  detail: '',
  group,
})

async function last(pages: AsyncIterable<FoundImages>): Promise<FoundImages> {
  let now: FoundImages | undefined
  for await (const page of pages) now = page
  return now ?? assert.fail('nothing was told')
}

test('the start screen is searched by what its images are for; each place is read once, and nothing on the network', async context => {
  const layout = writeLayout(join(scratch(context), 'place'), { one: cache, two: imageFixture([layerFixture({ b: '' })]) })
  const opened: string[] = []
  const search = new ImageSearch(signal => {
    opened.push('')
    return asking({ signal, cache: false })
  })
  const places = [
    item(layout),
    item(`${layout}:one`, 'recent'),
    item('registry.invalid/team/redis:7', 'recent'),
    item('registry.invalid/', 'recent'),
    item('', 'registry'),
    item('demo:', 'demo'),
    item(join(layout, 'gone')),
  ]
  const { signal } = new AbortController()
  const found = await last(search.search('缓存', places, signal))
  assert.deepEqual(
    found.hits.map(({ reference, detail, group }) => [reference, detail, group]),
    [
      ['registry.invalid/team/redis:7', 'name redis:7', 'recent'],
      [`${layout}:one`, 'port 6379', 'here'],
    ],
  )
  assert.deepEqual([found.images, found.isReading], [3, false])
  const before = opened.length
  assert.equal((await last(search.search('mail', places, signal))).hits.length, 0)
  assert.equal(opened.length, before)
  search.forget()
  await last(search.search('mail', places, signal))
  assert.ok(opened.length > before)
})

test('what a registry has listed is found by its name from then on', async () => {
  const search = new ImageSearch(signal => asking({ signal }))
  async function* pages() {
    yield { names: [{ name: 'team/valkey' }], notices: [] }
    yield { names: [{ name: 'team/nginx' }], notices: [] }
  }
  const listed: string[] = []
  for await (const { names } of search.learning({ kind: 'repositories', host: 'registry.invalid' }, pages()))
    listed.push(...names.map(({ name }) => name))
  assert.deepEqual(listed, ['team/valkey', 'team/nginx'])
  search.forget()
  const { hits } = await last(search.search('a cache', [], new AbortController().signal))
  assert.deepEqual(
    hits.map(({ reference, group }) => [reference, group]),
    [['registry.invalid/team/valkey', 'registry']],
  )
})

test('a search that is given up reads nothing more', async context => {
  const layout = writeLayout(join(scratch(context), 'place'), { one: cache })
  const given = new AbortController()
  given.abort()
  const search = new ImageSearch(signal => asking({ signal }))
  await assert.rejects(last(search.search('cache', [item(layout)], given.signal)))
})
