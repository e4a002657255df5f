import type { LeftOut } from '../../check/engine/left-out.ts'
import type { Rule, RuleText } from '../../check/rule.ts'
import { fitted } from '../help/columns.ts'
import type { Paint } from '../run/paint.ts'

/** `peel check --list`: a line a rule. */
export function* ruleList(rules: readonly RuleText[], paint: Paint): Generator<string> {
  const width = Math.max(...rules.map(({ id }) => id.length))
  for (const { id, severity, title } of rules) yield `${id.padEnd(width)}  ${severity.padEnd(7)}  ${paint('dim', title)}`
}

/** `peel check --explain ID`: the row, whole. */
export function* ruleLines(rule: RuleText | Rule, paint: Paint, width: number): Generator<string> {
  const fact = (label: string, text: string) => labelled(paint, label, text, width)
  yield `${paint('bold', rule.id)}  ${rule.severity}`
  yield `${rule.title}.`
  yield ''
  yield* fact('matches:', `${rule.matches}.`)
  yield* fact('leaves alone:', `${rule.mustNotMatch}.`)
  const { other, ...tools } = rule.fix
  yield* fact('fix:', other)
  for (const [tool, fix] of Object.entries(tools)) yield* fitted(`  ${tool}: ${fix}`, width)
  if ('needs' in rule) yield* fact('decided by:', rule.needs === 'documents' ? 'manifest, config and history' : 'all layers')
  if (rule.references.length > 0) yield* fact('see:', rule.references.join(', '))
}

/** `peel check --explain CODE` of a check that is not here. */
export function* leftOutLines({ codes, what, why }: LeftOut, paint: Paint, width: number): Generator<string> {
  yield paint('bold', codes.join(', '))
  yield* fitted(`${what}: peel deliberately has no such rule.`, width)
  yield ''
  yield* labelled(paint, 'why:', `${why}.`, width)
}

/** `label: text` in lines of at most `width` columns, the label painted. */
export function* labelled(paint: Paint, label: string, text: string, width?: number): Generator<string> {
  for (const [index, line] of fitted(`${label} ${text}`, width).entries())
    yield index === 0 ? line.replace(label.trimStart(), word => paint('cyan', word)) : line
}

export function ruleJson(rule: RuleText | Rule): object {
  const { id, severity, title, matches, mustNotMatch, fix, references } = rule
  return { id, severity, title, matches, mustNotMatch, fix, needs: 'needs' in rule ? rule.needs : 'config', references }
}
