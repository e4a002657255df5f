import type { RuleText } from '../rule.ts'
import { CONFIG_TEXTS } from '../rules/config-texts.ts'
import { RULES } from './rules.ts'

/** The texts of every id that a finding may have: the rules, and what is wrong with exceptions. */
export const RULE_TEXTS: readonly RuleText[] = [...RULES, ...CONFIG_TEXTS]

export function ruleTextNamed(id: string): RuleText | undefined {
  return RULE_TEXTS.find(rule => rule.id === id)
}

/** The rules that say what another tool's code or a standard's section says: `DL3009`, `CIS 4.10`, in any case. */
export function ruleTextsFor(code: string): readonly RuleText[] {
  return RULE_TEXTS.filter(({ references }) => references.some(each => each.toLowerCase() === code.toLowerCase()))
}
