import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseDiveCi } from '../../../src/check/gates/dive-ci.ts'
import { diveGates } from '../../../src/check/gates/dive-gates.ts'
import { parseGoFloat, parseHumanBytes } from '../../../src/check/gates/go-number.ts'
import type { DiveFigures } from '../../../src/space/dive.ts'

const figures = (efficiency: number, wastedBytes: number, userWastedPercent: number): DiveFigures => ({
  efficiency,
  sizeBytes: 0,
  userSizeBytes: 0,
  wastedBytes,
  userWastedPercent,
  inefficientFiles: [],
})

const GOOD = figures(0.95, 19_999_999, 0.05)
const EDGE = figures(0.9, 20_000_000, 0.1)
const POOR = figures(0.899, 20_971_521, 0.11)
const NONE = figures(1, 0, Number.NaN)
const ENDLESS = figures(1, 5, Number.POSITIVE_INFINITY)

/** Failing rules by their initials (efficiency, bytes, percent); `refused` where dive ends with an error before it looks. */
const TABLE: readonly (readonly [yaml: string, figures: DiveFigures, expected: string])[] = [
  ['', GOOD, 'pass'],
  ['', EDGE, 'pass'],
  ['', POOR, 'E P'],
  ['', NONE, 'pass'],
  ['', ENDLESS, 'P'],
  ['# only a comment\n', POOR, 'E P'],
  ['rules:\n', POOR, 'E P'],
  ['rules: {}', POOR, 'E P'],
  ['rules: null', GOOD, 'pass'],
  ['other: 1', POOR, 'E P'],
  ['rules:\n  lowestEfficiency: 0.95', GOOD, 'pass'],
  ['rules:\n  lowestEfficiency: 0.96', GOOD, 'E'],
  ['rules:\n  lowestEfficiency: "0.96"', GOOD, 'E'],
  ['rules:\n  lowestEfficiency: .96', GOOD, 'E'],
  ['rules:\n  lowestEfficiency: 96e-2', GOOD, 'E'],
  ['rules:\n  lowestEfficiency: 0x1p-1', POOR, 'P'],
  ['rules:\n  lowestEfficiency: NaN', POOR, 'P'],
  ['rules:\n  lowestEfficiency: 0', figures(0, 0, 0), 'pass'],
  ['rules:\n  lowestEfficiency: 1', figures(1, 0, 0), 'pass'],
  ['rules:\n  lowestEfficiency: 1.0001', GOOD, 'refused'],
  ['rules:\n  lowestEfficiency: -0.1', GOOD, 'refused'],
  ['rules:\n  lowestEfficiency: Inf', GOOD, 'refused'],
  ['rules:\n  lowestEfficiency: 90%', GOOD, 'refused'],
  ['rules:\n  lowestEfficiency: [0.9]', GOOD, 'refused'],
  ['rules:\n  lowestEfficiency: disabled', POOR, 'P'],
  ['rules:\n  lowestEfficiency: " Disabled "', POOR, 'P'],
  ['rules:\n  lowestEfficiency: off', POOR, 'P'],
  ['rules:\n  lowestEfficiency: false', POOR, 'P'],
  ['rules:\n  lowestEfficiency: ""', POOR, 'P'],
  ['rules:\n  lowestEfficiency:', POOR, 'E P'],
  ['rules:\n  lowest-efficiency: 0.99', GOOD, 'pass'],
  ['rules:\n  LowestEfficiency: 0.99', GOOD, 'pass'],
  ['rules:\n  highestWastedBytes: 20MB', EDGE, 'pass'],
  ['rules:\n  highestWastedBytes: 20MB', figures(1, 20_000_001, 0), 'B'],
  ['rules:\n  highestWastedBytes: 20MiB', figures(1, 20_971_520, 0), 'pass'],
  ['rules:\n  highestWastedBytes: 20 mib', POOR, 'E P B'],
  ['rules:\n  highestWastedBytes: 0', GOOD, 'B'],
  ['rules:\n  highestWastedBytes: 0', NONE, 'pass'],
  ['rules:\n  highestWastedBytes: 1.5GB', POOR, 'E P'],
  ['rules:\n  highestWastedBytes: 19,999,998', GOOD, 'B'],
  ['rules:\n  highestWastedBytes: -1', GOOD, 'refused'],
  ['rules:\n  highestWastedBytes: 20 pebbles', GOOD, 'refused'],
  ['rules:\n  highestUserWastedPercent: 0.04', GOOD, 'P'],
  ['rules:\n  highestUserWastedPercent: 0.05', GOOD, 'pass'],
  ['rules:\n  highestUserWastedPercent: 1', ENDLESS, 'P'],
  ['rules:\n  highestUserWastedPercent: 0', NONE, 'pass'],
  ['rules:\n  highestUserWastedPercent: disabled', ENDLESS, 'pass'],
  ['rules:\n  lowestEfficiency: 0.99\n  highestWastedBytes: 1kB\n  highestUserWastedPercent: 0.01', GOOD, 'E P B'],
  ['rules:\n  lowestEfficiency: 0.5\n  lowestEfficiency: 0.6', GOOD, 'refused'],
  ['rules: [1, 2]', GOOD, 'refused'],
  ['- a\n- b', GOOD, 'refused'],
  ['rules: {', GOOD, 'refused'],
]

const INITIALS: Readonly<Record<string, string>> = {
  lowestEfficiency: 'E',
  highestUserWastedPercent: 'P',
  highestWastedBytes: 'B',
}

function verdict(yaml: string, measured: DiveFigures): string {
  try {
    const failed = diveGates(parseDiveCi(yaml, '.dive-ci'), '.dive-ci', measured).filter(({ passed }) => !passed)
    const initials = failed.map(({ name }) => INITIALS[name] ?? '?')
    return ['E', 'P', 'B'].filter(initial => initials.includes(initial)).join(' ') || 'pass'
  } catch {
    return 'refused'
  }
}

describe("dive's gates", () => {
  for (const [yaml, measured, expected] of TABLE) {
    test(`${JSON.stringify(yaml)} with ${measured.efficiency}, ${measured.wastedBytes}, ${measured.userWastedPercent}: ${expected}`, () => {
      assert.equal(verdict(yaml, measured), expected)
    })
  }

  test('disabled rules are left out and the others are sorted by name', () => {
    const gates = diveGates(parseDiveCi('rules: {highestWastedBytes: 1MB, lowestEfficiency: off}', 'x'), 'x', GOOD)
    assert.deepEqual(
      gates.map(({ name }) => name),
      ['highestUserWastedPercent', 'highestWastedBytes'],
    )
  })

  test('a refused file says its line', () => {
    assert.throws(
      () => parseDiveCi('rules:\n  lowestEfficiency:\n    - 1', 'ci.yml'),
      /Cannot use ci\.yml: line 3: "lowestEfficiency" is no scalar/,
    )
  })
})

describe("Go's numbers", () => {
  test('floats', () => {
    for (const [text, value] of [
      ['1e-1', 0.1],
      ['.5', 0.5],
      ['5.', 5],
      ['+1', 1],
      ['0x1p-2', 0.25],
      ['0x1.8p1', 3],
      ['-0X_1p0', -1],
    ] as const)
      assert.equal(parseGoFloat(text), value, text)
    for (const text of ['', ' 1', '1 ', '1_0', '0x10', '1e', 'e1', '.', '1e400', '0xp1', '+nan', '١'])
      assert.equal(parseGoFloat(text), undefined, text)
    assert.ok(Number.isNaN(parseGoFloat('nAn')))
    assert.equal(parseGoFloat('-Infinity'), Number.NEGATIVE_INFINITY)
  })

  test('sizes', () => {
    for (const [text, value] of [
      ['42', 42],
      ['42B', 42],
      ['1.5k', 1500],
      ['1 KiB', 1024],
      ['2Ei', 2 * 2 ** 60],
      ['1.9', 1],
    ] as const)
      assert.equal(parseHumanBytes(text), value, text)
    for (const text of ['', 'MB', '1 XB', '-1', '1.2.3', '99EB', '1e3']) assert.equal(parseHumanBytes(text), undefined, text)
  })
})
