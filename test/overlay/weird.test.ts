import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { buildStack } from '../../src/overlay/apply.ts'
import type { Difference } from '../../src/overlay/difference.ts'
import { disagreement } from '../../src/overlay/disagreement.ts'
import type { Semantics } from '../../src/overlay/tree.ts'
import { corpusPath, hasCorpus } from '../kit/corpus.ts'
import { readImageLayers } from '../kit/image/read-image.ts'
import { type ListedNode, listTree } from '../kit/tree/tree-listing.ts'

type Expected = { readonly doc: string; readonly apply_tree?: ListedNode[] | null; readonly overlay_tree?: ListedNode[] | null }

type Tree = readonly ListedNode[]

/** Where semantics.md differs from a fixture's tree, the page wins: what to change in the tree, and why. */
type Exception = { readonly why: string; readonly correct: (tree: Tree) => Tree }

const without =
  (...paths: readonly string[]) =>
  (tree: Tree) =>
    tree.filter(node => !paths.includes(node.path))

const changed = (path: string, change: Partial<ListedNode>) => (tree: Tree) =>
  tree.map(node => (node.path === path ? { ...node, ...change } : node))

const TIME = 1_700_000_000_000_000_000n
const plain = { uid: 0, gid: 0, mtime_ns: TIME }
const file = (path: string, content: string, more: Partial<ListedNode> = {}): ListedNode => {
  const sha256 = createHash('sha256').update(content).digest('hex').slice(0, 16)
  return { path, type: 'f', mode: '0644', ...plain, size: content.length, sha256, ...more }
}
const directory = (path: string, mtime_ns: bigint | null = TIME): ListedNode => ({
  path,
  type: 'd',
  mode: '0755',
  ...plain,
  mtime_ns,
})
const linked = { hardlinks: ['a', 'b'] }

const REFUSED = 'runtimes refuse the layer, so the apply result is shown and said'

const EXCEPTIONS: Readonly<Record<string, Exception>> = {
  'aufs-metadata, spec': {
    why: 'bookkeeping is hidden, links into plnk are resolved; umoci shows it',
    correct: tree => without('.wh..wh.plnk', '.wh..wh.plnk/99.1')(tree).map(({ hardlinks: _, ...node }) => node),
  },
  'dir-then-whiteout-same-layer, overlay': { why: REFUSED, correct: without('d/old') },
  'whiteout-nested, overlay': { why: REFUSED, correct: () => [] },
  'whiteout-then-child-implicit, overlay': { why: REFUSED, correct: () => [directory('d', null), file('d/new', 'new')] },
  'file-as-parent, spec': { why: 'new parents are 0755; umoci gives this one 0644', correct: changed('x', { mode: '0755' }) },
  'hardlink-before-target, spec': {
    why: 'an error in every tool; resolved late as a courtesy, with a diagnostic',
    correct: () => [file('a', 'A', linked), file('b', 'A', linked)],
  },
  'hardlink-before-target, overlay': {
    why: 'an error in every tool; resolved late as a courtesy, with a diagnostic',
    correct: () => [file('a', 'A', linked), file('b', 'A', linked)],
  },
  'meta-xattrs, spec': {
    why: 'umoci ignores LIBARCHIVE.xattr and drops empty values',
    correct: tree =>
      changed('u', { xattrs: { 'user.empty': '', 'user.k.v': '6100623d630a' } })(
        changed('la', { xattrs: { 'user.la': '68656c6c6f' } })(tree),
      ),
  },
  'meta-xattrs, overlay': {
    why: 'Go ignores LIBARCHIVE.xattr',
    correct: changed('la', { xattrs: { 'user.la': '68656c6c6f' } }),
  },
  'overlay-native-whiteout, overlay': {
    why: 'an overlay mount takes both for its own marks, and hides the xattr',
    correct: tree => without('o/z', 'x')(tree).map(({ xattrs: _, ...node }) => node),
  },
  'symlink-parent-loop, spec': {
    why: 'an error for that entry only',
    correct: () => [{ path: 'x', type: 'l', ...plain, target: 'x' }],
  },
  'tar-bad-checksum, spec': { why: 'what stands before the damage is shown', correct: () => [file('x', '1')] },
  'tar-truncated, spec': { why: 'what stands before the cut is shown', correct: () => [directory('dd'), file('x', 'hello')] },
  'tar-truncated, overlay': { why: 'what stands before the cut is shown', correct: () => [directory('dd'), file('x', 'hello')] },
  'tar-pax-global, overlay': {
    why: 'PAX globals are not merged into entries',
    correct: tree => tree.map(node => ({ ...node, mtime_ns: TIME })),
  },
  'whiteout-dotdot, spec': {
    why: 'whiteouts of "." and ".." remove nothing',
    correct: () => [directory('a'), file('a/x', '1'), file('y', '2')],
  },
}

/** The diagnostic of each case, under both semantics unless one is named. */
const DIAGNOSTICS: Readonly<Record<string, string>> = {
  'dir-then-whiteout-same-layer, overlay': 'WHITEOUT_OF_OWN_ENTRY',
  'whiteout-nested, overlay': 'ENTRY_BELOW_WHITEOUT',
  'whiteout-then-child-implicit, overlay': 'ENTRY_BELOW_WHITEOUT',
  'hardlink-before-target, spec': 'HARDLINK_BEFORE_TARGET',
  'hardlink-before-target, overlay': 'HARDLINK_BEFORE_TARGET',
  'hardlink-cross-layer, overlay': 'HARDLINK_TO_LOWER_LAYER',
  'overlay-native-whiteout, overlay': 'OVERLAY_NATIVE_WHITEOUT',
  'symlink-parent-loop, spec': 'SYMLINK_LOOP',
}

/** Cases on which the two semantics differ; on all others they agree, and say so. */
const DISPUTED = new Set([
  'opaque-on-symlinked-dir',
  'overlay-native-whiteout',
  'symlink-parent-absolute',
  'symlink-parent-chain',
  'symlink-parent-escape',
  'symlink-parent-loop',
  'usrmerge-through-link',
  'whiteout-missing',
  'whiteout-then-dir-same-layer',
  'whiteout-via-symlink',
])

describe('corpus/weird', { skip: hasCorpus ? false : 'NO CORPUS' }, () => {
  const expected: Readonly<Record<string, Expected>> = hasCorpus
    ? JSON.parse(readFileSync(corpusPath('weird', 'EXPECTED.json'), 'utf8'))
    : {}
  for (const [name, { doc, apply_tree, overlay_tree }] of Object.entries(expected)) {
    const trees: readonly (readonly [Semantics, ListedNode[] | null | undefined])[] = [
      ['spec', apply_tree],
      ['overlay', overlay_tree],
    ]
    for (const [semantics, tree] of trees) {
      test(`${name}, ${semantics}: ${doc}`, async () => {
        const stack = buildStack(await changesetsOf(name), semantics)
        const listed = listTree(stack.snapshot(stack.changesets.length))
        const fixture = (tree ?? []).filter(node => node.path !== '.')
        const wanted = EXCEPTIONS[`${name}, ${semantics}`]?.correct(fixture) ?? fixture
        assert.deepEqual(comparable(listed, wanted), comparable(wanted, listed))
        assert.deepEqual(
          stack.diagnostics.slice(0, 1).map(each => each.code),
          [DIAGNOSTICS[`${name}, ${semantics}`]].filter(code => code !== undefined),
        )
      })
    }

    test(`${name}: where the semantics differ`, async () => {
      const changesets = await changesetsOf(name)
      const [overlay, spec] = [buildStack(changesets, 'overlay'), buildStack(changesets, 'spec')]
      const trees = [overlay, spec].map(stack => comparable(listTree(stack.snapshot(changesets.length)), []))
      const found = [...disagreement(overlay)].filter(({ path }) => path !== '')
      assert.deepEqual(
        found.map(describeDifference),
        [...disagreement(spec)].filter(({ path }) => path !== '').map(describeDifference),
      )
      assert.equal(found.length > 0, DISPUTED.has(name))
      assert.equal(isDeepStrictEqual(trees[0], trees[1]), !DISPUTED.has(name))
    })
  }
})

const describeDifference = ({ path, change, aspects }: Difference) => `${change} ${path} ${aspects.join()}`

async function changesetsOf(name: string) {
  return (await readImageLayers(corpusPath('weird', name))).map(layer => layer.changeset)
}

/** Times are compared where both sides have one. */
function comparable(tree: readonly ListedNode[], other: readonly ListedNode[]): readonly object[] {
  const times = new Map(other.map(node => [node.path, node.mtime_ns]))
  const isMeaningless = (node: ListedNode) => times.get(node.path) === null || node.mtime_ns === null
  return tree.map(node => ({ ...node, mtime_ns: isMeaningless(node) ? null : Number(node.mtime_ns) }))
}
