import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { BlobSink, BlobSource } from '../../../src/blob/source.ts'
import { copyImage } from '../../../src/session/write/copy-image.ts'
import { BlobCache } from '../../../src/transport/registry/blob-cache.ts'
import { RegistrySink } from '../../../src/transport/registry/registry-sink.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { sinkContract } from '../../contract/sink.ts'
import { sourceContract } from '../../contract/source.ts'
import { type ImageFixture, memorySource } from '../../kit/image/image-fixture.ts'
import { scratch } from '../../kit/image/local-image.ts'
import { hasPeer } from '../../kit/peer.ts'
import { REGISTRY_PROGRAMS, startDockerRegistry } from '../../kit/registry/docker-registry.ts'
import { QUICK } from '../../kit/registry/registry-sinks.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

type Place = { readonly host: string; tags(): Promise<readonly string[]> }
const PATH = 'team/app'

async function testRegistry(context: TestContext): Promise<Place> {
  const registry = await TestRegistry.start()
  context.after(() => registry.close())
  return { host: registry.host, tags: async () => [...registry.store.repository(PATH).tags.keys()] }
}

async function dockerRegistry(context: TestContext): Promise<Place> {
  const registry = await startDockerRegistry('plain')
  context.after(() => registry.close())
  return {
    host: registry.host,
    async tags() {
      const answer = await fetch(`http://${registry.host}/v2/${PATH}/tags/list`)
      const { tags } = (await answer.json()) as { tags?: string[] | null }
      return tags ?? []
    },
  }
}

const tagOf = (name: string) => name.split(':').at(-1) ?? name

/** The contract names images as archives do; a repository has only tags. */
function named(sink: RegistrySink): BlobSink {
  return {
    name: sink.name,
    has: (blob, signal) => sink.has(blob, signal),
    put: (blob, bytes, signal) => sink.put(blob, bytes, signal),
    commit: (root, name, signal) => sink.commit(root, name === undefined ? undefined : tagOf(name), signal),
    abort: () => sink.abort(),
    [Symbol.asyncDispose]: () => sink.abort(),
  }
}

/** A repository as a place of several images: one root a tag. */
function repository(host: string, tags: readonly string[], cache?: BlobCache): BlobSource {
  const sources = tags.map(tag => new RegistrySource({ host, path: PATH, tag }, { ...QUICK, cache }))
  const [first] = sources
  if (first === undefined) throw new Error('no tag')
  return {
    name: first.name,
    async roots(signal) {
      const roots = await Promise.all(sources.map(source => source.roots(signal)))
      return roots.flatMap((each, index) => each.map(root => ({ ...root, names: [tags[index] ?? ''] })))
    },
    fetchUnverified: (blob, range, signal) => first.fetchUnverified(blob, range, signal),
    locate: blob => first.locate(blob),
    close: async () => void (await Promise.all(sources.map(source => source.close()))),
  }
}

async function fill(host: string, images: Readonly<Record<string, ImageFixture>>): Promise<void> {
  for (const [name, image] of Object.entries(images)) {
    const sink = new RegistrySink({ host, path: PATH }, QUICK)
    await copyImage(memorySource(image), image.descriptor, sink, name, { signal: new AbortController().signal })
    await sink.abort()
  }
}

const places = [
  { name: 'a registry in this process', start: testRegistry },
  ...(REGISTRY_PROGRAMS.every(hasPeer) ? [{ name: 'docker-registry', start: dockerRegistry }] : []),
]

for (const { name, start } of places) {
  sinkContract({
    name,
    keepsBytes: true,
    refusesTaken: false,
    holdsMany: false,
    async place(context) {
      const { host, tags } = await start(context)
      return {
        async open() {
          const sink = new RegistrySink({ host, path: PATH }, QUICK)
          context.after(() => sink.abort())
          return named(sink)
        },
        read: async () => new RegistrySource({ host, path: PATH, tag: '1' }, QUICK),
        visible: tags,
      }
    },
  })
  sourceContract({
    name,
    local: false,
    keepsBytes: true,
    async open(context, images) {
      const { host } = await start(context)
      await fill(host, images)
      return repository(host, Object.keys(images))
    },
  })
}

sourceContract({
  name: 'a registry behind the blob cache',
  local: true,
  keepsBytes: true,
  async open(context, images) {
    const { host } = await testRegistry(context)
    await fill(host, images)
    return repository(host, Object.keys(images), new BlobCache(join(scratch(context), 'cache')))
  },
})
