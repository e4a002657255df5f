import type { Explained } from '../../check/explanation.ts'
import type { Finding, Severity } from '../../check/finding.ts'
import type { Report } from '../../check/report.ts'
import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { RevealedSecrets } from '../../session/check/reveal-secrets.ts'
import { fitted } from '../help/columns.ts'
import type { Paint, Style } from '../run/paint.ts'
import { labelled } from './rule-text.ts'

const STYLES: Readonly<Record<Severity, Style>> = { error: 'red', warning: 'yellow', info: 'blue' }

/** How the text is written. `columns`: the width that sentences are broken to, where a person looks. */
type TextOptions = {
  readonly suppressed: boolean
  readonly secrets?: RevealedSecrets | undefined
  readonly columns?: number | undefined
}

/** `peel check` for people: failures, then the rest, each with its fix; those of the base image at the end. */
export function* checkText(report: Report, paint: Paint, options: TextOptions): Generator<string> {
  const { reference, platform, base, findings, gates, suppressed } = report
  yield `${paint('bold', escapeText(reference))}  ${platform}`
  yield paint('dim', baseLine(report))
  for (const gate of gates) {
    const verdict = gate.passed ? paint('green', 'pass') : paint('red', 'FAIL')
    yield `${verdict}  ${gate.name} ${gate.actual} (limit ${gate.limit}, ${escapeText(gate.source)})`
  }
  yield ''
  const own = findings.filter(({ inBase }) => !inBase)
  for (const group of Map.groupBy(own, toldTogether).values()) yield* lines(group, paint, options)
  const ofBase = findings.length - own.length
  if (ofBase > 0) {
    yield paint('dim', `${ofBase} ${ofBase === 1 ? 'finding' : 'findings'} in the base image (not counted):`)
    for (const { id, severity, title, path } of findings.filter(({ inBase }) => inBase))
      yield paint('dim', `  ${severity.padEnd(8)} ${id}  ${path === null ? '' : `/${displayPath(path)}  `}${title}`)
    yield ''
  }
  if (options.suppressed) {
    for (const { finding, reason, by } of suppressed)
      yield paint(
        'dim',
        `not told (${by}): ${finding.id}  ${finding.path === null ? '' : `/${displayPath(finding.path)}  `}${escapeText(reason)}`,
      )
  }
  yield* adviceLines(report, paint)
  yield* pullLines(report, paint)
  if (base.decidedBy === 'guess') yield paint('dim', 'The base is guessed: it excuses nothing.')
  yield* explanationLines(report.explanation, paint)
  yield verdictLine(report, paint)
}

function baseLine({ base }: Report): string {
  if (base.decidedBy === 'none' || base.layers === 0) return 'base: not known'
  const name = base.name === null ? '' : ` ${escapeText(base.name)}`
  return `base:${name} ${countOf(base.layers, 'layer')} (by ${base.decidedBy})`
}

/** Findings of one rule, one title and one fix are told under one heading. */
function toldTogether({ id, severity, title, fix }: Finding): string {
  return [id, severity, title, fix].join('\n')
}

function* lines(findings: readonly Finding[], paint: Paint, { secrets, columns }: TextOptions): Generator<string> {
  const [first] = findings
  if (first === undefined) return
  const { id, severity, title, fix } = first
  const count = findings.length === 1 ? '' : paint('dim', `  ${findings.length} times`)
  yield `${paint(STYLES[severity], severity.padEnd(8))} ${paint('bold', title)}  ${paint('dim', id)}${count}`
  for (const each of findings) {
    const place = placeOf(each)
    if (place !== '') yield `         ${place}`
    yield* fitted(`         ${findings.length > 1 && place !== '' ? '  ' : ''}${each.detail}`, columns)
    for (const secret of secrets?.get(each.fingerprint) ?? [])
      for (const [index, line] of secret.split('\n').entries())
        yield `         ${index === 0 ? `${paint('red', 'secret:')} ` : '        '}${escapeText(line)}`
  }
  yield* labelled(paint, '         fix:', fix, columns)
  yield ''
}

function placeOf({ path, layer, hiddenBy, bytes }: Finding): string {
  return [
    ...(path === null ? [] : [`/${displayPath(path)}`]),
    ...(layer === null ? [] : [hiddenBy === null ? `layer ${layer + 1}` : `layer ${layer + 1}, hidden by layer ${hiddenBy + 1}`]),
    ...(bytes === 0 ? [] : [formatSize(bytes)]),
  ].join(' · ')
}

function* adviceLines({ advice, together }: Report, paint: Paint): Generator<string> {
  if (advice === undefined || advice.length === 0) return
  yield paint('bold', 'advice')
  for (const { id, title, saves, proof, dockerfile, command } of advice) {
    const compressed = saves.compressed === null ? [] : [`${formatSize(saves.compressed)} less to pull`]
    const content = saves.content === null ? [] : [`${formatSize(saves.content)} of content`]
    const words = [...compressed, ...content, ...(proof === null ? ['not measured'] : [`proven by ${PROOFS[proof]}`])]
    yield `${paint('cyan', id.padEnd(4))} ${title}`
    yield `     ${words.join(' · ')}`
    yield `     in your Dockerfile: ${dockerfile}`
    if (command !== null) yield `     on this image now: ${command}`
  }
  if (together !== undefined && together.compressed > 0)
    yield paint(
      'bold',
      `together, by one dry run: ${formatSize(together.compressed)} less to pull, ${formatSize(together.content)} of content`,
    )
  yield ''
}

/** Named as a model wherever it is shown. */
function* pullLines({ pull }: Report, paint: Paint): Generator<string> {
  if (pull === undefined) return
  const { bandwidth, unpackRate, downloads, cold, withBase, update, waitsFor } = pull
  const speeds = `${formatSize(bandwidth)}/s, ${downloads} downloads at once, ${formatSize(unpackRate)}/s unpacked`
  yield `${paint('bold', 'pull time by a model')} ${paint('dim', `(${speeds}; no latency, no disk)`)}`
  yield `     everything: ${seconds(cold)}${waitsFor === null ? '' : `; it waits for layer ${waitsFor + 1}`}`
  if (withBase !== null) yield `     where its base is: ${seconds(withBase)}`
  if (update !== null) yield `     where the other build is: ${seconds(update)}`
  yield ''
}

function seconds(time: number): string {
  return `${time < 10 ? time.toFixed(1) : Math.round(time)} s`
}

const PROOFS = { ledger: 'the ledger', 'dry-run': 'a dry run', compare: 'two builds', db: 'the package database' } as const

/** Marked as a model's words; shown as text, whatever they are. */
export function* explanationLines(explanation: Explained | undefined, paint: Paint): Generator<string> {
  if (explanation === undefined) return
  const { model, endpoint } = explanation.generated
  const mark = `generated by ${escapeText(model)} at ${escapeText(endpoint)}; not verified`
  if ('error' in explanation) {
    yield paint('dim', `no explanation: ${escapeText(explanation.error.message)}`)
    return yield ''
  }
  yield `${paint('bold', 'explanation')} ${paint('dim', `(${mark})`)}`
  yield* escapeText(explanation.explanation.summary).split('\\n')
  for (const { title, why, change, dockerfile } of explanation.explanation.actions) {
    yield `  ${paint('bold', escapeText(title))}`
    for (const line of [why, change, dockerfile]) if (line !== '') yield `    ${escapeText(line)}`
  }
  yield ''
}

function verdictLine({ passed, summary, suppressed }: Report, paint: Paint): string {
  const words = (['error', 'warning', 'info'] as const).map(
    severity => `${summary[severity]} ${severity}${summary[severity] === 1 || severity === 'info' ? '' : 's'}`,
  )
  const hidden = suppressed.length === 0 ? '' : `, ${suppressed.length} not told (--show-suppressed)`
  return `${passed ? paint('green', 'passed') : paint('red', 'not passed')}: ${words.join(', ')}${hidden}`
}
