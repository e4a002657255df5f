import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from 'node:test'
import { gzipSync } from 'node:zlib'
import { digestOf } from '../../src/blob/digest.ts'
import { dockerArchiveMembers, ociArchive } from '../kit/image/archive-fixture.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const layers = ['one', 'two', 'three'].map(name => layerFixture({ [`etc/${name}`]: `layer ${name}` }))
const diffIDs = layers.map(({ tar }) => digestOf(tar))
const image = imageFixture(layers)
const pack = (program: string, bytes: Uint8Array) => run(program, ['-c'], { input: bytes })

describe('packed as docker loads it', () => {
  peerTest('layers of a docker-archive in bzip2, xz and gzip are read, verified and copied', ['bzip2', 'xz'], async context => {
    const directory = scratch(context)
    const file = join(directory, 'image.tar')
    const packers = [(bytes: Buffer) => pack('bzip2', bytes), (bytes: Buffer) => pack('xz', bytes), gzipSync]
    const members = dockerArchiveMembers({ 'app:1': image }).map(member => {
      const layer = diffIDs.findIndex(diffID => member.name === `${diffID.slice('sha256:'.length)}.tar`)
      return { ...member, content: packers[layer]?.(Buffer.from(member.content ?? '')) ?? member.content ?? '' }
    })
    writeFileSync(file, tarFixture(members))
    const temporary = join(directory, 'temporary')
    run('mkdir', [temporary])
    const env = { TMPDIR: temporary }
    for (const name of ['one', 'two', 'three'])
      assert.equal((await peel(['cat', file, `etc/${name}`], { env })).stdout, `layer ${name}`)
    assert.equal((await peel(['verify', file], { env })).status, 0)
    const out = join(directory, 'out.tar')
    const copied = await peel(['copy', file, out], { env })
    assert.equal(copied.status, 0, copied.stderr)
    const seen = JSON.parse((await peel(['inspect', out, '--json'])).stdout)
    assert.deepEqual(
      seen.layers.map(({ diffId, compression }: Record<string, string>) => [diffId, compression]),
      diffIDs.map(diffID => [diffID, 'gzip']),
    )
    assert.deepEqual(readdirSync(temporary), [], 'temporary files are gone')
  })

  peerTest('an archive in bzip2 opens, also on standard input and cut short with a word', ['bzip2'], async context => {
    const file = join(scratch(context), 'image.tar.bz2')
    const bytes = pack('bzip2', ociArchive({ v1: image }))
    writeFileSync(file, bytes)
    assert.equal((await peel(['cat', file, 'etc/two'])).stdout, 'layer two')
    assert.equal((await peel(['cat', '-', 'etc/two'], { input: bytes })).stdout, 'layer two')
    writeFileSync(file, bytes.subarray(0, -20))
    const cut = await peel(['inspect', file])
    assert.equal(cut.status, 3)
    assert.match(cut.stderr, /Cannot unpack .*cut short/)
  })

  peerTest('a layer of a layout that is bzip2 for all its media type says is read, and told', ['bzip2'], async context => {
    const plain = layerFixture({ 'etc/one': 'layer one' }, { compression: 'none' })
    const bytes = pack('bzip2', plain.tar)
    const odd = imageFixture([{ ...plain, blob: bytes }])
    const file = join(scratch(context), 'odd.tar')
    writeFileSync(file, ociArchive({ v1: odd }))
    const { stdout, stderr } = await peel(['cat', file, 'etc/one'])
    assert.equal(stdout, 'layer one', stderr)
    const seen = await peel(['inspect', file, '--layers', '--json'])
    assert.match(seen.stdout, /MEDIA_TYPE_MISMATCH.*compressed with bzip2/s)
  })
})
