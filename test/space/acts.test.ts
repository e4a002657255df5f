import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FilePath } from '../../src/layer/file-path.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import type { Stack } from '../../src/overlay/tree.ts'
import { type Act, actsOf } from '../../src/space/acts.ts'
import { contentSizeOf, contentsOf, isAlive, type Waste, wasteOf } from '../../src/space/waste.ts'
import { arbitraryImage } from '../kit/layer/arbitrary-image.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'
import { stackOf } from '../kit/layer/layer-words.ts'
import { fc } from '../kit/seeded-check.ts'

const inWords = ({ path, files, bytes, shippedBy, hiddenBy, cause }: Act) =>
  `/${path} ${files} files ${bytes} ${shippedBy}→${hiddenBy} ${cause}`

/** Acts as the rule has them, file by file. */
const cases: readonly (readonly [what: string, layers: readonly string[], acts: readonly string[]])[] = [
  ['nothing hidden', ['a=12 d/ d/b=3'], []],
  ['one file', ['a=12 b=3', 'wh:a'], ['/a 1 files 2 0→1 removed']],
  ['a removed directory beside one that stays', ['v/ v/l/ v/l/a=12 v/l/b=345 v/c=6', 'wh:v/l'], ['/v/l 2 files 5 0→1 removed']],
  [
    'two directories that one layer filled and one removed are told apart where the layer shipped something between them',
    ['v/ v/l/ v/l/a=12 w/ w/b=345 c=6', 'wh:v wh:w'],
    ['/w/b 1 files 3 0→1 removed', '/v/l/a 1 files 2 0→1 removed'],
  ],
  ['all that a layer shipped', ['x=1', 'v/ v/a=12 w/ w/b=345', 'wh:v wh:w'], ['/ 2 files 5 1→2 removed']],
  ['a chown of a tree', ['x=1', 'd/ d/e/ d/e/a=12 d/e/b=3', 'd/e/a=12:0600 d/e/b=3:0600'], ['/d/e 2 files 3 1→2 metadata-only']],
  [
    'the same directory hidden by two layers',
    ['d/ d/a=12 d/b=345', 'd/a=9', 'd/b=9'],
    ['/d/b 1 files 3 0→2 overwritten', '/d/a 1 files 2 0→1 overwritten'],
  ],
  [
    'other ways in one directory',
    ['d/ d/a=12 d/b=345', 'wh:d/a d/b=9'],
    ['/d/b 1 files 3 0→1 overwritten', '/d/a 1 files 2 0→1 removed'],
  ],
]

describe('acts', () => {
  for (const [what, layers, acts] of cases) {
    test(what, () => {
      const stack = stackOf('overlay', layers)
      assert.deepEqual(actsOf(stack, wasteOf(stack)).acts.map(inWords), acts)
    })
  }

  test('every hidden byte belongs to one act, as a naive model tells them', () => {
    fc.assert(
      fc.property(arbitraryImage(), layers => {
        const stack = buildStack(
          layers.map(each => changesetFixture(each)),
          'overlay',
        )
        const ledger = wasteOf(stack)
        const { acts, count, bytes } = actsOf(stack, ledger)
        assert.equal(bytes, ledger.hidden)
        assert.equal(count, acts.length)
        assert.equal(
          acts.reduce((sum, act) => sum + act.bytes, 0),
          ledger.hidden,
        )
        assert.deepEqual(
          acts.map(inWords).sort(),
          naiveActs([...ledger.files()], alivePaths(stack))
            .map(inWords)
            .sort(),
        )
      }),
    )
  })
})

type Shipped = { readonly path: string; readonly layer: number }

function alivePaths({ tree, changesets }: Stack): Shipped[] {
  return [...contentsOf(tree, changesets.length)]
    .filter(inode => contentSizeOf(tree, inode) > 0 && isAlive(tree, inode, changesets.length))
    .map(inode => ({ path: tree.paths.fullPath(tree.versions.path(inode)), layer: tree.versions.layer(inode) }))
}

/** By the rule's own words, quadratic: the highest directory whose contents of the layer all went the same way. */
function naiveActs(hidden: readonly Waste[], alive: readonly Shipped[]): Act[] {
  const isBelow = (path: string, directory: string) => directory === '' || path === directory || path.startsWith(`${directory}/`)
  const prefixes = (path: string) =>
    path
      .split('/')
      .map((_, count, names) => names.slice(0, count).join('/'))
      .concat(path)
  const topOf = (waste: Waste) =>
    prefixes(waste.path).find(
      directory =>
        !alive.some(({ path, layer }) => layer === waste.shippedBy && isBelow(path, directory)) &&
        hidden.every(
          each =>
            each.shippedBy !== waste.shippedBy ||
            !isBelow(each.path, directory) ||
            (each.hiddenBy === waste.hiddenBy && each.cause === waste.cause),
        ),
    ) ?? waste.path
  const groups = Map.groupBy(hidden, waste => `${waste.shippedBy} ${waste.hiddenBy} ${waste.cause} ${topOf(waste)}`)
  return [...groups.values()].map(all => {
    const [first] = all
    assert.ok(first !== undefined)
    const common = prefixes(first.path).findLast(directory => all.every(({ path }) => isBelow(path, directory))) ?? ''
    return {
      path: common as FilePath,
      files: all.length,
      bytes: all.reduce((sum, each) => sum + each.bytes, 0),
      shippedBy: first.shippedBy,
      hiddenBy: first.hiddenBy,
      cause: first.cause,
    }
  })
}
