import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { findImages } from '../../src/cli/interface/find-images.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

test('images in a directory, by what they are', async context => {
  const directory = scratch(context)
  writeLayout(join(directory, 'layout'), { app: imageFixture([layerFixture({ a: 'a' })]) })
  const archive = tarFixture([{ name: 'manifest.json', content: '[]' }])
  writeFileSync(join(directory, 'plain.tar'), archive)
  const noise = Buffer.concat(Array.from({ length: 64 }, (_, index) => createHash('sha256').update(String(index)).digest()))
  writeFileSync(join(directory, 'packed.tar.gz'), gzipSync(Buffer.concat([archive, noise])))
  writeFileSync(join(directory, 'notes.gz'), gzipSync(noise))
  writeFileSync(join(directory, 'sources.tar'), tarFixture([{ name: 'src/main.c', content: 'int main' }]))
  writeFileSync(join(directory, 'small.tar'), archive.subarray(0, 1000))
  mkdirSync(join(directory, 'empty'))
  const found = await findImages(directory, new AbortController().signal)
  const inWords = found.map(({ label, detail }) => `${label.replace(/^.*\//, '')}: ${detail}`).sort()
  assert.deepEqual(inWords, ['layout: OCI layout', 'packed.tar.gz: archive, gzip', 'plain.tar: archive'])
})
