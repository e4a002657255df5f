import { appendFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { leftOutNamed } from '../../check/engine/left-out.ts'
import { RULE_TEXTS, ruleTextNamed, ruleTextsFor } from '../../check/engine/rule-texts.ts'
import type { Report } from '../../check/report.ts'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { checkReferences } from '../../session/check/check-references.ts'
import type { ExplainRequest } from '../../session/check/explain-report.ts'
import { baseWish } from '../../session/check/find-base.ts'
import type { RevealedSecrets } from '../../session/check/reveal-secrets.ts'
import { ERROR_MEANINGS } from '../help/error-table.ts'
import { CHECK_FORMATS, type CheckFormat, checkOutput } from '../print/check-output.ts'
import { explanationLines } from '../print/check-text.ts'
import { leftOutLines, ruleJson, ruleLines, ruleList } from '../print/rule-text.ts'
import { diveFlags, dockerfileWish, explainRequest, idsOf, ignoresOf, pullSpeeds, unknownRule } from '../run/check-request.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { collected } from '../run/options.ts'
import { choice, typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  options(command).action(async (references, values) => {
    if (values.list === true) await list(context)
    else if (values.explain !== undefined) await explain(context, values.explain)
    else await check(context, references, values)
  })
}

function options(command: Command) {
  return typed(command)
    .argument('[image...]', 'the images')
    .option('--json', 'as one JSON object, an array for several images')
    .addOption(choice('--format <format>', 'the format of the report', CHECK_FORMATS))
    .option('--output <file>', 'to a file instead of standard output')
    .option('--ci-config <file>', "dive's gates (.dive-ci in the working directory)")
    .option('--config <file>', "peel's gates and exceptions (.peel.yaml in the working directory)")
    .option('--base <image|layers|auto|none>', 'where the base image ends; findings in it are not counted')
    .addOption(choice('--fail-on <severity>', 'the severity from which on findings fail', ['error', 'warning', 'info', 'none']))
    .option('--only <ids>', 'only these findings, by commas; * stands for any part')
    .option('--ignore <id[:path]>', 'not this finding, at this path; may be given several times', collected)
    .option('--baseline <file>', 'report only findings that this earlier report (--json) does not have')
    .option('--update-baseline <file>', 'write the report to a file that --baseline takes; nothing fails')
    .option('--against <image>', 'an earlier build to measure growth against')
    .option('--advice', 'list the changes to make, each with the bytes it saves, measured by dry runs')
    .option('--bandwidth <rate>', 'estimate how long a pull takes at this speed: 100Mbit, 12MB')
    .option('--unpack-rate <rate>', 'with --bandwidth: bytes unpacked in a second (150MB)')
    .option('--show-suppressed', 'also print suppressed findings, and why each is suppressed')
    .option(
      '--explain <id>',
      'explain a rule: its matches, its exceptions, the remedy; names of other tools work too (DL3009, CIS 4.1)',
    )
    .option(
      '--explain-with <url>',
      'ask a model to explain the findings (an OpenAI chat endpoint); the key is read from PEEL_EXPLAIN_KEY',
    )
    .option('--model <name>', 'the model to ask')
    .option('--show-prompt', 'print the request to the model, and send nothing')
    .option('--anonymize', 'send path_1 in place of names in paths')
    .option('--with-names', 'send the name of the image too')
    .option('--language <code>', 'the language of the explanation: en, zh', 'en')
    .option('--show-secrets', 'print the secrets themselves below their findings, in text only')
    .option(
      '--sarif-location <place>',
      'the place that sarif and github point to: image, dockerfile (the recorded one), dockerfile=PATH',
    )
    .option('--list', 'list every rule')
    .option('--lowest-efficiency <ratio>', 'dive’s gate of the same name')
    .option('--highest-wasted-bytes <size>', 'dive’s gate of the same name')
    .option('--highest-user-wasted-percent <ratio>', 'dive’s gate of the same name')
}

type Values = ValuesOf<typeof options>

async function check(context: Context, references: readonly string[], values: Values): Promise<void> {
  if (references.length === 0) {
    throw new UsageError('USAGE', 'Cannot check: no image is named', {
      hint: 'Write "peel check IMAGE", or "peel check --list" for the rules.',
    })
  }
  const format = formatOf(context, values)
  const request = explainRequest(context, values)
  if (request !== undefined && values.showPrompt !== true) context.afterError = error => explainAfter(context, error, request)
  const prompts: string[] = []
  const secrets = new Map<string, readonly string[]>()
  const reports = await checkReferences(context.asking(), references, {
    ciConfig: values.ciConfig,
    config: values.config,
    baseline: values.baseline,
    directory: process.cwd(),
    diveRules: diveFlags(values),
    base: values.base === undefined ? undefined : baseWish(values.base),
    failOn: values.failOn,
    only: idsOf(values.only),
    ignore: ignoresOf(values.ignore ?? []),
    against: values.against,
    // The summary promises bytes, which only dry runs prove.
    advice: values.advice === true || format === 'summary',
    now: Date.now(),
    pull: pullSpeeds(values),
    dockerfile: await dockerfileWish(context, values),
    onSecrets:
      values.showSecrets === true
        ? found => {
            for (const [fingerprint, each] of found) secrets.set(fingerprint, each)
          }
        : undefined,
    explain: request,
    onPrompt: values.showPrompt === true ? text => prompts.push(text) : undefined,
  })
  if (values.showPrompt === true) return await context.output.writeLines(prompts)
  await writeReports(context, { reports, secrets }, format, values)
  if (values.updateBaseline !== undefined)
    await save(values.updateBaseline, [...checkOutput(reports, 'json', plain())].join('\n'))
  else if (reports.some(({ passed }) => !passed)) context.status = 1
}

/** Has an error of a registry explained, after peel's own words about it. */
async function explainAfter(context: Context, error: unknown, request: ExplainRequest): Promise<void> {
  if (!(error instanceof ImageError)) return
  const { explainError } = await import('../../session/check/explain-report.ts')
  const explained = await explainError(error, ERROR_MEANINGS[error.code], request, context.signal).catch(() => undefined)
  for (const line of explanationLines(explained, plain().paint)) await context.error.write(`${line}\n`)
}

function formatOf(context: Context, values: Values): CheckFormat {
  const named = values.format
  if (context.json && named !== undefined && named !== 'json')
    throw new UsageError('USAGE', `Cannot combine --json with --format ${named}: choose one of them`)
  const format = named ?? (context.json ? 'json' : 'text')
  if (values.showSecrets === true && format !== 'text')
    throw new UsageError('USAGE', `Cannot show secrets in ${format}: they are for a person, and told in text only`)
  if (values.showSecrets === true && values.output !== undefined)
    throw new UsageError('USAGE', 'Cannot write secrets to a file: --show-secrets shows them on standard output alone')
  if (values.sarifLocation !== undefined && format !== 'sarif' && format !== 'github')
    throw new UsageError(
      'USAGE',
      `Cannot use --sarif-location for ${format}: only sarif and github point at files of a repository`,
    )
  return format
}

const plain = () => ({ paint: (_: string, each: string) => each, suppressed: false })

async function writeReports(
  context: Context,
  { reports, secrets }: { readonly reports: readonly Report[]; readonly secrets: RevealedSecrets },
  format: CheckFormat,
  values: Values,
): Promise<void> {
  const output = values.output
  const suppressed = values.showSuppressed === true
  if (output === undefined) {
    const columns = context.output.width
    await context.output.writeLines(checkOutput(reports, format, { paint: context.paint(), suppressed, secrets, columns }))
  } else await save(output, [...checkOutput(reports, format, { ...plain(), suppressed })].join('\n'))
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

async function list(context: Context): Promise<void> {
  if (context.json) await context.output.write(`${jsonText(RULE_TEXTS.map(ruleJson), 2)}\n`)
  else await context.output.writeLines(ruleList(RULE_TEXTS, context.paint()))
}

async function explain(context: Context, id: string): Promise<void> {
  const named = ruleTextNamed(id)
  const rules = named === undefined ? ruleTextsFor(id) : [named]
  const [only] = rules
  const other = rules.length === 0 ? leftOutNamed(id) : undefined
  if (only === undefined && other === undefined) throw unknownRule('explain', id)
  if (context.json) {
    await context.output.write(
      `${jsonText(other ?? (only !== undefined && rules.length === 1 ? ruleJson(only) : rules.map(ruleJson)), 2)}\n`,
    )
    return
  }
  if (other !== undefined) await context.output.writeLines(leftOutLines(other, context.paint(), context.output.width))
  for (const [index, rule] of rules.entries())
    await context.output.writeLines([...(index > 0 ? [''] : []), ...ruleLines(rule, context.paint(), context.output.width)])
}
