import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe } from 'node:test'
import { buildStack } from '../../src/overlay/apply.ts'
import { disagreement } from '../../src/overlay/disagreement.ts'
import type { Semantics } from '../../src/overlay/tree.ts'
import { imageFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { REALISTIC_PROGRAMS, realisticImage } from '../kit/image/realistic-image.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { peerTest, run } from '../kit/peer.ts'
import { listDirectory } from '../kit/tree/directory-listing.ts'
import { type ListedNode, listTree } from '../kit/tree/tree-listing.ts'

/** Against what the kernel and umoci make of it. */
describe('a realistic image', () => {
  peerTest(
    'shows what a kernel overlay mount shows',
    REALISTIC_PROGRAMS,
    context => {
      const { directory, tars } = realisticImage(context)
      const kernel = listDirectory(join(directory, 'merged'))
      assert.ok(kernel.length > 50)
      assert.deepEqual(listed(tars, 'overlay'), kernel)
      assert.deepEqual([...disagreement(buildStack(changesets(tars), 'overlay'))], [])
    },
    { root: true },
  )

  peerTest(
    'shows what umoci unpacks',
    [...REALISTIC_PROGRAMS, 'umoci'],
    context => {
      const { directory, tars } = realisticImage(context)
      const layers = tars.map(tar => ({ tar, compression: 'gzip' as const }))
      const layout = writeLayout(join(directory, 'layout'), { t: imageFixture(layers) })
      run('umoci', ['raw', 'unpack', '--image', `${layout}:t`, join(directory, 'unpacked')])
      assert.deepEqual(listed(tars, 'spec'), listDirectory(join(directory, 'unpacked')))
    },
    { root: true },
  )
})

function changesets(tars: readonly Buffer[]) {
  return tars.map(tar => readLayerBytes(tar).changeset)
}

function listed(tars: readonly Buffer[], semantics: Semantics): ListedNode[] {
  return listTree(buildStack(changesets(tars), semantics).snapshot(tars.length))
}
