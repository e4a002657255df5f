import { DIVE_DEFAULTS, DIVE_NAMES, type DiveRules } from './dive-gates.ts'
import { invalidLine } from './invalid-line.ts'
import { pairsOf, parseYaml, scalarText } from './yaml-document.ts'

/**
 * The rules of a `.dive-ci`: `rules:` with the names in camel case; other keys are ignored, as dive ignores them; a rule that the file
 * does not name has dive's default, whatever flags say (gates.md §1).
 * @throws ImageError `SETTINGS_INVALID` where dive refuses the file
 */
export function parseDiveCi(text: string, file: string): DiveRules {
  const { root, lineOf } = parseYaml(text, file)
  if (root === null) return DIVE_DEFAULTS
  const top = pairsOf(root)
  if (top === undefined) {
    if (scalarText(root) === null) return DIVE_DEFAULTS
    throw invalidLine(file, lineOf(root), 'it is no mapping with "rules"')
  }
  const rules = top.find(({ key }) => key === 'rules')?.value
  if (rules === undefined || scalarText(rules) === null) return DIVE_DEFAULTS
  const pairs = pairsOf(rules)
  if (pairs === undefined) throw invalidLine(file, lineOf(rules), '"rules" is no mapping')
  const said: Record<string, string> = {}
  for (const { key, value } of pairs) {
    if (!DIVE_NAMES.some(name => name === key)) continue
    const scalar = scalarText(value)
    if (scalar === undefined) throw invalidLine(file, lineOf(value), `"${key}" is no scalar`)
    if (scalar !== null) said[key] = scalar
  }
  return { ...DIVE_DEFAULTS, ...said }
}
