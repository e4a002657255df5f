import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'node:test'
import fc from 'fast-check'
import { buildStack } from '../../src/overlay/apply.ts'
import { imageFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { arbitraryImage } from '../kit/layer/arbitrary-image.ts'
import type { EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { readLayerBytes } from '../kit/layer/layer-reading.ts'
import { peerTest } from '../kit/peer.ts'
import { entryTar } from '../kit/tar/entry-tar.ts'
import { listDirectory } from '../kit/tree/directory-listing.ts'
import { type ListedNode, listTree } from '../kit/tree/tree-listing.ts'

/** Images that are tried; umoci refuses some of what the specification allows (deep paths through a file), the others must agree. */
const IMAGES = 30
const MUST_AGREE = 8

describe('random images', () => {
  peerTest(
    'show what umoci unpacks, where it unpacks them',
    ['umoci', 'getfattr'],
    () => {
      // Memory holds every attribute, and is quick.
      const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'peel-umoci-'))
      try {
        let agreed = 0
        for (const [index, image] of orderly(IMAGES).entries()) if (compare(join(directory, String(index)), image)) agreed++
        assert.ok(agreed >= MUST_AGREE, `umoci unpacked ${agreed} of ${IMAGES}`)
      } finally {
        rmSync(directory, { recursive: true, force: true })
      }
    },
    { root: true, timeout: 300_000 },
  )
})

/** Images without anything that no tool makes sense of: what is left has one meaning. */
function orderly(count: number): readonly (readonly EntryFixture[])[][] {
  const images = fc.sample(
    arbitraryImage().map(layers => layers.map(entries => entries.filter(isOrdinary))),
    { numRuns: count * 25, seed: 1 },
  )
  const isOrderly = (layers: readonly (readonly EntryFixture[])[]) =>
    layers.length > 1 && stackOf(layers).diagnostics.length === 0
  return images.filter(isOrderly).slice(0, count)
}

/** umoci shows aufs bookkeeping as files and drops attributes that belong to overlayfs. */
function isOrdinary({ bookkeeping, target = '', xattrs = [] }: EntryFixture): boolean {
  return bookkeeping !== true && !target.startsWith('.wh.') && !xattrs.some(([name]) => name.startsWith('trusted.'))
}

function stackOf(layers: readonly (readonly EntryFixture[])[]) {
  return buildStack(
    layers.map(entries => readLayerBytes(entryTar(entries)).changeset),
    'spec',
  )
}

/** False where umoci refuses the image. */
function compare(directory: string, layers: readonly (readonly EntryFixture[])[]): boolean {
  const tars = layers.map(entries => ({ tar: entryTar(entries), compression: 'gzip' as const }))
  const layout = writeLayout(join(directory, 'layout'), { t: imageFixture(tars) })
  const unpacked = join(directory, 'unpacked')
  if (spawnSync('umoci', ['raw', 'unpack', '--image', `${layout}:t`, unpacked]).status !== 0) return false
  const ours = listTree(stackOf(layers).snapshot(layers.length)).sort(byPath)
  const theirs = listDirectory(unpacked).sort(byPath)
  const implied = new Set(ours.filter(({ mtime_ns }) => mtime_ns === null).map(({ path }) => path))
  assert.deepEqual(
    ours.map(node => comparable(node, implied)),
    theirs.map(node => comparable(node, implied)),
    JSON.stringify(layers),
  )
  return true
}

/**
 * Of a directory that no entry describes only its being there: umoci gives it what a lower layer had before it was removed, depending
 * on the order of entries. It also forgets the times of directories it puts something into.
 */
function comparable(node: ListedNode, implied: ReadonlySet<string>) {
  if (implied.has(node.path)) return { path: node.path, type: node.type }
  return node.type === 'd' ? { ...node, mtime_ns: null } : node
}

function byPath(a: ListedNode, b: ListedNode): number {
  return a.path < b.path ? -1 : 1
}
