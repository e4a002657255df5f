import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LayerPair } from '../../src/compare/align-layers.ts'
import type { ShownComparison } from '../../src/compare/show-comparison.ts'
import type { Image } from '../../src/image/load.ts'
import { type Line, plainText } from '../../src/line/line.ts'
import { layerLine, layersHead, packageLine, packageRestLine, settingLines } from '../../src/state/compare/page-lines.ts'

const text = (line: Line) => plainText(line).trimEnd()
const rolesOf = (line: Line) => line.map(({ role }) => role)

function image(...steps: readonly (readonly [size: number, createdBy: string])[]): Image {
  const layers = steps.map(([size], position) => ({ position, blob: { size } }))
  return { layers, steps: steps.map(([, createdBy], layer) => ({ layer, history: { createdBy } })) } as unknown as Image
}

const images = {
  a: image([1000, 'ADD rootfs /'], [2000, 'RUN old']),
  b: image([1000, 'ADD rootfs /'], [2500, 'RUN new'], [10, 'COPY late']),
}

function pair(before: number | null, after: number | null, how: LayerPair['how'], delta: number): Line {
  const layers = new Map([
    ['a:1', { delta: -300 }],
    ['b:1', { delta: 500 }],
  ])
  const shown = { files: { layers } } as unknown as ShownComparison
  return layerLine({ before, after, how, delta } as LayerPair, shown, images, 80)
}

describe('a pair of layers', () => {
  test('stands under the names of its columns, each with its sign', () => {
    assert.deepEqual(
      [
        layersHead(),
        pair(0, 0, 'digest', 0),
        pair(1, 1, 'history', 500),
        pair(null, 2, null, 10),
        pair(1, null, null, -2000),
      ].map(text),
      [
        '     A    B   size A   size B        Δ  content  command',
        '=    1    1  1.00 kB  1.00 kB        ·        ·  ADD rootfs /',
        '~    2    2  2.00 kB  2.50 kB   +500 B   +200 B  RUN new',
        '+    ·    3        ·     10 B    +10 B        ·  COPY late',
        '-    2    ·  2.00 kB        · −2.00 kB   −300 B  RUN old',
      ],
    )
    assert.equal(rolesOf(pair(0, 0, 'digest', 0))[0], 'dim')
    assert.equal(rolesOf(pair(1, 1, 'similar', 500))[0], 'modified')
    assert.equal(rolesOf(pair(null, 2, null, 10))[0], 'added')
    assert.equal(rolesOf(pair(1, null, null, -2000))[0], 'removed')
  })

  test('of one content compressed otherwise says so', () => {
    assert.match(text(pair(0, 0, 'diffId', 3)), /^= .* {2}recompressed {2}ADD rootfs \/$/)
  })
})

describe('packages and settings', () => {
  const between = { type: 'deb', name: 'lib\u001bssl', delta: 1000 }

  test('a package has its growth, its kind, its name and both versions', () => {
    const line = packageLine({ ...between, before: '1', after: '2' } as never, 80)
    assert.match(text(line), /^ \+1\.00 kB {2}deb {4}lib\\essl +1 → 2$/)
    assert.equal(rolesOf(line)[2], 'modified')
    assert.equal(rolesOf(packageLine({ ...between, before: null, after: '2' } as never, 80))[2], 'added')
    assert.equal(rolesOf(packageLine({ ...between, before: '1', after: null } as never, 80))[2], 'removed')
  })

  test('the rest sums up what is in no row', () => {
    assert.equal(
      text(packageRestLine({ delta: -2000, rows: 1 } as never, 'files of no package')),
      ' −2.00 kB  files of no package  1 change',
    )
    assert.equal(text(packageRestLine({ delta: 0, rows: 3 } as never, 'x')), '        ·  x  3 changes')
  })

  test('a setting has both values; of lists only what is gone and what is new', () => {
    const lines = (before: unknown, after: unknown) => settingLines({ path: 'config.Env', before, after } as never, 40).map(text)
    assert.deepEqual(lines('a', undefined), ['config.Env', '  - "a"', '  + nothing'])
    assert.deepEqual(lines(['A=1', 'B=1'], ['B=1', 'C=\u001b']), ['config.Env', '  - A=1', '  + C=\\e'])
    // In another order is another value.
    assert.deepEqual(lines(['A', 'B'], ['B', 'A']), ['config.Env', '  - ["A","B"]', '  + ["B","A"]'])
    assert.deepEqual(lines(['A'], 'A'), ['config.Env', '  - ["A"]', '  + "A"'])
    assert.ok(lines('x'.repeat(99), '').every(line => line.length <= 40))
  })
})
