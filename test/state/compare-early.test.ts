import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showComparison } from '../../src/compare/show-comparison.ts'
import { finish } from '../../src/overlay/steps.ts'
import type { Action } from '../../src/state/model/action.ts'
import { withSlice } from '../../src/state/model/state.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { openedState, play } from '../kit/state/opened-state.ts'
import { rowTexts } from '../kit/state/read-image-state.ts'

const base = layerFixture({ 'bin/sh': 'x'.repeat(900) })
const one = imageFixture([base, layerFixture({ a: 'a' })])
const two = imageFixture([base, layerFixture({ b: 'b'.repeat(700) })], { config: { config: { User: 'app' } } })

test('while layers are read the documents are compared: sizes, the pull, settings, pairs of layers', async () => {
  const [first, second] = [await openedState(one, 'oci:app:1'), await openedState(two, 'oci:app:2')]
  const turn = (page: 'layers' | 'files') => ({ type: 'command', command: `compare.${page}` }) as const
  const wanted = { reference: 'oci:app:1', with: { reference: 'oci:app:2', label: 'oci:app:2' } }
  const begun = withSlice(first, 'compare', { ...first.slices.compare, wanted })
  const open = (from: typeof first, id: 'shown' | 'compared', reference: string): Action => {
    const { nodes = [], image } = from.image ?? assert.fail()
    return { type: 'opened', id, reference, nodes, image, offer: undefined, remote: false, notices: [] }
  }
  const [state, effects] = play(begun, open(first, 'shown', 'oci:app:1'), open(second, 'compared', 'oci:app:2'))
  const compare = effects.find(({ type }) => type === 'compare') ?? assert.fail('nothing is compared')
  assert.ok(compare.type === 'compare' && compare.a.snapshot === undefined)
  const shown = finish(showComparison(compare.a, compare.b, compare.options))
  const [early] = play(state, { type: 'compared', shown, isWhole: false, isExplained: true })
  const summary = rowTexts(early, 'compare').join('\n')
  assert.match(summary, /compressed .* → /)
  assert.match(summary, /pulled +1 layer/)
  assert.match(summary, /settings +\d+ differ/)
  assert.match(summary, /A {2}oci:app:1: reading, 0 %/)
  assert.doesNotMatch(summary, /The same but|added/)
  const [layers] = play(early, turn('layers'))
  assert.match(rowTexts(layers, 'compare').join('\n'), /^= +1 +1 /m)
  assert.equal(rowTexts(play(early, turn('files'))[0], 'compare').length, 0)
})

test('an artifact is compared with its own config', async () => {
  const { image, nodes = [] } = (await openedState(one)).image ?? assert.fail()
  const artifact = { ...(image ?? assert.fail()), artifactType: 'application/vnd.example', config: undefined }
  const other = { ...artifact, descriptor: { ...artifact.descriptor, digest: two.descriptor.digest } }
  const wanted = { reference: 'oci:a', with: { reference: 'oci:b', label: 'oci:b' } }
  const first = await openedState(one, 'oci:a')
  const open = (id: 'shown' | 'compared', reference: string, version: string): Action => {
    const document = { nodes, image: id === 'shown' ? artifact : other, settings: { version } }
    return { type: 'opened', id, reference, offer: 'artifact', remote: false, notices: [], ...document }
  }
  const begun = withSlice(first, 'compare', { ...first.slices.compare, wanted })
  const [, effects] = play(begun, open('shown', 'oci:a', '1'), open('compared', 'oci:b', '2'))
  const compare = effects.find(({ type }) => type === 'compare') ?? assert.fail('nothing is compared')
  assert.ok(compare.type === 'compare')
  const { comparison } = finish(showComparison(compare.a, compare.b, compare.options))
  assert.deepEqual(comparison.settings, [{ path: 'version', before: '1', after: '2' }])
})
