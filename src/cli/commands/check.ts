import type { Command } from 'commander'
import { RULES, ruleNamed } from '../../check/engine/rules.ts'
import type { Report } from '../../check/report.ts'
import { escapeText } from '../../escape.ts'
import { checkImage } from '../../session/check/check-image.ts'
import { withImage } from '../../session/opened-image.ts'
import { checkJson } from '../print/check-json.ts'
import { checkText } from '../print/check-text.ts'
import { ruleJson, ruleList, ruleText } from '../print/rule-text.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { flag, text, type Values } from '../run/options.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  command
    .argument('[image...]', 'the images')
    .option('--json', 'as one JSON object, an array for several images')
    .option('--show-suppressed', 'also what is not told, and why')
    .option('--explain <id>', 'what a rule matches, what it leaves alone, and how to mend it')
    .option('--list', 'every rule')
    .action(async (references: readonly string[], values: Values) => {
      const explained = text(values, 'explain')
      if (flag(values, 'list')) return await list(context)
      if (explained !== undefined) return await explain(context, explained)
      if (references.length === 0) {
        throw new UsageError('USAGE', 'Cannot check: no image is named', {
          hint: 'peel check IMAGE, or peel check --list for the rules.',
        })
      }
      const reports: Report[] = []
      for (const reference of references) {
        reports.push(
          await withImage(context.asking(), reference, opened =>
            checkImage(opened, { reference, now: Date.now() }, context.signal),
          ),
        )
      }
      if (reports.some(({ passed }) => !passed)) context.status = 1
      if (context.json)
        await context.output.write(`${jsonText(reports.length === 1 ? checkJson(onlyOf(reports)) : reports.map(checkJson), 2)}\n`)
      else
        for (const report of reports)
          await context.output.writeLines(checkText(report, context.paint(), { suppressed: flag(values, 'showSuppressed') }))
    })
}

function onlyOf(reports: readonly Report[]): Report {
  const [report] = reports
  if (report === undefined) throw new RangeError('no report')
  return report
}

async function list(context: Context): Promise<void> {
  if (context.json) await context.output.write(`${jsonText(RULES.map(ruleJson), 2)}\n`)
  else await context.output.writeLines(ruleList(RULES, context.paint()))
}

/** @throws UsageError `RULE_UNKNOWN` */
async function explain(context: Context, id: string): Promise<void> {
  const rule = ruleNamed(id)
  if (rule === undefined) {
    throw new UsageError('RULE_UNKNOWN', `Cannot explain "${escapeText(id)}": there is no such rule`, {
      hint: 'peel check --list names all of them.',
    })
  }
  if (context.json) await context.output.write(`${jsonText(ruleJson(rule), 2)}\n`)
  else await context.output.writeLines(ruleText(rule, context.paint()))
}
