import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseDigest } from '../../src/blob/digest.ts'
import type { InstalledPackage } from '../../src/check/ownership.ts'
import { alignLayers, type ComparedLayer } from '../../src/compare/align-layers.ts'
import { findDifferences } from '../../src/compare/find-differences.ts'
import { packageDifferences } from '../../src/compare/package-differences.ts'
import { selectRows } from '../../src/compare/selection.ts'
import { buildStack } from '../../src/overlay/apply.ts'
import { finish } from '../../src/overlay/steps.ts'
import { changesetFixture } from '../kit/layer/changeset-fixture.ts'
import { fc } from '../kit/seeded-check.ts'

const digest = (number: number) => parseDigest(`sha256:${number.toString(16).padStart(64, '0')}`)

/** Layers of few contents and commands, so that some are shared, some recompressed, some made by the same instruction. */
function arbitraryLayers(): fc.Arbitrary<readonly ComparedLayer[]> {
  const layer = fc.record({ content: fc.nat(4), form: fc.nat(1), command: fc.constantFrom('RUN a', 'RUN b', undefined) })
  return fc.array(layer, { maxLength: 7 }).map(layers =>
    layers.map(({ content, form, command }, position) => ({
      position,
      digest: digest(content * 2 + form),
      diffID: digest(1000 + content),
      size: 100 * content + form,
      createdBy: command,
      changeset: undefined,
    })),
  )
}

/** Files of a few packages in one image: a size for each path, and the package that owns it. */
function arbitraryFiles(): fc.Arbitrary<ReadonlyMap<string, { readonly size: number; readonly owner: number }>> {
  const path = fc.constantFrom(...Array.from({ length: 8 }, (_, index) => `usr/${index}`))
  return fc.array(fc.tuple(path, fc.record({ size: fc.nat(5), owner: fc.nat(3) })), { maxLength: 8 }).map(each => new Map(each))
}

describe('sums of a comparison', () => {
  test('every layer is in one pair, and the pairs sum to the difference of the compressed sizes', () => {
    fc.assert(
      fc.property(arbitraryLayers(), arbitraryLayers(), (a, b) => {
        const pairs = finish(alignLayers(a, b))
        const sum = (layers: readonly { readonly size: number }[]) => layers.reduce((all, { size }) => all + size, 0)
        assert.equal(
          pairs.reduce((all, { delta }) => all + delta, 0),
          sum(b) - sum(a),
        )
        const positions = (side: 'before' | 'after') => pairs.flatMap(pair => pair[side] ?? [])
        assert.deepEqual([positions('before'), positions('after')], [[...a.keys()], [...b.keys()]])
      }),
      { numRuns: 300 },
    )
  })

  test('packages of other versions, packages of the same version and files of no package sum to the total', () => {
    fc.assert(
      fc.property(arbitraryFiles(), arbitraryFiles(), (a, b) => {
        const snapshot = (files: typeof a) =>
          buildStack(
            [changesetFixture([...files].map(([path, { size }]) => ({ type: 'file', path, size, content: `${size}` })))],
            'overlay',
          ).snapshot(1)
        // The third package is the same on both sides; the fourth is none.
        const packages = (files: typeof a, version: string) =>
          [0, 1, 2].map((owner): InstalledPackage => {
            const own = [...files].filter(([, each]) => each.owner === owner)
            const known = { type: 'deb', name: `p${owner}`, version: owner === 2 ? '1' : version, layer: 0, bytes: 0 }
            return { ...known, files: own.map(([path]) => path) as never }
          })
        const selection = finish(selectRows(finish(findDifferences(snapshot(a), snapshot(b)))))
        const lists = { a: packages(a, '1'), b: packages(b, '2') }
        const found = finish(packageDifferences(lists, selection))
        const bytes = (files: typeof a) => [...files.values()].reduce((all, { size }) => all + size, 0)
        const parts = [...found.packages, found.others, found.unowned]
        assert.equal(
          parts.reduce((all, { delta }) => all + delta, 0),
          bytes(b) - bytes(a),
        )
        assert.deepEqual(found.packages.map(({ name }) => name).sort(), ['p0', 'p1'])
        const same = finish(packageDifferences({ a: lists.a, b: lists.a }, selection))
        assert.deepEqual(same.packages, [])
        assert.equal(same.others.delta + same.unowned.delta, bytes(b) - bytes(a))
      }),
      { numRuns: 200 },
    )
  })

  test('packages come by the bytes they change, then by type and name; versions of one name stay in their order', () => {
    const installed = (type: string, name: string, version: string, files: readonly string[] = []) =>
      ({ type, name, version, layer: 0, bytes: 0, files }) as unknown as InstalledPackage
    const snapshot = (size: number) =>
      buildStack([changesetFixture([{ type: 'file', path: 'usr/x', size }])], 'overlay').snapshot(1)
    const rows = finish(findDifferences(snapshot(5), snapshot(9), 0))
    const lists = {
      a: [installed('deb', 'z', '1'), installed('deb', 'two', '1'), installed('deb', 'two', '2'), installed('apk', 'z', '1')],
      b: [
        installed('deb', 'z', '2'),
        installed('deb', 'two', '3'),
        installed('deb', 'two', '4'),
        installed('apk', 'z', '2'),
        installed('deb', 'y', '1', ['usr/x']),
      ],
    }
    const { packages } = finish(packageDifferences(lists, finish(selectRows(rows, {}))))
    assert.deepEqual(
      packages.map(({ type, name, before, after, delta }) => [type, name, before, after, delta]),
      [
        ['deb', 'y', null, '1', 4],
        ['apk', 'z', '1', '2', 0],
        ['deb', 'two', '1', '3', 0],
        ['deb', 'two', '2', '4', 0],
        ['deb', 'z', '1', '2', 0],
      ],
    )
  })
})
