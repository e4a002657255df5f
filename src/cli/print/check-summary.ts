import type { Finding, Severity } from '../../check/finding.ts'
import type { Report } from '../../check/report.ts'

const LEVELS: Readonly<Record<Severity, string>> = { error: 'high', warning: 'medium', info: 'low' }
/** Rules about how an image is made rather than about what is dangerous in it. */
const PRACTICE = /^(?:meta|layer|repro|run|user\/name|semantics|config)\b/

/** `--format summary` (cli.md): sizes in SI megabytes with one decimal, layers from 1, savings only as a dry run proves them. */
export function checkSummary({ size, findings, advice, together }: Report): object {
  const own = findings.filter(({ inBase }) => !inBase)
  return {
    size_optimization: {
      current_size_mb: megabytes(size),
      potential_savings_mb: megabytes(together?.compressed ?? 0),
      suggestions: (advice ?? []).map(({ title, dockerfile }) => `${title}: ${dockerfile}`),
    },
    security_issues: own.filter(({ id }) => /^(?:secret|suspicious|file|leak|user\/(?!name))/.test(id)).map(issue),
    best_practices: own.filter(({ id }) => PRACTICE.test(id)).map(({ title, detail, fix }) => `${title}: ${detail} ${fix}`),
  }
}

function issue({ severity, layer, title, detail, fix }: Finding): object {
  return { severity: LEVELS[severity], layer: layer === null ? null : layer + 1, issue: `${title}. ${detail}`, fix }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 100_000) / 10
}
