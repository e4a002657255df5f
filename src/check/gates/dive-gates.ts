import type { DiveFigures } from '../../space/dive.ts'
import type { GateResult } from '../report.ts'
import { parseGoFloat, parseHumanBytes } from './go-number.ts'
import { invalidLine } from './invalid-line.ts'

/** dive's three rules, as text: what a `.dive-ci` or a flag says. */
export type DiveRules = {
  readonly lowestEfficiency: string
  readonly highestWastedBytes: string
  readonly highestUserWastedPercent: string
}

/** dive's own defaults, which hold for the rules that a file does not name. */
export const DIVE_DEFAULTS: DiveRules = {
  lowestEfficiency: '0.9',
  highestWastedBytes: 'disabled',
  highestUserWastedPercent: '0.1',
}

/** The names of the rules, as both a `.dive-ci` and the results have them. */
export const DIVE_NAMES = ['highestUserWastedPercent', 'highestWastedBytes', 'lowestEfficiency'] as const

/**
 * dive's verdicts, to the letter: a rule fails where the figure is strictly beyond its limit; NaN never fails. Sorted by name; rules that
 * are disabled are left out.
 * @throws ImageError `SETTINGS_INVALID` where dive refuses a limit
 */
export function diveGates(rules: DiveRules, source: string, figures: DiveFigures): readonly GateResult[] {
  return DIVE_NAMES.flatMap((name): readonly GateResult[] => {
    const text = rules[name]
    if (/^(?:|disabled|off|false)$/.test(text.trim().toLowerCase())) return []
    if (name === 'highestWastedBytes') {
      const limit = parseHumanBytes(text)
      if (limit === undefined) throw invalidLine(source, 1, `${name} is "${text}", which is no size`, SIZE_HINT)
      return [{ name, source, limit, actual: figures.wastedBytes, passed: !(figures.wastedBytes > limit) }]
    }
    const limit = parseGoFloat(text)
    if (limit === undefined || limit < 0 || limit > 1)
      throw invalidLine(source, 1, `${name} is "${text}", which is no number from 0 to 1`, RATIO_HINT)
    const actual = name === 'lowestEfficiency' ? figures.efficiency : figures.userWastedPercent
    return [{ name, source, limit, actual, passed: name === 'lowestEfficiency' ? !(limit > actual) : !(actual > limit) }]
  })
}

const SIZE_HINT = 'Sizes are written 20MB, 20MiB or 20000000; "disabled" switches a rule off.'
const RATIO_HINT = 'Ratios are written 0.95; "disabled" switches a rule off.'
