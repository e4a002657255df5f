import { RULE_TEXTS } from '../../check/engine/rule-texts.ts'
import type { Report } from '../../check/report.ts'
import type { RevealedSecrets } from '../../session/check/reveal-secrets.ts'
import { jsonText } from '../run/json-text.ts'
import type { Paint } from '../run/paint.ts'
import { checkGithub } from './check-github.ts'
import { checkGitlab } from './check-gitlab.ts'
import { checkJson } from './check-json.ts'
import { checkJunit } from './check-junit.ts'
import { checkMarkdown } from './check-markdown.ts'
import { checkSarif } from './check-sarif.ts'
import { checkSummary } from './check-summary.ts'
import { checkText } from './check-text.ts'

export const CHECK_FORMATS = ['text', 'json', 'sarif', 'github', 'gitlab', 'junit', 'markdown', 'summary'] as const
export type CheckFormat = (typeof CHECK_FORMATS)[number]

/** Only text shows secrets, and only with --show-secrets. */
type OutputOptions = {
  readonly paint: Paint
  readonly suppressed: boolean
  readonly secrets?: RevealedSecrets | undefined
  /** Of the terminal that the text goes to. */
  readonly columns?: number | undefined
}

/** Reports in one of the formats, in lines. */
export function checkOutput(
  reports: readonly Report[],
  format: CheckFormat,
  { paint, ...options }: OutputOptions,
): Iterable<string> {
  switch (format) {
    case 'json':
      return [jsonText(oneOrAll(reports.map(checkJson)), 2)]
    case 'sarif':
      return [jsonText(checkSarif(reports, RULE_TEXTS), 2)]
    case 'gitlab':
      return [jsonText(checkGitlab(reports), 2)]
    case 'junit':
      return checkJunit(reports)
    case 'github':
      return reports.flatMap(report => [...checkGithub(report)])
    case 'markdown':
      return reports.flatMap(report => [...checkMarkdown(report)])
    case 'summary':
      return [jsonText(oneOrAll(reports.map(checkSummary)), 2)]
    case 'text':
      return reports.flatMap(report => [...checkText(report, paint, options)])
  }
}

/** One image is an object, several are an array (cli.md). */
function oneOrAll(reports: readonly object[]): object {
  const [only] = reports
  return reports.length === 1 && only !== undefined ? only : reports
}
