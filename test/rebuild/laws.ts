import assert from 'node:assert/strict'
import { entriesOf } from '../../src/layer/changeset.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { finish } from '../../src/overlay/steps.ts'
import type { Semantics } from '../../src/overlay/tree.ts'
import { firstDifference } from '../../src/rebuild/compare.ts'
import { flatten } from '../../src/rebuild/flatten.ts'
import { layerTar } from '../../src/rebuild/layer-tar.ts'
import type { LayerBytes } from '../../src/rebuild/tar-bytes.ts'
import { targetTree } from '../../src/rebuild/target-tree.ts'
import { arbitraryImage } from '../kit/layer/arbitrary-image.ts'
import type { EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { assertTarRules } from '../kit/layer/layer-rules.ts'
import { type MemoryLayer, memoryLayer } from '../kit/layer/memory-layer.ts'
import { snapshotLines } from '../kit/rebuild/rebuild.ts'
import { fc } from '../kit/seeded-check.ts'
import { entryTar } from '../kit/tar/entry-tar.ts'

type Layers = readonly (readonly EntryFixture[])[]

/** For random images, every range and both semantics: lower + the squashed layer = upper, by the rules, twice the same. */
export function runRebuildLaw(runs: number): void {
  fc.assert(
    fc.property(arbitraryImage(), layers => {
      for (const semantics of ['overlay', 'spec'] as const) squashEveryRange(layers, semantics)
    }),
    { numRuns: runs },
  )
}

/** Removing a path and clamping times from every layer: the trees are the old ones without it. */
export function runRemovalLaw(runs: number): void {
  const path = fc.constantFrom('a', 'b', 'a/b', 'c/a', 'b/c/a')
  fc.assert(
    fc.property(arbitraryImage(), path, fc.option(fc.constant(1_600_000_000), { nil: undefined }), (layers, removed, clampTo) => {
      const bytes = layers.map(layerBytes)
      const stack = buildStack(
        bytes.map(each => each.changeset),
        'overlay',
      )
      const edits = { removed: new Set([removed as never]), clampTo }
      const written = layers.map((_, at) => {
        const lower = at === 0 ? undefined : targetTree(stack.snapshot(at), edits)
        return memoryLayer(
          Buffer.concat([...layerTar(flatten(lower, targetTree(stack.snapshot(at + 1), edits)), bytes)].map(copied)),
        ).changeset
      })
      const rebuilt = buildStack(written, 'overlay')
      layers.forEach((_, at) => {
        assert.equal(finish(firstDifference(targetTree(stack.snapshot(at + 1), edits), rebuilt.snapshot(at + 1))), undefined)
        assert.equal(rebuilt.snapshot(at + 1).find(removed as never), undefined)
      })
    }),
    { numRuns: runs },
  )
}

function squashEveryRange(layers: Layers, semantics: Semantics): void {
  const bytes = layers.map(layerBytes)
  const changesets = bytes.map(each => each.changeset)
  const stack = buildStack(changesets, semantics)
  for (let from = 0; from < layers.length; from++) {
    for (let to = from; to < layers.length; to++) {
      const lower = from === 0 ? undefined : stack.snapshot(from)
      const tar = Buffer.concat([...layerTar(flatten(lower, stack.snapshot(to + 1)), bytes)].map(copied))
      assertTarRules(tar, from === 0, semantics)
      const layer = memoryLayer(tar)
      const { changeset } = layer
      // Attributes that no runtime can set, such as user. on a symbolic link, are kept as they were, and told.
      const told = changeset.diagnostics.filter(({ code }) => code !== 'ENTRY_REFUSED')
      assert.deepEqual(told, [])
      const rebuilt = buildStack([...changesets.slice(0, from), changeset, ...changesets.slice(to + 1)], semantics)
      assert.deepEqual(snapshotLines(rebuilt.snapshot(from + 1)), snapshotLines(stack.snapshot(to + 1)), `${from}..${to}`)
      // A kept layer that links into aufs's bookkeeping below cannot be kept above a layer without it: peel refuses that range.
      if (!linksIntoBookkeeping(layers.slice(to + 1))) {
        assert.equal(
          finish(firstDifference(stack.snapshot(layers.length), rebuilt.snapshot(rebuilt.changesets.length))),
          undefined,
        )
      }
      const other = semantics === 'spec' ? 'overlay' : 'spec'
      if (from === 0 && !onlySpec(changesets)) {
        assert.deepEqual(snapshotLines(buildStack([changeset], other).snapshot(1)), snapshotLines(stack.snapshot(to + 1)), 'both')
      }
      const twice = [...layerTar(flatten(undefined, buildStack([changeset], semantics).snapshot(1)), [layer])].map(copied)
      if (from === 0) assert.ok(Buffer.concat(twice).equals(tar), 'squashing twice changes nothing')
    }
  }
}

/** 0:0 devices, overlay xattrs and attributes of the root mean something to one semantics only. */
function onlySpec(changesets: readonly LayerBytes['changeset'][]): boolean {
  return changesets.some(
    changeset =>
      [...entriesOf(changeset)].some(({ device }) => device?.[0] === 0 && device[1] === 0) ||
      changeset.xattrSets.some(set => set.some(([name]) => name.startsWith('trusted.overlay.'))),
  )
}

function linksIntoBookkeeping(layers: Layers): boolean {
  return layers.flat().some(({ type, target }) => type === 'hardlink' && target?.startsWith('.wh..wh.') === true)
}

function layerBytes(entries: readonly EntryFixture[]): MemoryLayer {
  return memoryLayer(entryTar(entries))
}

/** Chunks are valid until the next one is asked for. */
function copied(chunk: Buffer): Buffer {
  return Buffer.from(chunk)
}
