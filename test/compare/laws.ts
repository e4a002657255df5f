import assert from 'node:assert/strict'
import { compareTrees } from '../../src/compare/compare-trees.ts'
import { directoryGrowth, growthParts } from '../../src/compare/directory-growth.ts'
import { findDifferences } from '../../src/compare/find-differences.ts'
import { growthByExtension, growthByLayer } from '../../src/compare/growth.ts'
import { topRows } from '../../src/compare/ranked-rows.ts'
import { differenceAt, type FileDifference, type SelectionOptions, selectRows } from '../../src/compare/selection.ts'
import type { TreeRows } from '../../src/compare/tree-rows.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { difference } from '../../src/overlay/difference.ts'
import { finish } from '../../src/overlay/steps.ts'
import type { Semantics, Snapshot, TreeNode } from '../../src/overlay/tree.ts'
import { usageSteps } from '../../src/space/usage.ts'
import { arbitraryImage } from '../kit/layer/arbitrary-image.ts'
import { changesetFixture, type EntryFixture } from '../kit/layer/changeset-fixture.ts'
import { fc } from '../kit/seeded-check.ts'

type Layers = readonly (readonly EntryFixture[])[]

/** Two images that may share their first layers, and one of which may have its directories renamed. */
export type Pair = { readonly a: Layers; readonly b: Layers; readonly shared: number }

/** Content large enough to be followed when it moves. */
const LARGE = 5000

export function arbitraryPair(): fc.Arbitrary<Pair> {
  const sized = (layers: Layers): Layers =>
    layers.map(entries =>
      entries.map(each => (each.type === 'file' && /three|four/.test(each.content ?? '') ? { ...each, size: LARGE } : each)),
    )
  return fc
    .tuple(arbitraryImage(), arbitraryImage(), fc.nat(4), fc.constantFrom('', '', 'a', 'b', 'a/b'))
    .map(([one, other, most, renamed]) => {
      const shared = Math.min(most, one.length)
      const a = sized(one)
      const b = sized([...one.slice(0, shared), ...other])
      return {
        a,
        b: renamed === '' ? b : a.map(entries => entries.map(each => moved(each, renamed))),
        shared: renamed === '' ? shared : 0,
      }
    })
}

/** The entry in an image whose directory `from` has another name. */
function moved(entry: EntryFixture, from: string): EntryFixture {
  const rename = (path: string) => (path === from || path.startsWith(`${from}/`) ? `r${path.slice(from.length)}` : path)
  return {
    ...entry,
    path: rename(entry.path),
    ...(entry.target !== undefined && entry.type === 'hardlink' && { target: rename(entry.target) }),
  }
}

/** Laws of every pair under both semantics. */
export const LAWS: Readonly<Record<string, (pair: Pair) => void>> = {
  'nothing differs from itself': bothWays(({ a }, again) => {
    assert.equal(finish(findDifferences(a, a)).length, 0)
    assert.equal(finish(findDifferences(a, again)).length, 0)
  }),

  'without moves it is what the overlay finds path by path': bothWays(({ a, b }) => {
    const rows = finish(compareTrees(a, b))
    const found = listed(rows).map(({ path, change, classes }) => `${change} ${path} ${[...classes].sort()}`)
    const wanted = [...difference(a, b)].map(
      ({ path, change, aspects }) => `${change} ${path} ${aspects.map(each => (each === 'xattrs' ? 'xattr' : each)).sort()}`,
    )
    assert.deepEqual(found, wanted)
  }),

  'turned round it is the inverse': bothWays(({ a, b }) => {
    const there = listed(finish(findDifferences(a, b))).map(described)
    const back = listed(finish(findDifferences(b, a))).map(each => described(inverted(each)))
    assert.deepEqual(back.sort(), there.sort())
  }),

  'applied to the first it gives the second': bothWays(({ a, b }) => {
    const rows = listed(finish(findDifferences(a, b)))
    assert.deepEqual(applied(treeOf(a), rows, treeOf(b)), treeOf(b))
  }),

  'every table sums to the total': bothWays(({ a, b }) => {
    const selection = finish(selectRows(finish(findDifferences(a, b))))
    const total = finish(usageSteps(b)).bytes(b.root) - finish(usageSteps(a)).bytes(a.root)
    const sum = (parts: Iterable<{ readonly delta: number }>) => [...parts].reduce((all, { delta }) => all + delta, 0)
    assert.equal(sum(listed(selection.rows)), total)
    assert.equal(sum(finish(growthByLayer(selection)).values()), total)
    assert.equal(sum(finish(growthByExtension(selection)).values()), total)
    const growth = finish(directoryGrowth(selection))
    assert.deepEqual([growth.root.delta, growth.root.rows], [total, selection.indexes.length])
    for (const most of [1, 3, 10]) {
      const parts = growthParts(growth, most)
      assert.equal(sum(parts), total)
      assert.ok(parts.length <= most)
    }
    for (const top of [0, 2, 1000]) {
      const { positions, rest } = topRows(selection, 'size', top)
      assert.equal(sum([...positions].map(position => differenceAt(selection, position))) + (rest?.delta ?? 0), total)
      assert.equal(positions.length + (rest?.rows ?? 0), selection.indexes.length)
    }
  }),

  'what is left out is counted, and the rest is a part of all': bothWays(({ a, b }) => {
    const rows = finish(findDifferences(a, b))
    const all = new Map(listed(rows).map(each => [each.row, each]))
    const wishes: SelectionOptions[] = [
      { semantic: true },
      { ignore: ['mode', 'owner'] },
      { only: ['content', 'added'] },
      { ignore: ['moved'] },
    ]
    for (const wish of wishes) {
      const left = listed(rows, wish)
      for (const { row, classes } of left) assert.ok(classes.every(each => all.get(row)?.classes.includes(each)))
      const counted = new Map<string, number>()
      for (const { row, change, classes } of all.values()) {
        const kept = left.find(each => each.row === row)
        const names = [...classes, ...(change === 'added' || change === 'removed' ? [change] : [])]
        for (const each of names)
          if (kept === undefined || (classes.includes(each) && !kept.classes.includes(each)))
            counted.set(each, (counted.get(each) ?? 0) + 1)
      }
      assert.deepEqual(new Map(Object.entries(finish(selectRows(rows, wish)).ignored)), counted)
    }
    assert.ok(listed(rows, { semantic: true }).every(({ classes }) => !classes.includes('time')))
  }),
}

export function runLaw(law: (pair: Pair) => void, runs: number): void {
  fc.assert(fc.property(arbitraryPair(), law), { numRuns: runs })
}

function bothWays(law: (sides: { readonly a: Snapshot; readonly b: Snapshot }, again: Snapshot) => void): (pair: Pair) => void {
  return ({ a, b, shared }) => {
    // Shared layers are one changeset, as one reading gives them to both.
    const mine = a.map(entries => changesetFixture(entries))
    const theirs = b.map((entries, index) => (index < shared ? mine[index] : undefined) ?? changesetFixture(entries))
    for (const semantics of ['spec', 'overlay'] as const satisfies readonly Semantics[]) {
      const top = (changesets: typeof mine) => buildStack(changesets, semantics).snapshot(changesets.length)
      law({ a: top(mine), b: top(theirs) }, top(a.map(entries => changesetFixture(entries))))
    }
  }
}

function listed(rows: TreeRows, wish: SelectionOptions = {}): FileDifference[] {
  const selection = finish(selectRows(rows, wish))
  return [...selection.indexes.keys()].map(index => differenceAt(selection, index))
}

type Told = Pick<FileDifference, 'path' | 'change' | 'classes' | 'from' | 'delta' | 'before' | 'after'>

function described({ path, change, classes, from, delta, before, after }: Told): string {
  return [path, change, classes.join(), from, delta, before?.layer, after?.layer].join(' ')
}

function inverted({ path, change, classes, from, delta, before, after }: FileDifference): Told {
  const turned = change === 'added' ? 'removed' : change === 'removed' ? 'added' : change
  return {
    path: from ?? path,
    change: turned,
    classes,
    from: from === undefined ? undefined : path,
    delta: delta === 0 ? 0 : -delta,
    before: after,
    after: before,
  }
}

/** By path: all that is known of a name but which layer wrote it; the names of its inode apart. */
type Tree = Map<string, { readonly facts: string; readonly names: readonly string[] }>

function treeOf(snapshot: Snapshot): Tree {
  return new Map([snapshot.root, ...snapshot.walk()].map(node => [node.path, fileOf(snapshot, node)]))
}

function fileOf(snapshot: Snapshot, node: TreeNode): { readonly facts: string; readonly names: readonly string[] } {
  const { type, mode, uid, gid, mtime, size, sha256, target, device, xattrs } = node
  const attributes = xattrs.map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`).sort()
  const facts = [
    type,
    type === 'symlink' ? '' : mode,
    uid,
    gid,
    mtime?.seconds,
    mtime?.nanoseconds,
    size,
    sha256,
    target,
    device,
    attributes,
  ]
  return { facts: JSON.stringify(facts), names: type === 'directory' ? [] : snapshot.names(node) }
}

/** The first tree with the rows done to it. Attributes that a row says have changed are taken from the second. */
function applied(tree: Tree, rows: readonly FileDifference[], wanted: Tree): Tree {
  const result: Tree = new Map(tree)
  const renames = rows.filter(({ classes }) => classes.includes('renamed-directory'))
  const renamed = (path: string) => {
    const found = renames.find(({ from = '' }) => path === from || path.startsWith(`${from}/`))
    return found === undefined ? path : found.path + path.slice(found.from?.length ?? 0)
  }
  for (const { path, change, from } of rows) {
    if (change === 'removed') result.delete(path)
    if (change === 'moved') result.delete(from ?? '')
  }
  // Paths that a renamed directory takes along have no row of its own.
  for (const [path, { facts, names }] of [...result]) {
    result.delete(path)
    result.set(renamed(path), { facts, names: names.map(renamed).sort() })
  }
  for (const { path, change } of rows) {
    const file = wanted.get(path)
    if (change !== 'removed' && file !== undefined) result.set(path, file)
  }
  return new Map([...result].sort(([one], [other]) => (order(one) < order(other) ? -1 : 1)))
}

function order(path: string): string {
  return path.replaceAll('/', '\0')
}
