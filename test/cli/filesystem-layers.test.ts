import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { zstdCompressSync } from 'node:zlib'
import { type ImageFixture, imageFixture, type LayerFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { peerTest, run as runPeer } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

describe('layers that are file system images', () => {
  let directory = ''
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'peel-fs-layers-'))
    mkdirSync(join(directory, 'tree/etc'), { recursive: true })
    writeFileSync(join(directory, 'tree/etc/issue'), 'from the image\n')
    writeFileSync(join(directory, 'tree/etc/large'), noise(300_000))
  })
  after(() => rmSync(directory, { recursive: true }))
  const env = () => ({ XDG_CACHE_HOME: join(directory, 'cache'), HOME: directory, REGISTRY_AUTH_FILE: '' })
  const layerOf = (file: string, mediaType: string, pack = (bytes: Buffer) => bytes): LayerFixture => {
    const tar = readFileSync(join(directory, file))
    return { tar, compression: 'none', blob: pack(tar), mediaType }
  }

  /** Listed, read and written as any image is, below a tar layer that changes a file. */
  async function works(image: ImageFixture, name: string): Promise<void> {
    const layout = writeLayout(join(directory, name), { app: image })
    const registry = await TestRegistry.start()
    registry.store.add('app', 'latest', image)
    try {
      for (const reference of [`oci:${layout}:app`, `${registry.host}/app`]) {
        const listed = await peel(['ls', reference], { env: env() })
        assert.deepEqual([listed.stdout, listed.status], ['etc\netc/issue\netc/large\n', 0], listed.stderr)
        assert.equal((await peel(['cat', reference, 'etc/issue'], { env: env() })).stdout, 'from the tar\n')
        assert.equal((await peel(['cat', reference, 'etc/issue', '--layer', '1'], { env: env() })).stdout, 'from the image\n')
        assert.ok((await peel(['cat', reference, 'etc/large'], { env: env() })).bytes.equals(noise(300_000)))
        const verified = await peel(['verify', reference], { env: env() })
        assert.equal(verified.status, 0, verified.stdout)
        const wasted = JSON.parse((await peel(['waste', reference, '--json'], { env: env() })).stdout)
        assert.equal(wasted.hidden, 'from the image\n'.length)
      }
    } finally {
      await registry.close()
    }
  }
  const above = layerFixture({ 'etc/issue': 'from the tar\n' })

  peerTest('EROFS, as apko and as containerd write it, compressed too', ['mkfs.erofs'], async () => {
    runPeer('mkfs.erofs', [join(directory, 'image.erofs'), join(directory, 'tree')])
    await works(imageFixture([layerOf('image.erofs', 'application/vnd.erofs'), above]), 'apko')
    await works(
      imageFixture([layerOf('image.erofs', 'application/vnd.erofs.layer.v1+zstd', zstdCompressSync), above]),
      'containerd',
    )
  })

  peerTest('squashfs; what cannot be listed names what is missing, and the image is still there', ['mksquashfs'], async () => {
    runPeer('mksquashfs', [join(directory, 'tree'), join(directory, 'image.squashfs'), '-quiet', '-no-progress'])
    await works(imageFixture([layerOf('image.squashfs', 'application/vnd.stacker.image.layer.squashfs'), above]), 'squashfs')
    runPeer('mksquashfs', [join(directory, 'tree'), join(directory, 'lzo.squashfs'), '-quiet', '-no-progress', '-comp', 'lzo'])
    const lzo = imageFixture([layerOf('lzo.squashfs', 'application/vnd.stacker.image.layer.squashfs'), above])
    const layout = writeLayout(join(directory, 'lzo'), { app: lzo })
    const { status, stderr } = await peel(['ls', `oci:${layout}:app`], { env: env() })
    assert.deepEqual([status, /needs lzo compression, which peel does not know/.test(stderr)], [3, true])
    const inspected = await peel(['inspect', `oci:${layout}:app`, '--layers', '--json'], { env: env() })
    assert.equal(inspected.status, 0, inspected.stderr)
  })
})
