import { digestOf } from '../../../src/blob/digest.ts'
import { artifactFixture, TITLE } from '../image/artifact-fixture.ts'
import type { TestRegistry } from './test-registry.ts'

/** Puts a GGUF model of `size` bytes under `model:latest`, of which only the head has content. */
export function addLargeModel(registry: TestRegistry, head: Buffer, size: number): void {
  const small = artifactFixture(
    [{ type: 'application/vnd.docker.ai.gguf.v3', bytes: head, annotations: { [TITLE]: 'model.gguf' } }],
    { config: { type: 'application/vnd.docker.ai.model.config.v0.1+json', value: { config: { format: 'gguf' } } } },
  )
  const manifest = small.blobs.get(small.descriptor.digest)?.toString().replace(`"size":${head.length}`, `"size":${size}`) ?? ''
  const bytes = Buffer.from(manifest)
  const root = { ...small.descriptor, digest: digestOf(bytes), size: bytes.length }
  registry.store.add('model', 'latest', { ...small, descriptor: root, blobs: new Map([...small.blobs, [root.digest, bytes]]) })
  registry.store.repository('model').sparse.set(digestOf(head), { head, size })
}
