import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-inspect-'))
after(() => rmSync(directory, { recursive: true, force: true }))

const layers = [
  layerFixture({ 'etc/': {}, 'etc/passwd': 'root\n', 'big.bin': 'x'.repeat(5000) }),
  layerFixture(
    { 'etc/.wh.passwd': '', 'new.txt': 'new\n' },
    { history: { created_by: 'RUN \u001b[31mevil', created: '2024-02-03T04:05:06Z' } },
  ),
]
const image = imageFixture(layers)
const layout = writeLayout(join(directory, 'layout'), { v1: image })

describe('peel inspect', () => {
  test('--json has the documents and sizes of the contract, and reads no layer', async () => {
    const { status, stdout, stderr } = await peel(['inspect', '--json', `oci:${layout}:v1`])
    assert.equal(status, 0, stderr)
    const found = JSON.parse(stdout)
    assert.equal(found.reference, `oci:${layout}:v1`)
    assert.equal(found.transport, 'oci')
    assert.equal(found.digest, image.descriptor.digest)
    assert.equal(found.platform, 'linux/amd64')
    assert.equal(found.imageId, found.manifest.config.digest)
    assert.deepEqual(found.size, { compressed: image.layers.reduce((sum, { size }) => sum + size, 0) })
    assert.deepEqual(
      found.layers.map(({ position, digest, size, compression, diffId }: Record<string, unknown>) => ({
        position,
        digest,
        size,
        compression,
        diffId,
      })),
      image.layers.map(({ digest, size }, position) => ({
        position,
        digest,
        size,
        compression: 'gzip',
        diffId: digestOf(layers[position]?.tar ?? Buffer.alloc(0)),
      })),
    )
    assert.equal('tarSize' in found.layers[0], false)
    assert.equal(found.config.os, 'linux')
    assert.equal(found.manifest.schemaVersion, 2)
    assert.deepEqual(
      found.index.manifests.map((each: { digest: string }) => each.digest),
      [image.descriptor.digest],
    )
    assert.deepEqual(found.diagnostics, [])
  })

  test('--raw prints the exact bytes of what the reference names', async () => {
    const { bytes, status } = await peel(['inspect', layout, '--raw'])
    assert.equal(status, 0)
    assert.deepEqual(bytes, image.blobs.get(image.descriptor.digest))
    assert.equal((await peel(['inspect', layout, '--raw', '--json'])).status, 2)
  })

  test('image text reaches no screen unescaped', async () => {
    const { stdout } = await peel(['inspect', layout])
    assert.match(stdout, /RUN \\e\[31mevil/)
    assert.equal(stdout.includes('\u001b'), false)
    assert.ok((await peel(['inspect', layout, '--color', 'always'])).stdout.includes('\u001b[1m'))
  })

  test('several platforms: the host’s, the one asked for, or status 2 with the list', async () => {
    const platforms = ['s390x', 'ppc64le', 'riscv64'].map(architecture =>
      imageFixture(layers, { platform: { os: 'linux', architecture } }),
    )
    const foreign = writeLayout(join(directory, 'foreign'), { multi: indexFixture(platforms) })
    const none = await peel(['inspect', foreign, '--json'])
    assert.equal(none.status, 2)
    assert.equal(JSON.parse(none.stdout).error.code, 'PLATFORM_AMBIGUOUS')
    assert.match(none.stderr, /linux\/s390x, linux\/ppc64le, linux\/riscv64/)
    const asked = await peel(['inspect', foreign, '--json', '--platform', 'linux/riscv64'])
    assert.equal(JSON.parse(asked.stdout).platform, 'linux/riscv64')
    assert.equal((await peel(['inspect', foreign, '--platform', 'linux/mips'])).status, 3)
    assert.equal((await peel(['inspect', foreign, '--platform', 'a/b/c/d'])).status, 2)
    const index = await peel(['inspect', `${foreign}:multi`, '--raw'])
    assert.equal(JSON.parse(index.stdout).manifests.length, 3)
  })

  test('what is not there is status 3, said once', async () => {
    const { status, stderr, stdout } = await peel(['inspect', join(directory, 'nothing.tar')])
    assert.equal(status, 3)
    assert.match(stderr, /^peel: Cannot open "/)
    assert.equal(stdout, '')
    assert.equal((await peel(['inspect', `${layout}:v2`])).status, 3)
  })

  test('--layers: a layer that is missing or encrypted is a row without figures, and said', async () => {
    const three = imageFixture([
      layerFixture({ a: 'one' }),
      layerFixture({ b: 'two' }, { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted' }),
      layerFixture({ c: 'three' }),
    ])
    const [, , last] = three.layers
    assert.ok(last !== undefined)
    const holed = writeLayout(join(directory, 'holed'), { t: three })
    rmSync(join(holed, 'blobs', last.digest.replace(':', '/')))
    const { status, stdout, stderr } = await peel(['inspect', holed, '--layers', '--json'])
    assert.equal(status, 0, stderr)
    const found = JSON.parse(stdout)
    assert.deepEqual(
      found.layers.map(({ tarSize, contentBytes, entries, hiddenShipped, hiddenCaused }: Record<string, unknown>) => [
        tarSize,
        contentBytes,
        entries,
        hiddenShipped,
        hiddenCaused,
      ]),
      [[2048, 3, 1, null, null], Array(5).fill(null), Array(5).fill(null)],
    )
    assert.deepEqual([found.size.tar, found.size.content], [null, null])
    assert.deepEqual(
      found.diagnostics.map(({ code, layer, severity }: Record<string, unknown>) => [code, layer, severity]),
      [
        ['LAYER_ENCRYPTED', 1, 'warning'],
        ['BLOB_MISSING', 2, 'error'],
      ],
    )
    const plain = await peel(['inspect', holed, '--layers'])
    assert.equal(plain.status, 0)
    assert.match(plain.stdout, /^ {2}2 .*\? +\? +\? /m)
    assert.match(plain.stderr, /Cannot list layer 2 \(sha256:.*encrypted\n.*Cannot read layer 3 \(/s)
    const waste = await peel(['waste', holed])
    assert.equal(waste.status, 3)
    assert.match(waste.stderr, /^peel: Cannot list layer 2 \(sha256:[0-9a-f]+\): it is encrypted\n/)
  })

  test('where there is no terminal, the image alone is summed up', async () => {
    const { status, stdout } = await peel([layout])
    assert.equal(status, 0)
    assert.equal(stdout, (await peel(['inspect', layout])).stdout)
  })

  test('the demo is there without any image; standard input must hold one', async () => {
    const demo = await peel(['demo'])
    assert.equal(demo.status, 0)
    assert.match(demo.stdout, /8 layers/)
    const nothing = await peel(['inspect', '-'], { input: readFileSync(join(layout, 'index.json')) })
    assert.equal(nothing.status, 3)
    assert.match(nothing.stderr, /^peel: Cannot /)
  })
})
