import type { LeftOut } from '../../check/engine/left-out.ts'
import type { Rule, RuleText } from '../../check/rule.ts'
import type { Paint } from '../run/paint.ts'

/** `peel check --list`: a line a rule. */
export function* ruleList(rules: readonly RuleText[], paint: Paint): Generator<string> {
  const width = Math.max(...rules.map(({ id }) => id.length))
  for (const { id, severity, title } of rules) yield `${id.padEnd(width)}  ${severity.padEnd(7)}  ${paint('dim', title)}`
}

/** `peel check --explain ID`: the row, whole. */
export function* ruleLines(rule: RuleText | Rule, paint: Paint): Generator<string> {
  yield `${paint('bold', rule.id)}  ${rule.severity}`
  yield `${rule.title}.`
  yield ''
  yield `${paint('cyan', 'matches:')} ${rule.matches}.`
  yield `${paint('cyan', 'leaves alone:')} ${rule.mustNotMatch}.`
  const { other, ...tools } = rule.fix
  yield `${paint('cyan', 'fix:')} ${other}`
  for (const [tool, fix] of Object.entries(tools)) yield `  ${tool}: ${fix}`
  if ('needs' in rule)
    yield `${paint('cyan', 'decided by:')} ${rule.needs === 'documents' ? 'manifest, config and history' : 'all layers'}`
  if (rule.references.length > 0) yield `${paint('cyan', 'see:')} ${rule.references.join(', ')}`
}

/** `peel check --explain CODE` of a check that is not here. */
export function* leftOutLines({ codes, what, why }: LeftOut, paint: Paint): Generator<string> {
  yield `${paint('bold', codes.join(', '))}`
  yield `${what}: peel deliberately has no such rule.`
  yield ''
  yield `${paint('cyan', 'why:')} ${why}.`
}

export function ruleJson(rule: RuleText | Rule): object {
  const { id, severity, title, matches, mustNotMatch, fix, references } = rule
  return { id, severity, title, matches, mustNotMatch, fix, needs: 'needs' in rule ? rule.needs : 'config', references }
}
