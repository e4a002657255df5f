import type { Finding, Severity } from '../../check/finding.ts'
import { dockerfileLine, type Report } from '../../check/report.ts'
import { pathUri } from './check-path.ts'

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' }
/** GitHub shows ten of each kind a step. */
const SHOWN = 10

/** Workflow commands of GitHub Actions, the worst ten of each kind, then how many more there are; failed gates are errors. */
export function* checkGithub({ reference, findings, gates, passed, summary, dockerfile }: Report): Generator<string> {
  for (const { name, actual, limit } of gates.filter(gate => !gate.passed))
    yield command('error', {}, `gate ${name}`, `${name} is ${actual}, the limit is ${limit}`)
  const own = findings.filter(({ inBase }) => !inBase)
  for (const severity of ['error', 'warning', 'info'] as const) {
    const ofKind = own.filter(each => each.severity === severity)
    for (const finding of ofKind.slice(0, SHOWN)) yield annotation(finding, dockerfile)
    if (ofKind.length > SHOWN) yield command('notice', {}, 'peel', `${ofKind.length - SHOWN} more of severity ${severity}`)
  }
  const count = `${summary.error} errors, ${summary.warning} warnings, ${summary.info} info`
  yield command(passed ? 'notice' : 'error', {}, `peel check ${reference}`, `${passed ? 'passed' : 'not passed'}: ${count}`)
}

function annotation(finding: Finding, dockerfile: Report['dockerfile']): string {
  const { id, severity, path, evidence, title, detail, fix } = finding
  const inImage = path === null ? {} : { file: pathUri(path), line: String(evidence.line ?? 1) }
  const place = dockerfile === undefined ? inImage : { file: dockerfile.uri, line: String(dockerfileLine(finding, dockerfile)) }
  return command(COMMANDS[severity] ?? 'notice', place, `${id}: ${title}`, `${detail} Fix: ${fix}`)
}

function command(name: string, properties: Readonly<Record<string, string>>, title: string, message: string): string {
  const all = Object.entries({ ...properties, title }).map(([key, value]) => `${key}=${property(value)}`)
  return `::${name} ${all.join(',')}::${data(message)}`
}

/** A line break would end the command, and the next line could be another. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
