import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { digestOf } from '../../../src/blob/digest.ts'
import type { ImageNode } from '../../../src/image/list.ts'
import type { Manifest } from '../../../src/image/manifest.ts'
import type { State } from '../../../src/state/model/state.ts'
import { layerFixture } from '../../kit/image/image-fixture.ts'
import { readImageState, rowTexts } from '../../kit/state/read-image-state.ts'

const { state, play } = await readImageState([layerFixture({ a: 'x' }), layerFixture({ b: 'y' })])

/** The index with the details beside it, the cursor rested. */
const index = play({ ...state, size: { columns: 160, rows: 40 } }, '8', { type: 'rested' })

function detailsOf(of: State): string {
  return rowTexts(of, 'details').join('\n')
}

describe('the details of a row of the index', () => {
  test('follow the cursor: the image, its layers, its config', () => {
    assert.match(detailsOf(index), /kind +image.* the one on the screen/)
    assert.match(detailsOf(index), /digest +sha256:[0-9a-f]{30}/)
    assert.match(detailsOf(index), /layers +2, /)
    const config = play(index, 'down', { type: 'rested' })
    assert.match(detailsOf(config), /kind +config/)
    const layer = play(config, 'down', 'down', { type: 'rested' })
    assert.match(detailsOf(layer), /layer +2 of the image on the screen/)
  })

  test('tell which layers another image shares with the one on the screen, and escape what others wrote', () => {
    const [node] = index.image?.nodes ?? []
    assert.ok(node?.kind === 'image' && node.document !== undefined && index.image !== undefined)
    const [first] = node.document.value.layers
    assert.ok(first !== undefined)
    const manifest: Manifest = {
      ...node.document.value,
      layers: [first, { ...first, digest: digestOf(Buffer.from('0')) }],
    }
    const other: ImageNode = {
      ...node,
      names: ['other\u001b[2J'],
      descriptor: { ...node.descriptor, digest: digestOf(Buffer.from('f')), annotations: { 'made\u202e': 'by\n1' } },
      document: { ...node.document, value: manifest },
    }
    const two = play({ ...index, image: { ...index.image, nodes: [node, other] } }, 'end', { type: 'rested' })
    const text = detailsOf(two)
    assert.match(text, /shared +1, .* with the image on the screen/)
    assert.match(text, /name +other\\e\[2J/)
    assert.match(text, /made\\u\{202e\} +by\\n1/)
  })

  test('the rest of a cursor that stays is waited for once', () => {
    assert.equal(play(index, { type: 'expire' }).slices.preview, index.slices.preview)
  })
})
