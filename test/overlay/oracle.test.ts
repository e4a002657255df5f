import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildStack } from '../../src/overlay/apply.ts'
import { disagreement } from '../../src/overlay/disagreement.ts'
import type { Semantics } from '../../src/overlay/tree.ts'
import { listDirectory } from '../kit/directory-listing.ts'
import { imageFixture, writeLayout } from '../kit/image-fixture.ts'
import { readLayerBytes } from '../kit/layer-reading.ts'
import { peerTest, run } from '../kit/peer.ts'
import { type ListedNode, listTree } from '../kit/tree-listing.ts'

const script = fileURLToPath(new URL('../kit/realistic-image.sh', import.meta.url))
const LAYERS = [0, 1, 2, 3, 4]

/**
 * An image with what real ones hold (hard links, set-id bits, capabilities, binary xattrs, devices, huge ids, names that are
 * not UTF-8, nanoseconds, opaque directories, type changes) against what the kernel and umoci make of it.
 */
describe('a realistic image', () => {
  const programs = ['tar', 'getfattr', 'setfattr', 'mount']

  peerTest(
    'shows what a kernel overlay mount shows',
    programs,
    context => {
      const { directory, tars } = makeImage(context)
      const kernel = listDirectory(join(directory, 'merged'))
      assert.ok(kernel.length > 50)
      assert.deepEqual(listed(tars, 'overlay'), kernel)
      assert.deepEqual([...disagreement(buildStack(changesets(tars), 'overlay'))], [])
    },
    { root: true },
  )

  peerTest(
    'shows what umoci unpacks',
    [...programs, 'umoci'],
    context => {
      const { directory, tars } = makeImage(context)
      const layers = tars.map(tar => ({ tar, compression: 'gzip' as const }))
      const layout = writeLayout(join(directory, 'layout'), { t: imageFixture(layers) })
      run('umoci', ['raw', 'unpack', '--image', `${layout}:t`, join(directory, 'unpacked')])
      assert.deepEqual(listed(tars, 'spec'), listDirectory(join(directory, 'unpacked')))
    },
    { root: true },
  )
})

function makeImage(context: TestContext): { directory: string; tars: readonly Buffer[] } {
  const directory = mkdtempSync(join(tmpdir(), 'peel-test-'))
  context.after(() => {
    for (const each of ['merged', 'fs']) if (isMounted(join(directory, each))) run('umount', [join(directory, each)])
    rmSync(directory, { recursive: true, force: true })
  })
  run('sh', [script, directory])
  return { directory, tars: LAYERS.map(layer => readFileSync(join(directory, `layer-${layer}.tar`))) }
}

function isMounted(path: string): boolean {
  const [own, parent] = [path, join(path, '..')].map(each => statSync(each, { throwIfNoEntry: false }))
  return own !== undefined && own.dev !== parent?.dev
}

function changesets(tars: readonly Buffer[]) {
  return tars.map(tar => readLayerBytes(tar).changeset)
}

function listed(tars: readonly Buffer[], semantics: Semantics): ListedNode[] {
  return listTree(buildStack(changesets(tars), semantics).snapshot(tars.length))
}
