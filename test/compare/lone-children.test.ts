import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directoryGrowth } from '../../src/compare/directory-growth.ts'
import { findDifferences } from '../../src/compare/find-differences.ts'
import type { GrownPath } from '../../src/compare/grown-siblings.ts'
import { selectRows } from '../../src/compare/selection.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { finish } from '../../src/overlay/steps.ts'
import { arbitraryImage } from '../kit/layer/arbitrary-image.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'
import { fc } from '../kit/seeded-check.ts'

test('law: the lone child of a directory is the one that its list has, and there is none where the list has more', () => {
  let [met, ever] = [0, 0]
  fc.assert(
    fc.property(arbitraryImage(), arbitraryImage(), (a, b) => {
      const snapshot = (layers: typeof a) => {
        const stack = buildStack(
          layers.map(entries => changesetFixture(entries)),
          'overlay',
        )
        return stack.snapshot(layers.length)
      }
      const rows = findDifferences(snapshot(a), snapshot(b))
      const growth = finish(directoryGrowth(finish(selectRows(finish(rows)))))
      const visit = (at: GrownPath): void => {
        const children = [...growth.children(at)]
        assert.deepEqual(growth.onlyChild(at), children.length === 1 ? children[0] : undefined, at.path)
        if (children.length === 1) met++
        const everything = [...growth.everything(at)]
        const lone = growth.onlyEver(at)
        if (lone !== undefined) {
          ever++
          assert.deepEqual([lone], everything)
        }
        for (const child of everything) visit(child)
      }
      visit(growth.root)
    }),
    { numRuns: 300 },
  )
  assert.ok(met > 0 && ever > 0)
})
