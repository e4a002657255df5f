import { appendFile, writeFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import { RULE_TEXTS, ruleTextNamed } from '../../check/engine/rule-texts.ts'
import type { DiveRules } from '../../check/gates/dive-gates.ts'
import { DIVE_DEFAULTS } from '../../check/gates/dive-gates.ts'
import { nearestWord } from '../../check/gates/nearest-word.ts'
import type { Ignore } from '../../check/gates/settings.ts'
import type { FailOn, Report } from '../../check/report.ts'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { checkReferences } from '../../session/check/check-references.ts'
import type { ExplainRequest } from '../../session/check/explain-report.ts'
import { baseWish } from '../../session/check/find-base.ts'
import { CHECK_FORMATS, type CheckFormat, checkOutput } from '../print/check-output.ts'
import { ruleJson, ruleLines, ruleList } from '../print/rule-text.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { flag, textOption, type Values } from '../run/options.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  command
    .argument('[image...]', 'the images')
    .option('--json', 'as one JSON object, an array for several images')
    .addOption(new Option('--format <format>', 'how it is written').choices([...CHECK_FORMATS]))
    .option('--output <file>', 'to a file instead of standard output')
    .option('--ci-config <file>', "dive's gates (.dive-ci in the working directory)")
    .option('--config <file>', "peel's gates and exceptions (.peel.yaml in the working directory)")
    .option('--base <image|layers|auto|none>', 'where the base image ends: what is its own is not counted')
    .addOption(
      new Option('--fail-on <severity>', 'the severity from which on findings fail').choices([
        'error',
        'warning',
        'info',
        'none',
      ]),
    )
    .option('--only <ids>', 'only these findings, by commas; * stands for any part')
    .option('--ignore <id[:path]>', 'not this finding, at this path; may be given several times', collect)
    .option('--baseline <file>', 'only what an earlier report (--json) does not have')
    .option('--update-baseline <file>', 'write the report to a file that --baseline takes; nothing fails')
    .option('--against <image>', 'the other build, for growth')
    .option('--advice', 'what to change and what it saves, measured by dry runs')
    .option('--show-suppressed', 'also what is not told, and why')
    .option('--explain <id>', 'what a rule matches, what it leaves alone, and how to mend it')
    .option('--explain-with <url>', 'have a model explain the findings (OpenAI chat); the key is read from PEEL_EXPLAIN_KEY')
    .option('--model <name>', 'which model')
    .option('--show-prompt', 'print what would be sent to the model, and send nothing')
    .option('--anonymize', 'send path_1 in place of names in paths')
    .option('--with-names', 'send the name of the image too')
    .option('--language <code>', 'of the explanation: en, zh', 'en')
    .option('--list', 'every rule')
    .option('--lowest-efficiency <ratio>', "dive's rule of that name")
    .option('--highest-wasted-bytes <size>', "dive's rule of that name")
    .option('--highest-user-wasted-percent <ratio>', "dive's rule of that name")
    .action(async (references: readonly string[], values: Values) => {
      const explained = textOption(values, 'explain')
      if (flag(values, 'list')) await list(context)
      else if (explained !== undefined) await explain(context, explained)
      else await check(context, references, values)
    })
}

function collect(typed: string, before: readonly string[] = []): readonly string[] {
  return [...before, typed]
}

async function check(context: Context, references: readonly string[], values: Values): Promise<void> {
  if (references.length === 0) {
    throw new UsageError('USAGE', 'Cannot check: no image is named', {
      hint: 'peel check IMAGE, or peel check --list for the rules.',
    })
  }
  const format = formatOf(context, values)
  const base = textOption(values, 'base')
  const prompts: string[] = []
  const reports = await checkReferences(context.asking(), references, {
    ciConfig: textOption(values, 'ciConfig'),
    config: textOption(values, 'config'),
    baseline: textOption(values, 'baseline'),
    directory: process.cwd(),
    diveRules: diveFlags(values),
    base: base === undefined ? undefined : baseWish(base),
    failOn: textOption(values, 'failOn') as FailOn | undefined,
    only: idsOf(textOption(values, 'only')),
    ignore: ignoresOf(values['ignore']),
    against: textOption(values, 'against'),
    // The summary promises bytes, which only dry runs prove.
    advice: flag(values, 'advice') || format === 'summary',
    now: Date.now(),
    explain: explainRequest(context, values),
    onPrompt: flag(values, 'showPrompt') ? text => prompts.push(text) : undefined,
  })
  if (flag(values, 'showPrompt')) return await context.output.writeLines(prompts)
  await writeReports(context, reports, format, values)
  const baseline = textOption(values, 'updateBaseline')
  if (baseline !== undefined) await save(baseline, [...checkOutput(reports, 'json', plain())].join('\n'))
  else if (reports.some(({ passed }) => !passed)) context.status = 1
}

/** @throws UsageError where a model is asked for without its name, or the other way round */
function explainRequest(context: Context, values: Values): ExplainRequest | undefined {
  const [endpoint, model] = [textOption(values, 'explainWith'), textOption(values, 'model')]
  const asked = flag(values, 'showPrompt')
  if (endpoint === undefined && model === undefined && !asked) return undefined
  if (!asked && (endpoint === undefined || model === undefined)) {
    throw new UsageError('USAGE', 'Cannot explain: --explain-with URL and --model NAME belong together')
  }
  const { insecure, cacert, quiet } = context.common()
  return {
    place: { endpoint: endpoint ?? '', model: model ?? '', key: process.env['PEEL_EXPLAIN_KEY'], insecure, cacert },
    options: {
      anonymize: flag(values, 'anonymize'),
      withNames: flag(values, 'withNames'),
      language: textOption(values, 'language') ?? 'en',
    },
    onSend: (bytes, host) => {
      if (!quiet) void context.error.write(`peel: Sending ${formatSize(bytes)} to ${escapeText(host)}.\n`)
    },
  }
}

function formatOf(context: Context, values: Values): CheckFormat {
  const named = CHECK_FORMATS.find(each => each === values['format'])
  if (context.json && named !== undefined && named !== 'json')
    throw new UsageError('USAGE', `Cannot combine --json with --format ${named}: choose one of them`)
  return named ?? (context.json ? 'json' : 'text')
}

const plain = () => ({ paint: (_: string, each: string) => each, suppressed: false })

async function writeReports(context: Context, reports: readonly Report[], format: CheckFormat, values: Values): Promise<void> {
  const output = textOption(values, 'output')
  const suppressed = flag(values, 'showSuppressed')
  if (output === undefined) await context.output.writeLines(checkOutput(reports, format, { paint: context.paint(), suppressed }))
  else await save(output, [...checkOutput(reports, format, { ...plain(), suppressed })].join('\n'))
  const summary = process.env['GITHUB_STEP_SUMMARY'] ?? ''
  if (format === 'github' && summary !== '')
    await appendFile(summary, `${[...checkOutput(reports, 'markdown', plain())].join('\n')}\n`)
}

/** @throws ImageError `REPORT_NOT_WRITTEN` */
async function save(file: string, content: string): Promise<void> {
  try {
    await writeFile(file, `${content}\n`)
  } catch (error) {
    throw new ImageError(
      'REPORT_NOT_WRITTEN',
      { action: `write ${escapeText(file)}`, why: escapeText(reasonOf(error)) },
      { cause: error },
    )
  }
}

/** Flags say less than a file: a `.dive-ci` goes before all of them, as in dive. */
function diveFlags(values: Values): DiveRules | undefined {
  const said = {
    lowestEfficiency: textOption(values, 'lowestEfficiency'),
    highestWastedBytes: textOption(values, 'highestWastedBytes'),
    highestUserWastedPercent: textOption(values, 'highestUserWastedPercent'),
  }
  if (Object.values(said).every(value => value === undefined)) return undefined
  return {
    lowestEfficiency: said.lowestEfficiency ?? DIVE_DEFAULTS.lowestEfficiency,
    highestWastedBytes: said.highestWastedBytes ?? DIVE_DEFAULTS.highestWastedBytes,
    highestUserWastedPercent: said.highestUserWastedPercent ?? DIVE_DEFAULTS.highestUserWastedPercent,
  }
}

/** @throws UsageError `RULE_UNKNOWN` for an id without a star that no rule has */
function idsOf(typed: string | undefined): readonly string[] {
  const ids = (typed ?? '')
    .split(',')
    .map(id => id.trim())
    .filter(id => id !== '')
  for (const id of ids) if (!id.includes('*') && ruleTextNamed(id) === undefined) throw unknownRule('check', id)
  return ids
}

function ignoresOf(typed: unknown): readonly Ignore[] {
  return (Array.isArray(typed) ? typed.map(String) : []).map(each => {
    const [, id = each, path] = /^([^:]*):(.*)$/s.exec(each) ?? []
    if (!id.includes('*') && ruleTextNamed(id) === undefined) throw unknownRule('ignore', id)
    return {
      id,
      ...(path !== undefined && { path: path.replace(/^\/+/, '') }),
      reason: 'by --ignore',
      source: 'the command line',
    }
  })
}

function unknownRule(action: string, id: string): UsageError {
  const near = nearestWord(
    id,
    RULE_TEXTS.map(rule => rule.id),
  )
  return new UsageError(
    'RULE_UNKNOWN',
    { action: `${action} "${escapeText(id)}"`, why: 'there is no such rule' },
    {
      hint:
        near === undefined
          ? 'peel check --list names all of them.'
          : `Did you mean "${near}"? peel check --list names all of them.`,
    },
  )
}

async function list(context: Context): Promise<void> {
  if (context.json) await context.output.write(`${jsonText(RULE_TEXTS.map(ruleJson), 2)}\n`)
  else await context.output.writeLines(ruleList(RULE_TEXTS, context.paint()))
}

async function explain(context: Context, id: string): Promise<void> {
  const rule = ruleTextNamed(id)
  if (rule === undefined) throw unknownRule('explain', id)
  if (context.json) await context.output.write(`${jsonText(ruleJson(rule), 2)}\n`)
  else await context.output.writeLines(ruleLines(rule, context.paint()))
}
