import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parseDestination } from '../../src/image/location.ts'
import { asking } from '../../src/session/asking.ts'
import { copyTags } from '../../src/session/copy/copy-tags.ts'
import { ociArchive } from '../kit/image/archive-fixture.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const images = Object.fromEntries(
  ['1.0', '1.1', '2.0'].map(tag => [tag, imageFixture([layerFixture({ tag, name: `image ${tag}` })])]),
)

describe('copying tags', () => {
  test('takes those that are like the pattern from a directory, a layout and an archive, each to its own name', async context => {
    const directory = scratch(context)
    const layout = writeLayout(join(directory, 'layout'), images)
    const archive = join(directory, 'archive.tar')
    writeFileSync(archive, ociArchive(images))
    const activities: string[] = []
    const progress = (activity: string) => {
      activities.push(activity)
      return { update: () => undefined, end: () => undefined }
    }
    const asked = asking({ cache: false, progress })
    const options = { force: false, referrers: false, allowUnverified: false, all: false }
    for (const [number, typed] of [layout, `oci:${layout}`, `oci-archive:${archive}`].entries()) {
      const destination = parseDestination(`oci:${join(directory, `copy-${number}`)}`, existsSync)
      const tags: string[] = []
      for await (const { tag } of copyTags(asked, typed, destination, { ...options, glob: '1.*' })) tags.push(tag)
      assert.deepEqual(tags, ['1.0', '1.1'])
      const { manifests } = JSON.parse(readFileSync(join(directory, `copy-${number}`, 'index.json'), 'utf8'))
      assert.deepEqual(
        manifests.map((each: { digest: string; annotations: Record<string, string> }) => [
          each.annotations['org.opencontainers.image.ref.name'],
          each.digest,
        ]),
        tags.map(tag => [tag, images[tag]?.descriptor.digest]),
      )
    }
    assert.deepEqual(new Set(activities), new Set(['copying']))
  })

  test('opens a place on this disk once for all tags: its index may go meanwhile', async context => {
    const directory = scratch(context)
    const layout = writeLayout(join(directory, 'layout'), images)
    const destination = parseDestination(`oci:${join(directory, 'copy')}`, existsSync)
    const options = { force: false, referrers: false, allowUnverified: false, all: false, glob: undefined }
    const tags: string[] = []
    for await (const { tag } of copyTags(asking({ cache: false }), layout, destination, options)) {
      rmSync(join(layout, 'index.json'), { force: true })
      tags.push(tag)
    }
    assert.deepEqual(tags, Object.keys(images))
  })

  test('refuses where no tag is like the pattern', async context => {
    const layout = writeLayout(join(scratch(context), 'layout'), images)
    const options = { force: false, referrers: false, allowUnverified: false, all: false, glob: '3.*' }
    const copied = copyTags(asking({ cache: false }), layout, parseDestination(`oci:${layout}-copy`, existsSync), options)
    await assert.rejects(copied.next(), { code: 'NO_TAGS' })
  })
})
