import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { findImages } from '../../src/cli/interface/find-images.ts'
import { dockerArchive, ociArchive } from '../kit/archive-fixture.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image-fixture.ts'
import { scratch } from '../kit/local-image.ts'
import { run } from '../kit/peer.ts'

const images = { latest: imageFixture([layerFixture({ file: 'x' })]) }

describe('what the start screen finds', () => {
  test('layouts and archives here and two levels below, the nearest first, and nothing deeper, hidden or of another kind', async context => {
    const here = scratch(context)
    const place = (path: string) => {
      mkdirSync(join(here, path, '..'), { recursive: true })
      return join(here, path)
    }
    for (const path of ['layout', 'a/layout', 'a/b/layout', 'a/b/c/too-deep', '.hidden/layout', 'node_modules/layout'])
      writeLayout(place(path), images)
    writeFileSync(place('image.tar'), ociArchive(images))
    writeFileSync(place('a/b/docker.tar'), dockerArchive(images))
    writeFileSync(place('notes.txt'), 'no image\n'.repeat(1000))
    run('mkfifo', [place('fifo')])
    symlinkSync('..', place('a/up'))
    symlinkSync('layout', place('linked'))
    const found = await findImages(here, new AbortController().signal)
    assert.deepEqual(
      found.map(({ reference }) => reference),
      ['./image.tar', './layout', './linked', './a/layout', './a/b/docker.tar', './a/b/layout'],
    )
  })

  test('a layout it stands in is the first; a directory of many files ends the search, not the program', async context => {
    const layout = writeLayout(join(scratch(context), 'layout'), images)
    for (let index = 0; index < 300; index++) mkdirSync(join(layout, 'many', `directory-${index}`, 'below'), { recursive: true })
    const [first] = await findImages(layout, new AbortController().signal)
    assert.equal(first?.reference, '.')
    assert.deepEqual(await findImages(join(layout, 'missing'), new AbortController().signal), [])
  })
})
