import assert from 'node:assert/strict'
import type { Changeset } from '../../src/layer/changeset.ts'
import { type FilePath, ROOT } from '../../src/layer/file-path.ts'
import { buildStack, StackBuilder } from '../../src/overlay/apply.ts'
import { difference } from '../../src/overlay/difference.ts'
import { disagreement } from '../../src/overlay/disagreement.ts'
import { finish } from '../../src/overlay/steps.ts'
import type { Semantics, Snapshot, Stack, TreeNode } from '../../src/overlay/tree.ts'
import { usageSteps } from '../../src/space/usage.ts'
import { wasteOf } from '../../src/space/waste.ts'
import { arbitraryImage } from '../kit/layer/arbitrary-image.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { differenceLayer } from '../kit/layer/difference-layer.ts'
import { fc } from '../kit/seeded-check.ts'
import { listNaive, listSnapshot } from '../kit/tree/naive-listing.ts'
import { naiveTrees } from '../kit/tree/naive-model.ts'

type Layers = readonly (readonly EntryFixture[])[]

/** Laws of every image under both semantics: run in `npm test` on a hundred and fifty of them, in the soak on many more. */
export const LAWS: Readonly<Record<string, (layers: Layers) => void>> = {
  'every snapshot equals the naive model': bothWays((stack, layers, semantics) => {
    for (const [count, tree] of naiveTrees(layers, semantics).entries()) {
      const snapshot = stack.snapshot(count)
      assert.deepEqual(listSnapshot(snapshot), listNaive(tree))
      assert.equal(snapshot.count, tree.size - 1)
    }
  }),

  'layers added later change no snapshot': bothWays((stack, layers, semantics) => {
    const builder = new StackBuilder(semantics)
    const seen = [listSnapshot(builder.stack().snapshot(0))]
    for (const [index, changeset] of changesetsOf(layers).entries()) {
      builder.append(changeset)
      seen.push(listSnapshot(builder.stack().snapshot(index + 1)))
    }
    for (const [count, listed] of seen.entries()) assert.deepEqual(listSnapshot(stack.snapshot(count)), listed)
  }),

  'shipped is alive and hidden, by cause and by layer': bothWays((stack, layers) => {
    for (let count = 0; count <= layers.length; count++) ledgerBalances(stack, count)
  }),

  'what is disputed, and only that, differs': layers => {
    const changesets = changesetsOf(layers)
    const [overlay, spec] = [buildStack(changesets, 'overlay'), buildStack(changesets, 'spec')]
    for (let count = 0; count <= layers.length; count++) {
      const wanted = differingPaths(overlay.snapshot(count), spec.snapshot(count))
      assert.deepEqual(
        [...disagreement(overlay, count)].map(each => each.path),
        wanted,
      )
      assert.deepEqual(
        [...disagreement(spec, count)].map(each => each.path),
        wanted,
      )
    }
  },

  'apply after difference is identity': bothWays((stack, layers) => {
    const contents = ({ content }: TreeNode) => layers[content?.layer ?? -1]?.[content?.entry ?? -1]?.content ?? ''
    for (let count = 0; count <= layers.length; count++)
      for (const [from, to] of [
        [count, layers.length],
        [layers.length, count],
      ] as const) {
        const layer = differenceLayer(stack.snapshot(from), stack.snapshot(to), contents)
        const result = buildStack([...stack.changesets.slice(0, from), layer], stack.semantics).snapshot(from + 1)
        assert.deepEqual(...timedAlike(result, stack.snapshot(to)))
      }
  }),

  'a difference is what two listings do not share': bothWays((stack, layers) => {
    const other = buildStack(stack.changesets, stack.semantics)
    for (let lower = 0; lower <= layers.length; lower++)
      for (let upper = 0; upper <= layers.length; upper++) {
        const found = [...difference(stack.snapshot(lower), stack.snapshot(upper))]
        assert.deepEqual(
          found.map(each => each.path),
          differingPaths(stack.snapshot(lower), stack.snapshot(upper)),
        )
        const walked = difference(stack.snapshot(lower), other.snapshot(upper))
        assert.deepEqual([...walked].map(describe), found.map(describe))
      }
  }),
}

export function runLaw(law: (layers: Layers) => void, runs: number): void {
  fc.assert(fc.property(arbitraryImage(), law), { numRuns: runs })
}

function bothWays(law: (stack: Stack, layers: Layers, semantics: Semantics) => void): (layers: Layers) => void {
  return layers => {
    for (const semantics of ['spec', 'overlay'] as const) law(buildStack(changesetsOf(layers), semantics), layers, semantics)
  }
}

function changesetsOf(layers: Layers): Changeset[] {
  return layers.map(entries => changesetFixture(entries))
}

const describe = ({ path, change, aspects }: { path: string; change: string; aspects: readonly string[] }) =>
  `${change} ${path} ${aspects.join()}`

/** Content is told apart by its hash, which a listing does not hold; the layer that wrote a name is no difference. */
function comparable(snapshot: Snapshot): Map<string, string> {
  const nodes = [snapshot.root, ...snapshot.walk()]
  const lines = listSnapshot(snapshot)
  return new Map(
    nodes.map((node, index) => {
      const listed = (lines[index] ?? '').replace(/,\d+\]$/, ']')
      const line = node.type === 'symlink' ? listed.replace(/\["symlink","\d+"/, '["symlink",""') : listed
      return [node.path, `${line} ${node.sha256}`]
    }),
  )
}

/** Both trees' lines, without the times of what no entry of the wanted tree describes. */
function timedAlike(result: Snapshot, wanted: Snapshot): [readonly string[], readonly string[]] {
  const timeless = new Set([wanted.root, ...wanted.walk()].filter(node => node.mtime === undefined).map(node => node.path))
  const lines = (snapshot: Snapshot) =>
    [...comparable(snapshot)]
      .filter(([path]) => path !== '' || !timeless.has(ROOT))
      .map(([path, line]) => (timeless.has(path as FilePath) ? line.replace(/"(?:-|\d+\.\d+)",0,"",""/, '"",0,"",""') : line))
  return [lines(result), lines(wanted)]
}

function differingPaths(lower: Snapshot, upper: Snapshot): string[] {
  const [a, b] = [comparable(lower), comparable(upper)]
  const paths = [...new Set([...a.keys(), ...b.keys()])].filter(path => a.get(path) !== b.get(path))
  return paths.sort((one, other) => (one.replaceAll('/', '\0') < other.replaceAll('/', '\0') ? -1 : 1))
}

function ledgerBalances(stack: Stack, count: number): void {
  const ledger = wasteOf(stack, count)
  const files = [...ledger.files()]
  const hidden = files.reduce((total, waste) => total + waste.bytes, 0)
  const sizes = stack.changesets.slice(0, count).flatMap(changeset => [...changeset.sizes])
  assert.equal(
    ledger.shipped,
    sizes.reduce((total, size) => total + size, 0),
  )
  assert.deepEqual([ledger.alive + ledger.hidden, ledger.hidden], [ledger.shipped, hidden])
  assert.equal(
    Object.values(ledger.byCause).reduce((a, b) => a + b),
    hidden,
  )
  for (const way of ['shipped', 'caused'] as const)
    assert.equal(
      ledger.byLayer.reduce((total, layer) => total + layer[way], 0),
      hidden,
    )
  assert.equal(finish(usageSteps(stack.snapshot(count))).bytes(stack.snapshot(count).root), ledger.alive)
  for (const waste of files) {
    const shows = (layers: number) =>
      [...stack.snapshot(layers).walk()].some(
        node => node.type === 'file' && node.content?.layer === waste.shippedBy && node.content.entry === waste.entry,
      )
    assert.ok(waste.hiddenBy >= waste.shippedBy && waste.hiddenBy < count)
    for (let layers = waste.hiddenBy + 1; layers <= count; layers++) assert.ok(!shows(layers))
    assert.equal(shows(waste.hiddenBy), waste.hiddenBy > waste.shippedBy)
    if (waste.cause === 'repeated') assert.equal(waste.hiddenBy, waste.shippedBy)
  }
}
