import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Descriptor } from '../../src/blob/descriptor.ts'
import { type ImageFixture, imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'

const WINDOWS = [layerFixture({ 'Files/': '', 'Files/a.txt': 'a' }), layerFixture({ 'Hives/': '', 'Hives/Sam_Delta': 'b' })]
const LINUX = [layerFixture({ 'etc/': '', 'etc/a': 'a' }), layerFixture({ 'etc/': '', 'etc/Files': 'b'.repeat(3000) })]

async function done(...args: readonly string[]): Promise<string> {
  const { status, stderr } = await peel(args)
  assert.equal(status, 0, stderr)
  return stderr
}

test('an image that names no system is for Windows where its layers are laid out so: merged or dropped from by force only', async context => {
  const directory = scratch(context)
  const platform = { os: '', architecture: 'amd64' }
  const odd = imageFixture(WINDOWS, { platform })
  const descriptor = { ...odd.descriptor, platform: { os: 'linux', architecture: 'amd64' } }
  const others = { plain: imageFixture(LINUX, { platform }), linux: imageFixture(WINDOWS), listed: { ...odd, descriptor } }
  const layout = (name: string, image: ImageFixture) => `oci:${writeLayout(join(directory, name), { app: image })}:app`
  const target = `oci:${join(directory, 'out')}:app`
  for (const edit of [[], ['--drop-layer', '2']]) {
    const refused = await peel(['squash', layout('odd', odd), target, ...edit])
    assert.equal(refused.status, 3, refused.stderr)
    assert.match(refused.stderr, /^peel: Cannot .*Windows.*names no system.*(?:Files|Hives)\/[\s\S]*--force/)
    assert.match(await done('squash', layout('odd', odd), target, ...edit, '--force', '--dry-run'), /may not start/)
    for (const [name, image] of Object.entries(others)) await done('squash', layout(name, image), target, ...edit, '--dry-run')
  }
})

test('foreign layers keep their bytes, their urls and their type under --compress, and that is told', async context => {
  const directory = scratch(context)
  const mediaType = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
  const base = layerFixture({ 'Files/': '' }, { mediaType, urls: ['https://example.invalid/base'] })
  const here = imageFixture([base, ...LINUX], { platform: { os: 'windows', architecture: 'amd64' } })
  const blobs = new Map(here.blobs)
  blobs.delete(here.layers[0]?.digest ?? '')
  for (const [name, image] of Object.entries({ here, elsewhere: { ...here, blobs } })) {
    const source = `oci:${writeLayout(join(directory, name), { app: image })}:app`
    const target = join(directory, `${name}-out`)
    assert.match(await done('copy', source, `oci:${target}:app`, '--compress', 'zstd'), /layer 1: The layer is foreign/)
    const [manifest] = documentAt<{ manifests: Descriptor[] }>(join(target, 'index.json')).manifests
    const { layers } = documentAt<{ layers: Descriptor[] }>(join(target, 'blobs', manifest?.digest.replace(':', '/') ?? ''))
    assert.deepEqual(layers[0], here.layers[0])
    assert.match(layers[1]?.mediaType ?? '', /zstd$/)
  }
})

const documentAt = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T
