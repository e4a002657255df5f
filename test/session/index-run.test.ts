import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { asking } from '../../src/session/asking.ts'
import { runIndex } from '../../src/session/make/index-run.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const image = imageFixture([layerFixture({ a: 'a' })])
const other = imageFixture([layerFixture({ b: 'b' })])
const typed = { ...other, descriptor: { ...other.descriptor, artifactType: 'application/x-kind' } }

test('an entry of an index has the type and the annotations of its image, and nothing about where that lay', async context => {
  const directory = scratch(context)
  const layout = writeLayout(join(directory, 'in'), {
    image: { ...image, descriptor: { ...image.descriptor, urls: ['https://x.invalid'] } as never },
    typed,
  })
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { readonly manifests: Descriptor[] }
  const noted = index.manifests.map(each =>
    each.artifactType === undefined ? each : { ...each, annotations: { ...each.annotations, 'org.example.note': 'kept' } },
  )
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ ...index, manifests: noted }))
  const entriesOf = async (name: string) => {
    const destination = `oci:${join(directory, `out-${name}`)}:1`
    const { root } = await runIndex(asking({ cache: false }), {
      action: 'create',
      destination,
      force: false,
      images: [`oci:${layout}:${name}`],
    })
    const raw = readFileSync(join(directory, `out-${name}`, 'blobs', root.digest.replace(':', '/')), 'utf8')
    return (JSON.parse(raw) as { readonly manifests: readonly Descriptor[] }).manifests
  }
  const platform = { architecture: 'amd64', os: 'linux' }
  const plain = ({ mediaType, digest, size }: Descriptor) => ({ mediaType, digest, size, platform })
  assert.deepEqual(await entriesOf('image'), [plain(image.descriptor)])
  assert.deepEqual(await entriesOf('typed'), [
    { ...plain(other.descriptor), artifactType: 'application/x-kind', annotations: { 'org.example.note': 'kept' } },
  ])
})
