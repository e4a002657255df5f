import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'

type Index = { readonly manifests: readonly Descriptor[]; readonly annotations?: object; readonly mediaType: string }

const on = (architecture: string, more: object = {}) =>
  imageFixture([layerFixture({ 'etc/arch': architecture })], {
    platform: { os: 'linux', architecture },
    config: { os: 'linux', architecture, ...more },
  })
const [amd64, arm64, riscv] = [on('amd64'), on('arm64', { variant: 'v8' }), on('riscv64')]

/** An attestation as BuildKit writes it, about an image. */
function attestation(about: ImageFixture): ImageFixture {
  const one = imageFixture(
    [layerFixture({}, { mediaType: 'application/vnd.in-toto+json', blob: Buffer.from(about.descriptor.digest) })],
    {
      manifest: { artifactType: 'application/vnd.docker.attestation.manifest.v1+json', subject: about.descriptor },
    },
  )
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': about.descriptor.digest,
  }
  const { platform: _platform, ...described } = one.descriptor
  return { ...one, descriptor: { ...described, platform: { os: 'unknown', architecture: 'unknown' }, annotations } }
}

function readIndex(directory: string): Index {
  const read = (path: string) => JSON.parse(readFileSync(join(directory, path), 'utf8')) as Index
  const [root] = read('index.json').manifests
  return read(`blobs/sha256/${root?.digest.slice(7)}`)
}

async function index(directory: string, ...args: readonly string[]): Promise<Index> {
  const { status, stderr } = await peel(['index', ...args], { cwd: directory })
  assert.equal(status, 0, stderr)
  return readIndex(join(directory, 'out'))
}

test('an index lists images by the platforms of their configs, those most machines have first', async context => {
  const directory = scratch(context)
  writeLayout(join(directory, 'in'), {
    riscv,
    arm: { ...arm64, descriptor: { ...arm64.descriptor, platform: { os: 'linux', architecture: 'wrong' } } },
    amd: amd64,
  })
  const made = await index(directory, 'create', 'oci:out:1', 'oci:in:riscv', 'oci:in:arm', 'oci:in:amd')
  assert.deepEqual(
    made.manifests.map(({ digest, platform, annotations }) => ({ digest, platform, annotations })),
    [
      { digest: amd64.descriptor.digest, platform: { architecture: 'amd64', os: 'linux' }, annotations: undefined },
      {
        digest: arm64.descriptor.digest,
        platform: { architecture: 'arm64', os: 'linux', variant: 'v8' },
        annotations: undefined,
      },
      { digest: riscv.descriptor.digest, platform: { architecture: 'riscv64', os: 'linux' }, annotations: undefined },
    ],
  )
  const { stdout } = await peel(['cat', 'oci:out:1', '/etc/arch', '--platform', 'linux/riscv64'], { cwd: directory })
  assert.equal(stdout, 'riscv64')
  assert.equal((await peel(['verify', 'oci:out:1'], { cwd: directory })).status, 0)
})

test('attestations stand after the images, travel with theirs and go with it; what is not touched stays as it was written', async context => {
  const directory = scratch(context)
  const about = attestation(amd64)
  writeLayout(join(directory, 'in'), { both: indexFixture([amd64, about, arm64]), more: riscv })
  const made = await index(directory, 'create', 'oci:out:1', 'oci:in:both')
  assert.deepEqual(
    made.manifests.map(({ digest }) => digest),
    [amd64, arm64, about].map(each => each.descriptor.digest),
  )
  const added = await index(directory, 'add', 'oci:out:1', 'oci:in:more')
  assert.deepEqual(
    added.manifests.map(({ digest }) => digest),
    [amd64, arm64, riscv, about].map(each => each.descriptor.digest),
  )
  assert.deepEqual(added.manifests[3], made.manifests[2])
  const removed = await index(directory, 'remove', 'oci:out:1', 'linux/amd64')
  assert.deepEqual(
    removed.manifests.map(({ digest }) => digest),
    [arm64, riscv].map(each => each.descriptor.digest),
  )
  const last = await index(directory, 'remove', 'oci:out:1', riscv.descriptor.digest)
  assert.equal(last.manifests.length, 1)
  const { status, stderr } = await peel(['index', 'remove', 'oci:out:1', 'linux/arm64'], { cwd: directory })
  assert.equal(status, 3)
  assert.match(stderr, /would list nothing/)
})

test('annotations are set on entries, or on the index, and unset by an empty value', async context => {
  const directory = scratch(context)
  writeLayout(join(directory, 'in'), { both: indexFixture([amd64, arm64]) })
  await index(directory, 'create', 'oci:out:1', 'oci:in:both')
  const one = await index(directory, 'annotate', 'oci:out:1', 'linux/arm64', '--set', 'annotation.org.example=x')
  assert.deepEqual(
    one.manifests.map(({ annotations }) => annotations),
    [undefined, { 'org.example': 'x' }],
  )
  const whole = await index(directory, 'annotate', 'oci:out:1', '--set', 'annotation.title=all')
  assert.deepEqual(whole.annotations, { title: 'all' })
  const none = await index(directory, 'annotate', 'oci:out:1', 'linux/arm64', '--set', 'annotation.org.example=')
  assert.deepEqual(
    none.manifests.map(({ annotations }) => annotations),
    [undefined, undefined],
  )
})

test('two images for one platform are refused, unless their configs tell them apart', async context => {
  const directory = scratch(context)
  const windows = (version: string) => on('amd64', { 'os.version': version })
  const other = imageFixture([layerFixture({ a: 'another' })])
  writeLayout(join(directory, 'in'), { one: windows('1'), two: windows('2'), amd: amd64, other })
  const { status, stderr } = await peel(['index', 'create', 'oci:out:1', 'oci:in:amd', 'oci:in:other'], { cwd: directory })
  assert.equal(status, 3)
  assert.match(stderr, /two images for linux\/amd64/)
  const made = await index(directory, 'create', 'oci:out:1', 'oci:in:one', 'oci:in:two', 'oci:in:one')
  assert.deepEqual(
    made.manifests.map(({ platform }) => platform?.['os.version']),
    ['1', '2'],
  )
})

test('what cannot be meant is status 2, what is no index or not in it status 3', async context => {
  const directory = scratch(context)
  writeLayout(join(directory, 'in'), { amd: amd64, list: indexFixture([amd64, arm64]) })
  const status = async (...args: readonly string[]) => (await peel(['index', ...args], { cwd: directory })).status
  assert.equal(await status('make', 'oci:out:1', 'oci:in:amd'), 2)
  assert.equal(await status('create', 'oci:out:1'), 2)
  assert.equal(await status('annotate', 'oci:in:list', '--set', 'env.A=b'), 2)
  assert.equal(await status('add', 'oci:in:amd', 'oci:in:amd'), 3)
  assert.equal(await status('remove', 'oci:in:list', 'linux/s390x'), 3)
})

peerTest('skopeo copies every image of an index that was made', ['skopeo'], async context => {
  const directory = scratch(context)
  writeLayout(join(directory, 'in'), { amd: amd64, arm: arm64 })
  await index(directory, 'create', 'oci:out:1', 'oci:in:amd', 'oci:in:arm')
  run('skopeo', ['copy', '-q', '--all', 'oci:out:1', 'oci:copied:1'], { cwd: directory })
  assert.equal(readIndex(join(directory, 'copied')).manifests.length, 2)
})
