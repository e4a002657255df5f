import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Edit } from '../../src/rebuild/edit.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { memoryWorkshop } from '../kit/rebuild/memory-workshop.ts'
import { rebuilt, rebuiltSource } from '../kit/rebuild/rebuild.ts'

const workshop = memoryWorkshop()

const TWICE = layerFixture([
  { name: 'a', content: '1' },
  { name: 'a', content: '2' },
])
const CONTIGUOUS = layerFixture([{ name: 'c', flag: '7', content: 'words' }])
const PLAIN = layerFixture({ p: '1' })

describe('layers that runtimes refuse', () => {
  const told = async (edits: readonly Edit[]) => {
    await using image = await rebuilt(memorySource(imageFixture([TWICE, CONTIGUOUS, PLAIN, PLAIN])), edits, workshop)
    return image.diagnostics.flatMap(({ code, layer, message }) =>
      /\(the layer is kept as it is\)$/.test(message) ? [`${code} ${layer}`] : [],
    )
  }

  test('are told of where they are kept, not where they are written anew', async () => {
    assert.deepEqual(await told([{ type: 'squash', from: 2 }]), ['LAYER_NAME_REPEATED 0', 'ENTRY_REFUSED 1'])
    assert.deepEqual(await told([{ type: 'squash', from: 1 }]), ['LAYER_NAME_REPEATED 0'])
    assert.deepEqual(await told([{ type: 'squash' }]), [])
    assert.deepEqual(await told([{ type: 'remove', match: 'p' }]), ['LAYER_NAME_REPEATED 0', 'ENTRY_REFUSED 1'])
  })

  test('are told of where they are compressed anew as they are', async () => {
    const every = { type: 'compress', compression: 'none', every: true } as const
    assert.deepEqual(await told([every]), ['LAYER_NAME_REPEATED 0', 'ENTRY_REFUSED 1'])
    assert.deepEqual(await told([{ type: 'set', setting: 'user=1' }, every]), ['LAYER_NAME_REPEATED 0', 'ENTRY_REFUSED 1'])
  })

  test('a removal of everything is said to be one', async () => {
    for (const [match, emptied] of [
      ['**', true],
      ['p', false],
    ] as const) {
      const compile = () => () => emptied
      const edits = [{ type: 'remove', match }] as const
      await using image = await rebuilt(memorySource(imageFixture([PLAIN, layerFixture({ q: '1' })])), edits, workshop, {
        compile,
      })
      assert.equal(
        image.diagnostics.some(({ code }) => code === 'IMAGE_EMPTIED'),
        emptied,
      )
    }
  })

  test('a contiguous file comes out as an ordinary one', async () => {
    const source = memorySource(imageFixture([CONTIGUOUS, PLAIN]))
    await using image = await rebuilt(source, [{ type: 'squash' }], workshop)
    const made = await rebuiltSource(image, source)
    const [layer] = image.layers.flatMap(({ blob }) => (blob === undefined ? [] : [blob]))
    assert.ok(layer !== undefined)
    const chunks: Uint8Array[] = []
    for await (const chunk of made.fetchUnverified(layer)) chunks.push(chunk)
    const tar = gunzipSync(Buffer.concat(chunks))
    assert.deepEqual(
      [tar.toString('latin1', 0, 1), tar.toString('latin1', 156, 157), tar.toString('latin1', 512, 517)],
      ['c', '0', 'words'],
    )
  })
})
