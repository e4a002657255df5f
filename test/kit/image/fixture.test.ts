import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { readDocument } from '../../../src/blob/read.ts'
import { peerTest } from '../peer.ts'
import { tarFixture } from '../tar/tar-fixture.ts'
import { imageFixture, layerFixture, memorySource } from './image-fixture.ts'

describe('fixtures', () => {
  peerTest('GNU tar lists what tarFixture wrote', ['tar'], () => {
    const tar = tarFixture([
      { name: 'etc/' },
      { name: 'etc/passwd', content: 'root', mode: 0o600, uid: 5, gid: 2 ** 31 },
      { name: `${'long/'.repeat(30)}name`, content: 'x' },
      { name: 'link', flag: '2', link: 'etc/passwd' },
    ])
    const { stdout, status } = spawnSync('tar', ['--numeric-owner', '-tvf', '-'], { input: tar, encoding: 'utf8' })
    assert.equal(status, 0)
    assert.match(
      stdout,
      /^drwxr-xr-x 0\/0 .* etc\/\n-rw------- 5\/2147483648 +4 .* etc\/passwd\n.*long\/name\n.*link -> etc\/passwd\n$/,
    )
  })

  test('an image fixture reads back verified', async () => {
    const image = imageFixture([layerFixture({ 'etc/passwd': 'root' }), layerFixture({ 'etc/.wh.passwd': '' })])
    const document = await readDocument(memorySource(image), image.descriptor)
    assert.equal(JSON.parse(document.toString()).layers.length, 2)
  })
})
