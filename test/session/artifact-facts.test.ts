import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { BlobSource } from '../../src/blob/source.ts'
import { loadAny } from '../../src/image/load.ts'
import { artifactFacts } from '../../src/session/artifact/artifact-facts.ts'
import { artifactFixture } from '../kit/image/artifact-fixture.ts'
import { memorySource } from '../kit/image/image-fixture.ts'

const signal = new AbortController().signal

describe('the facts of an artifact', () => {
  test('cost no more than a budget, however many documents it has', async () => {
    const sbom = (index: number) =>
      JSON.stringify({ spdxVersion: 'SPDX-2.3', name: String(index), filler: 'x'.repeat(4_000_000) })
    const layers = Array.from({ length: 24 }, (_, index) => ({ type: 'application/spdx+json', bytes: sbom(index) }))
    const fixture = artifactFixture(layers, { artifactType: 'application/spdx+json' })
    const memory = memorySource(fixture)
    let bytes = 0
    const source: BlobSource = {
      ...memory,
      async *fetchUnverified(...args) {
        for await (const chunk of memory.fetchUnverified(...args)) {
          bytes += chunk.byteLength
          yield chunk
        }
      },
    }
    const { files } = await artifactFacts(source, await loadAny(source, fixture.descriptor, signal), signal)
    const summarised = files.filter(({ summary }) => summary !== undefined).length
    assert.deepEqual([files.length, summarised], [24, 16])
    assert.ok(bytes < 70_000_000, `${bytes} bytes`)
  })
})
