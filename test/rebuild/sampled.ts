import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { asByteText } from '../../src/blob/byte-text.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import type { Semantics } from '../../src/overlay/tree.ts'
import { flatten } from '../../src/rebuild/flatten.ts'
import { layerTar } from '../../src/rebuild/layer-tar.ts'
import { imageFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { arbitraryImage } from '../kit/layer/arbitrary-image.ts'
import type { EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { type MemoryLayer, memoryLayer } from '../kit/layer/memory-layer.ts'
import { run } from '../kit/peer.ts'
import { fc } from '../kit/seeded-check.ts'
import { entryTar } from '../kit/tar/entry-tar.ts'
import { listDirectory } from '../kit/tree/directory-listing.ts'
import { mountLayers } from '../kit/tree/overlay-mount.ts'
import { type ListedNode, listTree } from '../kit/tree/tree-listing.ts'

export const SAMPLED_PROGRAMS = ['umoci', 'tar', 'getfattr', 'mount', 'umount', 'find', 'xargs']

/** Comparisons made; images that umoci cannot unpack, or unpacks in a way of its own (semantics.md lists its oddities). */
export type Sampled = { kernel: number; umoci: number; unreadable: number; odd: number }

type Range = readonly [from: number, to: number]

/**
 * Random images from a seed, each squashed as a whole and over one range: umoci unpacks the result to what it unpacked before,
 * and a kernel overlay mount shows what it showed before, in every attribute. `directory` is on a tmpfs.
 */
export function runSampled(seed: number, count: number, directory: string): Sampled {
  const seen = { kernel: 0, umoci: 0, unreadable: 0, odd: 0 }
  const sample = fc.sample(fc.tuple(arbitraryImage(), fc.nat(), fc.nat()), { seed, numRuns: count })
  sample.forEach(([entries, one, other], index) => {
    const layers = entries.map(layer => memoryLayer(entryTar(layer.map(onAnyFile))))
    const [from = 0, to = 0] = [one % layers.length, other % layers.length].sort((a, b) => a - b)
    const whole: Range = [0, layers.length - 1]
    const ranges = isDeepStrictEqual([from, to], whole) ? [whole] : [whole, [from, to] as const]
    const place = join(directory, `${seed}-${index}`)
    mkdirSync(place)
    try {
      const where = `seed ${seed}, image ${index}, layers ${from + 1} to ${to + 1}`
      againstUmoci(layers, ranges, place, seen, where)
      againstKernel(layers, ranges, place, seen, where)
    } finally {
      run('rm', ['-rf', place])
    }
  })
  return seen
}

/**
 * umoci applies layers as the specification says. Where it unpacks an image in a way of its own, only the whole squash is held
 * against the tree; where it refuses an image (a link to what is not there), the same layers in order take its place.
 */
function againstUmoci(
  given: readonly MemoryLayer[],
  ranges: readonly Range[],
  place: string,
  seen: Sampled,
  where: string,
): void {
  const refused = unpacked(given, join(place, 'given')) === undefined
  if (refused) seen.unreadable++
  const layers = refused ? inOrder(given, 'spec') : given
  const tree = treeOf(layers, 'spec')
  const implied = new Set(tree.filter(node => node.mtime_ns === null).map(node => node.path))
  const unpackedTree = (image: readonly MemoryLayer[], name: string) =>
    unpacked(image, join(place, name))?.map(node => (implied.has(node.path) ? { ...node, mtime_ns: null } : node))
  const odd = !isDeepStrictEqual(unpackedTree(layers, 'umoci'), tree)
  if (odd) seen.odd++
  for (const [from, to] of odd ? ranges.slice(0, 1) : ranges) {
    assert.deepEqual(unpackedTree(squashed(layers, from, to, 'spec'), `umoci-${from}-${to}`), tree, `umoci: ${where}`)
    seen.umoci++
  }
}

/** The kernel stacks layers that were unpacked alone. Each random layer is written in order first: GNU tar cannot unpack all of it. */
function againstKernel(
  layers: readonly MemoryLayer[],
  ranges: readonly Range[],
  place: string,
  seen: Sampled,
  where: string,
): void {
  const orderly = inOrder(layers, 'overlay')
  const tree = treeOf(orderly, 'overlay')
  assert.deepEqual(mounted(orderly, join(place, 'kernel')), tree, `kernel, as it was: ${where}`)
  for (const [from, to] of ranges) {
    const result = mounted(squashed(layers, from, to, 'overlay', orderly), join(place, `kernel-${from}-${to}`))
    assert.deepEqual(result, tree, `kernel: ${where}`)
    seen.kernel++
  }
}

/** Each layer by itself as a rebuild would write it. */
function inOrder(layers: readonly MemoryLayer[], semantics: Semantics): readonly MemoryLayer[] {
  return layers.flatMap((_, at) => squashed(layers, at, at, semantics).slice(at, at + 1))
}

/** The layers with a range of them squashed; those around it are taken from `around`. */
function squashed(
  layers: readonly MemoryLayer[],
  from: number,
  to: number,
  semantics: Semantics,
  around: readonly MemoryLayer[] = layers,
): readonly MemoryLayer[] {
  const stack = buildStack(
    layers.map(layer => layer.changeset),
    semantics,
  )
  const lower = from === 0 ? undefined : stack.snapshot(from)
  const chunks = [...layerTar(flatten(lower, stack.snapshot(to + 1)), layers)].map(chunk => Buffer.from(chunk))
  return [...around.slice(0, from), memoryLayer(Buffer.concat(chunks)), ...around.slice(to + 1)]
}

function treeOf(layers: readonly MemoryLayer[], semantics: Semantics): readonly ListedNode[] {
  const changesets = layers.map(layer => layer.changeset)
  return listTree(buildStack(changesets, semantics).snapshot(layers.length))
}

/** Undefined where umoci refuses the image. */
function unpacked(layers: readonly MemoryLayer[], place: string): readonly ListedNode[] | undefined {
  const image = imageFixture(layers.map(layer => ({ tar: layer.bytes, compression: 'gzip' as const })))
  const layout = writeLayout(`${place}-layout`, { t: image })
  if (spawnSync('umoci', ['raw', 'unpack', '--image', `${layout}:t`, place], { stdio: 'ignore' }).status !== 0) return undefined
  return listDirectory(place)
}

function mounted(layers: readonly MemoryLayer[], place: string): readonly ListedNode[] {
  const root = mountLayers(
    place,
    layers.map(layer => layer.bytes),
  )
  try {
    return listDirectory(root)
  } finally {
    run('umount', [root])
  }
}

/** The kernel keeps user.* attributes on files and directories only, trusted.* on all; umoci leaves overlayfs' own out. */
function onAnyFile(entry: EntryFixture): EntryFixture {
  const { xattrs } = entry
  if (xattrs === undefined) return entry
  const kept = xattrs.filter(([name]) => !name.startsWith('trusted.overlay.'))
  return { ...entry, xattrs: kept.map(([name, value]) => [asByteText(name.replace(/^user\./, 'trusted.')), value] as const) }
}
