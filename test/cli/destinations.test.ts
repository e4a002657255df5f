import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { completeTyped } from '../../src/cli/interface/destinations.ts'
import { recentPath, rememberRecent } from '../../src/cli/interface/recent.ts'
import type { CompletedText } from '../../src/state/model/effect.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

test('a typed destination goes on with what is on the disk: a layout takes a tag, a directory goes on, an archive ends', async context => {
  const directory = scratch(context)
  writeLayout(join(directory, 'image'), { x: imageFixture([layerFixture({ a: '1' })]) })
  mkdirSync(join(directory, 'images'))
  mkdirSync(join(directory, '.hidden'))
  for (const name of ['image.tar', 'image.txt']) writeFileSync(join(directory, name), '')
  const offers = async (scheme: string, start: string, of: CompletedText = 'destination') =>
    (await completeTyped(`${scheme}${join(directory, start)}`, of))
      .filter(each => each.includes(directory))
      .map(each => each.replace(directory, ''))
  assert.deepEqual(await offers('', 'ima'), ['/image.tar', '/image:', '/images/'])
  assert.deepEqual(await offers('oci:', 'ima'), ['oci:/image:', 'oci:/images/'])
  assert.deepEqual(await offers('oci-archive:', 'image'), [
    'oci-archive:/image.tar',
    'oci-archive:/image:',
    'oci-archive:/images/',
  ])
  assert.deepEqual(await offers('', '.h'), ['/.hidden/'])
  assert.deepEqual(await offers('', 'image:'), [])
  // A layout is opened as it is.
  assert.deepEqual(await offers('', 'ima', 'place'), ['/image', '/image.tar', '/images/'])
})

test('of the places opened before those are offered that begin with what is typed, all of them before anything is', async context => {
  const before = process.env['XDG_STATE_HOME']
  process.env['XDG_STATE_HOME'] = scratch(context)
  context.after(() => {
    if (before === undefined) delete process.env['XDG_STATE_HOME']
    else process.env['XDG_STATE_HOME'] = before
  })
  for (const reference of ['registry.example/team/app:1', 'docker://other.example/app'])
    rememberRecent(recentPath(process.env), reference)
  assert.deepEqual((await completeTyped('', 'place')).slice(0, 2), ['docker://other.example/app', 'registry.example/team/app:1'])
  assert.deepEqual(await completeTyped('regis', 'place'), ['registry.example/team/app:1'])
  assert.deepEqual(await completeTyped('other.', 'place'), ['docker://other.example/app'])
  assert.deepEqual(await completeTyped('team', 'place'), [])
})

test('kinds of places are offered by how they begin, before names on the disk', async () => {
  const kinds = ['oci:', 'oci-archive:', 'docker-archive:', 'dir:', 'docker://', 'docker-daemon:']
  for (const typed of ['o', 'oci', 'd', 'do', 'docker:', 'docker-', 'di'])
    assert.deepEqual(
      (await completeTyped(typed, 'destination')).filter(each => kinds.includes(each)),
      kinds.filter(each => each.startsWith(typed)),
      typed,
    )
})
