import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { finish } from '../../src/overlay/steps.ts'
import { diveFigures } from '../../src/space/dive.ts'
import { duplicateSteps } from '../../src/space/duplicates.ts'
import { usageSteps } from '../../src/space/usage.ts'
import { type Waste, wasteOf } from '../../src/space/waste.ts'
import { layerOf, stackOf } from '../kit/layer/layer-words.ts'

const K = 'x'.repeat(1000)
const L = 'y'.repeat(1000)

const inWords = ({ path, bytes, shippedBy, hiddenBy, cause }: Waste) => `${path} ${bytes} ${shippedBy}→${hiddenBy} ${cause}`

/** The hidden bytes, by the layers that ship and hide them; the same under both semantics. */
const cases: readonly (readonly [what: string, layers: readonly string[], hidden: readonly string[]])[] = [
  ['nothing', ['a=12 d/ d/b=3'], []],
  ['a file overwritten', ['a=12', 'a=345'], ['a 2 0→1 overwritten']],
  ['a chown', ['a=12', 'a=12:0600'], ['a 2 0→1 metadata-only']],
  ['a removal', ['a=12', 'wh:a'], ['a 2 0→1 removed']],
  ['a removed directory', ['d/ d/e/ d/e/a=12 d/b=3', 'c=1', 'wh:d'], ['d/e/a 2 0→2 removed', 'd/b 1 0→2 removed']],
  ['an opaque directory', ['d/ d/a=12', 'd/ opaque:d d/a=12'], ['d/a 2 0→1 opaque']],
  ['a file that became a directory', ['a=12', 'a/ a/b=1'], ['a 2 0→1 type-changed']],
  ['a directory that became a file', ['d/ d/a=12', 'd=1'], ['d/a 2 0→1 type-changed']],
  ['a file that became a symlink', ['a=12', 'a@b'], ['a 2 0→1 type-changed']],
  ['the same path twice in one tar', ['a=12 a=345'], ['a 2 0→0 repeated']],
  ['three times', ['a=1 a=22 a=333', 'a=4'], ['a 1 0→0 repeated', 'a 2 0→0 repeated', 'a 3 0→1 overwritten']],
  ['written again after removal', ['a=12', 'wh:a', 'a=12', 'wh:a'], ['a 2 0→1 removed', 'a 2 2→3 removed']],
  ['one name of two gone', ['a=12 b&a', 'wh:a'], []],
  ['both names gone, one after the other', ['a=12 b&a', 'wh:b', 'a=3'], ['a 2 0→2 overwritten']],
  ['both names gone at once', ['a=12 b&a c&b', 'wh:b c=1', 'wh:a'], ['a 2 0→2 removed']],
  ['a pair written anew', ['a=12 b&a', 'a=12:0600 b&a'], ['a 2 0→1 metadata-only']],
  ['a name added above', ['a=12', 'b&a', 'wh:a'], []],
  ['a name added above, all gone', ['a=12', 'b&a', 'wh:a', 'wh:b'], ['a 2 0→3 removed']],
  ['empty files', ['a= b=', 'wh:a'], []],
]

describe('the ledger', () => {
  for (const [what, layers, hidden] of cases) {
    for (const semantics of ['spec', 'overlay'] as const) {
      test(`${what}: ${semantics}`, () => {
        const stack = stackOf(semantics, layers)
        const ledger = wasteOf(stack)
        assert.deepEqual([...ledger.files()].map(inWords), hidden)
        const bytes = [...ledger.files()].reduce((total, waste) => total + waste.bytes, 0)
        const shipped = stack.changesets.flatMap(each => [...each.sizes]).reduce((total, size) => total + size, 0)
        assert.deepEqual([ledger.hidden, ledger.shipped, ledger.alive], [bytes, shipped, shipped - bytes])
        assert.equal(
          Object.values(ledger.byCause).reduce((a, b) => a + b),
          bytes,
        )
        assert.equal(
          ledger.byLayer.reduce((total, each) => total + each.shipped, 0),
          bytes,
        )
        assert.equal(
          ledger.byLayer.reduce((total, each) => total + each.caused, 0),
          bytes,
        )
        assert.equal(ledger.below(stack.snapshot(0).root.id), bytes)
        assert.equal(ledger.alive, finish(usageSteps(stack.snapshot(layers.length))).bytes(stack.snapshot(layers.length).root))
      })
    }
  }

  test('of a whole stack is made once, of fewer layers each time', () => {
    const stack = stackOf('overlay', ['a=1', 'a=2'])
    assert.equal(wasteOf(stack), wasteOf(stack))
    assert.notEqual(wasteOf(stack, 1), wasteOf(stack, 1))
    assert.equal(wasteOf(stack, 1).hidden, 0)
    assert.equal(wasteOf(stack).hidden, 1)
  })

  test('of fewer layers does not know what came later', () => {
    const stack = stackOf('overlay', ['a=12', 'a=345', 'wh:a'])
    assert.deepEqual([...wasteOf(stack, 1).files()], [])
    assert.deepEqual([...wasteOf(stack, 2).files()].map(inWords), ['a 2 0→1 overwritten'])
  })

  test('lists the largest first and sums directories', () => {
    const stack = stackOf('overlay', ['d/ d/a=12 d/e/ d/e/b=1234 c=123', 'wh:d wh:c'])
    const ledger = wasteOf(stack)
    assert.deepEqual(ledger.largest(2).map(inWords), ['d/e/b 4 0→1 removed', 'c 3 0→1 removed'])
    const lower = stack.snapshot(1)
    const below = (path: string) => ledger.below([...lower.walk()].find(node => node.path === path)?.id ?? 0)
    assert.deepEqual([below('d'), below('d/e'), below('c'), ledger.efficiency], [6, 4, 3, 0])
    assert.equal(wasteOf(stackOf('overlay', [])).efficiency, 1)
  })
})

describe("dive's figures", () => {
  const rows: readonly (readonly [row: string, layers: readonly string[], efficiency: number, wasted: number, hidden: number])[] =
    [
      ['chown of a 1000 B file', [`a=${K}`, `a=${K}:0600`], 0.5, 2000, 1000],
      ['a file grows 10 → 1000', ['a=1234567890', `a=${K}`], 10 / 1010, 1010, 10],
      ['rm of a 1000 B file, 500 B remain', [`a=${K} b=${K.slice(500)}`, 'wh:a'], 500 / 1500, 1000, 1000],
      ['rm -r of a directory holding 1000 B', [`d/ d/a=${K}`, 'wh:d'], 1, 0, 1000],
      ['opaque over 1000 B', [`d/ d/a=${K}`, 'd/ opaque:d'], 1, 0, 1000],
      ['file over a directory with 1000 B below', [`d/ d/a=${K}`, 'd='], 1, 0, 1000],
      ['three copies of 1000 B', [`a=${K}`, `a=${L}`, `a=${K}`], 1 / 3, 3000, 2000],
    ]
  for (const [row, layers, efficiency, wasted, hidden] of rows) {
    test(row, () => {
      const figures = diveFigures(layers.map(layerOf))
      assert.deepEqual([figures.efficiency, figures.wastedBytes], [efficiency, wasted])
      assert.equal(wasteOf(stackOf('overlay', layers)).hidden, hidden)
    })
  }

  test('a whiteout of nothing abandons the rest of its layer', () => {
    const before = diveFigures(['a=1 z=1', '-=1 wh:nope a=1 z=1'].map(layerOf))
    assert.deepEqual(before.inefficientFiles, [])
    const after = diveFigures(['a=1 z=1', 'a=1 b=2 wh:z'].map(layerOf))
    assert.deepEqual(after.inefficientFiles, [
      { path: 'a', count: 2, sizeBytes: 2 },
      { path: 'z', count: 2, sizeBytes: 1 },
    ])
  })

  test('a directory written twice and removed counts what is below', () => {
    const figures = diveFigures(['d/ d/a=12 e=1', 'wh:d', 'd/', 'wh:d'].map(layerOf))
    assert.deepEqual(figures.inefficientFiles, [{ path: 'd', count: 3, sizeBytes: 2 }])
  })

  test('no user layers give NaN, waste over none Infinity', () => {
    assert.equal(diveFigures(['a=1'].map(layerOf)).userWastedPercent, Number.NaN)
    assert.equal(diveFigures(['a=1', 'wh:a'].map(layerOf)).userWastedPercent, Number.POSITIVE_INFINITY)
    assert.equal(diveFigures([]).efficiency, 1)
  })
})

describe('usage', () => {
  test('sums directories, an inode once at its first name', () => {
    const stack = stackOf('spec', ['d/ d/a=12 d/e/ d/e/b=345 c&d/a f=6', 'wh:c', 'wh:d/a'])
    const totals = (layers: number) => {
      const snapshot = stack.snapshot(layers)
      const usage = finish(usageSteps(snapshot))
      return [snapshot.root, ...snapshot.walk()].map(node => `${node.path} ${usage.bytes(node)} ${usage.names(node)}`)
    }
    assert.deepEqual(totals(1), [' 6 6', 'c 2 0', 'd 3 3', 'd/a 0 0', 'd/e 3 1', 'd/e/b 3 0', 'f 1 0'])
    assert.deepEqual(totals(2), [' 6 5', 'd 5 3', 'd/a 2 0', 'd/e 3 1', 'd/e/b 3 0', 'f 1 0'])
    assert.deepEqual(totals(3), [' 4 4', 'd 3 2', 'd/e 3 1', 'd/e/b 3 0', 'f 1 0'])
    assert.deepEqual(totals(1)[0], ' 6 6')
  })

  test('finds duplicates at visible paths only, names of one inode being one file', () => {
    const stack = stackOf('overlay', ['a=same b&a d/ d/c=same e=other f= g= h=same', 'wh:h i=other'])
    const inWords = finish(duplicateSteps(stack.snapshot(2))).map(each => `${each.size} ${each.extra} ${each.paths.join()}`)
    assert.deepEqual(inWords, ['5 5 e,i', '4 4 a,d/c'])
    assert.deepEqual(
      finish(duplicateSteps(stack.snapshot(1))).map(each => each.paths),
      [['a', 'd/c', 'h']],
    )
  })
})
