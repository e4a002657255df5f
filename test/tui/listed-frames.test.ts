import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { SOCI_CONFIG, sociManifest, ztocDescriptor } from '../../src/artifact/soci/soci-index.ts'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { makeZtoc } from '../../src/worker/soci/ztoc-maker.ts'
import { besideLayout } from '../kit/image/beside-layout.ts'
import { EROFS_SAMPLE, SQUASHFS_SAMPLE } from '../kit/image/filesystem-samples.ts'
import { type ImageFixture, imageFixture, type LayerFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { assertFrame, press } from '../kit/terminal/golden-frame.ts'
import { showImage } from '../kit/terminal/shown-program.ts'

const size = { columns: 80, rows: 24 }
const above = layerFixture({ 'etc/issue': 'from the tar\n' })
const filesystem = (tar: Buffer, mediaType: string): LayerFixture => ({ tar, compression: 'none', blob: tar, mediaType })

describe('layers that are file system images have the frames of any layer', () => {
  besideLayout({
    erofs: imageFixture([filesystem(EROFS_SAMPLE, 'application/vnd.erofs'), above]),
    squashfs: imageFixture([filesystem(SQUASHFS_SAMPLE, 'application/vnd.stacker.image.layer.squashfs'), above]),
  })

  for (const name of ['erofs', 'squashfs']) {
    test(`${name}: its files, and the layer at 80x24`, async () => {
      const { terminal, close } = await showImage(`oci:weather:${name}`, size)
      try {
        await press(terminal, '1k')
        await terminal.shows('LAYERS  ')
        await press(terminal, 'd')
        await terminal.shows(/entries +\d/, /media type +application/)
        assertFrame(`layer-${name}-80x24`, terminal.model.text())
        await press(terminal, '\u001b2j\r')
        await terminal.shows('issue')
        assertFrame(`files-${name}-80x24`, terminal.model.text())
      } finally {
        await close()
      }
    })
  }
})

describe('a layer that is listed by its SOCI index', () => {
  const directory = mkdtempSync(join(tmpdir(), 'peel-listed-frames-'))
  const image = imageFixture([layerFixture([{ name: 'data', content: noise(1_200_000) }]), above])
  let registry: TestRegistry
  before(async () => {
    registry = await TestRegistry.start({ referrers: 'api' })
    registry.store.add('app', 'latest', image)
    addIndex(registry, image, directory)
  })
  after(async () => {
    await registry.close()
    rmSync(directory, { recursive: true })
  })

  test('says so, and that it is not proven, at 80x24', async () => {
    const { terminal, close } = await showImage(`${registry.host}/app`, size)
    try {
      await press(terminal, '1k')
      await terminal.shows('LAYERS  ', 'listed')
      await press(terminal, 'd')
      await terminal.shows(/not +proven/)
      // The port differs each time; it has five digits, of which the header shows four.
      assertFrame('layer-soci-80x24', terminal.model.text().replace(/…\d{4}\/app/, '…PORT/app'))
      assert.equal(registry.log.filter(each => each.includes(image.layers[0]?.digest ?? '')).length, 0)
    } finally {
      await close()
    }
  })
})

/** Hangs a SOCI index of the image's first layer on it, as `peel soci` does. */
function addIndex({ store }: TestRegistry, image: ImageFixture, directory: string): void {
  const layer = image.layers[0] as Descriptor
  const bytes = image.blobs.get(layer.digest) ?? Buffer.alloc(0)
  const file = join(directory, 'blob')
  writeFileSync(file, bytes)
  const spanSize = 4 * 1024 * 1024
  const made = makeZtoc({ blob: layer, local: { file, offset: 0, size: bytes.length }, spanSize })
  assert.ok('ztoc' in made)
  const ztoc = ztocDescriptor(made.ztoc, layer, { spanSize, spans: made.list })
  const index = sociManifest([ztoc], image.descriptor as Descriptor)
  const { blobs } = store.repository('app')
  blobs.set(ztoc.digest, Buffer.from(made.ztoc))
  blobs.set(SOCI_CONFIG.digest, Buffer.from('{}'))
  store.putManifest('app', index.descriptor.digest, index.bytes, index.descriptor.mediaType)
}
