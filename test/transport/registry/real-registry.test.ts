import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext } from 'node:test'
import { ImageError } from '../../../src/error.ts'
import { imagesOf } from '../../../src/image/choose.ts'
import { listImages } from '../../../src/image/list.ts'
import { loadImage } from '../../../src/image/load.ts'
import { parseDestination, parseLocation } from '../../../src/image/location.ts'
import { copyImage } from '../../../src/session/write/copy-image.ts'
import type { RegistryOptions } from '../../../src/transport/http/registry-options.ts'
import { openSource } from '../../../src/transport/open.ts'
import { RegistrySink } from '../../../src/transport/registry/registry-sink.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { openSink } from '../../../src/transport/sink.ts'
import {
  type ImageFixture,
  imageFixture,
  indexFixture,
  layerFixture,
  memorySource,
  writeLayout,
} from '../../kit/image/image-fixture.ts'
import { layerFacts } from '../../kit/image/local-image.ts'
import { peerTest, run } from '../../kit/peer.ts'
import {
  type DockerRegistry,
  REGISTRY_PROGRAMS,
  type RegistryKind,
  startDockerRegistry,
} from '../../kit/registry/docker-registry.ts'

const images = [
  imageFixture([
    layerFixture({ 'etc/passwd': 'root' }),
    layerFixture({ big: { content: randomBytes(10_000_000) } }, { compression: 'none' }),
  ]),
  imageFixture([layerFixture({ a: 'b' }, { compression: 'zstd' })], { platform: { os: 'linux', architecture: 'arm64' } }),
] as const
const index = indexFixture(images)

/** The manifest that buildkit hangs beside an image in its index: a manifest of in-toto statements for no platform. */
function attestationFor(subject: ImageFixture): ImageFixture {
  const statement = Buffer.from(
    JSON.stringify({ _type: 'https://in-toto.io/Statement/v0.1', predicateType: 'https://spdx.dev/Document' }),
  )
  const attestation = imageFixture(
    [{ ...layerFixture({}), tar: statement, blob: statement, mediaType: 'application/vnd.in-toto+json' }],
    { platform: { os: 'unknown', architecture: 'unknown' } },
  )
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': subject.descriptor.digest,
  }
  return { ...attestation, descriptor: { ...attestation.descriptor, annotations } }
}

async function start(
  context: TestContext,
  kind: RegistryKind,
): Promise<{ registry: DockerRegistry; options: RegistryOptions; directory: string }> {
  const registry = await startDockerRegistry(kind)
  const directory = mkdtempSync(join(tmpdir(), 'peel-real-'))
  context.after(async () => {
    await registry.close()
    rmSync(directory, { recursive: true })
  })
  const options: RegistryOptions = {
    environment: { HOME: directory },
    authFile: registry.authFile,
    ...(kind === 'tls' && { caFile: registry.caFile }),
    ...(kind === 'mtls' && { certificateDirectories: [registry.certificates] }),
  }
  return { registry, options, directory }
}

async function pushAll(registry: DockerRegistry, options: RegistryOptions, path: string): Promise<void> {
  const sink = new RegistrySink({ host: registry.host, path }, options)
  try {
    await copyImage(memorySource(index), index.descriptor, sink, 'all', { signal: new AbortController().signal })
  } finally {
    await sink.abort()
  }
}

describe('a real docker-registry', () => {
  for (const kind of ['plain', 'basic', 'tls', 'mtls', 'token'] as const) {
    peerTest(`${kind}: what is pushed is pulled again, to a layout, unchanged`, REGISTRY_PROGRAMS, async context => {
      const { registry, options, directory } = await start(context, kind)
      await pushAll(registry, options, 'team/app')
      const source = new RegistrySource({ host: registry.host, path: 'team/app', tag: 'all' }, options)
      const layout = join(directory, 'layout')
      const sink = await openSink(parseDestination(`oci:${layout}:all`, existsSync))
      const [root] = await source.roots()
      assert.equal(root?.digest, index.descriptor.digest)
      await copyImage(source, root, sink, 'all', { signal: new AbortController().signal })
      await sink.abort()
      await source.close()
      for (const [digest, bytes] of index.blobs) {
        assert.ok(readFileSync(join(layout, 'blobs', ...digest.split(':'))).equals(bytes), digest)
      }
    })
  }

  for (const [kind, code] of [
    ['plain', 'NAME_UNKNOWN'],
    ['basic', 'UNAUTHORIZED'],
    ['token', 'UNAUTHORIZED'],
    ['tls', 'TLS_UNTRUSTED'],
    ['mtls', 'TLS_UNTRUSTED'],
  ] as const) {
    peerTest(`${kind}: what it asks for and does not get is said (${code})`, REGISTRY_PROGRAMS, async context => {
      const { registry, directory } = await start(context, kind)
      const source = new RegistrySource(
        { host: registry.host, path: 'team/app', tag: 'all' },
        { environment: { HOME: directory } },
      )
      await assert.rejects(source.roots(), (error: unknown) => {
        assert.ok(error instanceof ImageError)
        assert.equal(error.code, code)
        return error.hint !== undefined
      })
      await source.close()
    })
  }

  peerTest('a client certificate that is missing is what is asked for', REGISTRY_PROGRAMS, async context => {
    const { registry, options } = await start(context, 'mtls')
    const source = new RegistrySource(
      { host: registry.host, path: 'a', tag: 'b' },
      { ...options, certificateDirectories: [], caFile: registry.caFile },
    )
    await assert.rejects(
      source.roots(),
      (error: unknown) => error instanceof ImageError && error.code === 'TLS_CLIENT_CERTIFICATE',
    )
    await source.close()
  })

  peerTest('--insecure takes any certificate', REGISTRY_PROGRAMS, async context => {
    const { registry, options } = await start(context, 'tls')
    await pushAll(registry, { environment: options.environment ?? {}, insecure: true }, 'team/app')
  })

  peerTest('skopeo reads what peel pushed, and peel what skopeo pushed', [...REGISTRY_PROGRAMS, 'skopeo'], async context => {
    const { registry, options, directory } = await start(context, 'basic')
    await pushAll(registry, options, 'team/app')
    const skopeo = (...args: string[]) => run('skopeo', args)
    const remote = (tag: string) => `docker://${registry.host}/team/app${tag}`
    const auth = (side: 'src' | 'dest') => [`--${side}-tls-verify=false`, `--${side}-authfile`, registry.authFile]
    skopeo('copy', '--all', '--preserve-digests', ...auth('src'), remote(':all'), `oci:${directory}/by-skopeo:all`)
    for (const [digest, bytes] of index.blobs) {
      assert.ok(readFileSync(join(directory, 'by-skopeo/blobs', ...digest.split(':'))).equals(bytes), digest)
    }
    writeLayout(join(directory, 'source'), { one: images[0] })
    for (const [format, tag] of [
      ['oci', 'oci'],
      ['v2s2', 'docker'],
    ] as const) {
      skopeo('copy', '-f', format, ...auth('dest'), `oci:${directory}/source:one`, remote(`:${tag}`))
      const source = new RegistrySource({ host: registry.host, path: 'team/app', tag }, options)
      const { nodes } = await listImages(source)
      assert.equal(nodes[0]?.kind, 'image')
      const sink = await openSink(parseDestination(`oci:${directory}/${tag}:x`, existsSync))
      await copyImage(source, nodes[0]?.descriptor ?? images[0].descriptor, sink, 'x', { signal: new AbortController().signal })
      await sink.abort()
      await source.close()
      const local = await openSource(parseLocation(`oci:${directory}/${tag}:x`, existsSync))
      assert.equal((await listImages(local)).nodes[0]?.descriptor.digest, nodes[0]?.descriptor.digest)
      await local.close()
    }
  })

  peerTest(
    'an index with attestations and zstd goes through skopeo both ways, byte for byte',
    [...REGISTRY_PROGRAMS, 'skopeo'],
    async context => {
      const { registry, options, directory } = await start(context, 'plain')
      const built = indexFixture([...images, ...images.map(attestationFor)])
      writeLayout(join(directory, 'built'), { all: built })
      const skopeo = (...args: string[]) => run('skopeo', ['copy', '-q', '--all', '--preserve-digests', ...args])
      const remote = (path: string) => `docker://${registry.host}/${path}:all`
      skopeo('--dest-tls-verify=false', `oci:${directory}/built:all`, remote('by/skopeo'))
      const source = new RegistrySource({ host: registry.host, path: 'by/skopeo', tag: 'all' }, options)
      const listing = await listImages(source)
      const [top] = listing.nodes
      assert.equal(top?.kind, 'index')
      assert.deepEqual(
        imagesOf(listing.nodes).map(({ descriptor, children }) => [descriptor.digest, children.map(({ kind }) => kind)]),
        images.map(({ descriptor }) => [descriptor.digest, ['attestation']]),
      )
      for (const { descriptor } of imagesOf(listing.nodes)) {
        const image = await loadImage(source, descriptor)
        for (const { blob, diffID } of image.layers) assert.equal((await layerFacts(source, blob)).diffID, diffID)
      }
      const sink = new RegistrySink({ host: registry.host, path: 'by/peel' }, { ...options, mountFrom: 'by/skopeo' })
      await copyImage(source, built.descriptor, sink, 'all', { signal: new AbortController().signal })
      await sink.abort()
      await source.close()
      skopeo('--src-tls-verify=false', remote('by/peel'), `oci:${directory}/back:all`)
      for (const [digest, bytes] of built.blobs) {
        assert.ok(readFileSync(join(directory, 'back/blobs', ...digest.split(':'))).equals(bytes), digest)
      }
    },
  )

  peerTest(
    'skopeo takes what peel pushed into containers-storage, and buildah pushes what peel reads',
    [...REGISTRY_PROGRAMS, 'skopeo', 'buildah'],
    async context => {
      const { registry, options, directory } = await start(context, 'plain')
      await pushAll(registry, options, 'team/app')
      const store = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs']
      const place = `containers-storage:[vfs@${join(directory, 'root')}+${join(directory, 'run')}]localhost/app:1`
      const remote = `docker://${registry.host}/team/app@${images[0].descriptor.digest}`
      run('skopeo', ['copy', '-q', '--src-tls-verify=false', '--preserve-digests', remote, place])
      assert.equal(JSON.parse(run('skopeo', ['inspect', place]).toString()).Digest, images[0].descriptor.digest)
      for (const [format, compression] of [
        ['oci', 'gzip'],
        ['v2s2', 'gzip'],
        ['oci', 'zstd'],
      ] as const) {
        const pushed = `docker://${registry.host}/by-buildah/app:${format}-${compression}`
        run('buildah', [
          ...store,
          'push',
          '-q',
          '--tls-verify=false',
          '-f',
          format,
          '--compression-format',
          compression,
          'localhost/app:1',
          pushed,
        ])
        const source = new RegistrySource(
          { host: registry.host, path: 'by-buildah/app', tag: `${format}-${compression}` },
          options,
        )
        const [node] = (await listImages(source)).nodes
        assert.ok(node !== undefined)
        const image = await loadImage(source, node.descriptor)
        const original = await loadImage(memorySource(images[0]), images[0].descriptor)
        assert.deepEqual(
          image.layers.map(({ diffID }) => diffID),
          original.layers.map(({ diffID }) => diffID),
        )
        for (const { blob, diffID } of image.layers) assert.equal((await layerFacts(source, blob)).diffID, diffID)
        await source.close()
      }
    },
    { root: true },
  )
})
