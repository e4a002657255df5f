import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openPlaces } from '../../src/serve/open-places.ts'
import { asking } from '../../src/session/asking.ts'
import { ociArchive } from '../kit/image/archive-fixture.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

test('packed archives are unpacked while they are served, and nothing is left by close or by a place that cannot be served', async context => {
  const directory = scratch(context)
  const temporary = join(directory, 'temporary')
  mkdirSync(temporary)
  process.env['TMPDIR'] = temporary
  const [one, two] = ['one.tar.gz', 'two.tar.gz'].map(name => join(directory, name)) as [string, string]
  writeFileSync(one, gzipSync(ociArchive({ 1: imageFixture([layerFixture({ a: 'a' })]) })))
  writeFileSync(two, gzipSync(ociArchive({ 2: imageFixture([layerFixture({ b: 'b' })]) })))
  const places = await openPlaces([one, two], asking({ cache: false }))
  assert.equal(readdirSync(temporary).length, 2)
  assert.equal((await places.repositories.names(new AbortController().signal)).length, 2)
  await places.close()
  assert.deepEqual(readdirSync(temporary), [])
  await assert.rejects(openPlaces([one, 'registry.invalid/app:1'], asking({ cache: false })), { code: 'SERVE_NOT_LOCAL' })
  await assert.rejects(openPlaces([one, join(directory, 'gone.tar')], asking({ cache: false })))
  assert.deepEqual(readdirSync(temporary), [])
})
