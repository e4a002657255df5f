import { DESTINATION_FORMS } from '../../image/destination-form.ts'
import { columns } from './columns.ts'

/** A topic of `peel help TOPIC`, loaded when it is asked for: none costs the start of another command. */
export type Topic = {
  readonly name: string
  readonly summary: string
  readonly lines: () => Promise<readonly string[]>
}

export const TOPICS: readonly Topic[] = [
  {
    name: 'destinations',
    summary: 'DEST, where an image is written',
    lines: async () => ['DEST, where an image is written:', ...destinationLines()],
  },
  {
    name: 'guesses',
    summary: 'what other tools call it, and what peel takes it for',
    lines: async () => (await import('./guesses.ts')).guessesHelp(),
  },
  {
    name: 'filter',
    summary: 'the language of --filter, --remove and the keys f and /',
    lines: async () => {
      const { FILTER_TERMS } = await import('../../filter/filter-help.ts')
      return [
        'Terms stand side by side and must all hold; " | " between them means or; ! before a term negates it.',
        ...columns(FILTER_TERMS.map(({ term, keeps }) => [term, keeps] as const)),
      ]
    },
  },
  {
    name: 'findings',
    summary: 'the rules of peel check',
    lines: async () => {
      const { RULE_TEXTS } = await import('../../check/engine/rule-texts.ts')
      const rows = RULE_TEXTS.map(({ id, severity, title }) => [id, `${severity.padEnd(7)}  ${title}`] as const)
      return ['The rules of peel check; peel check --explain ID says more of one.', ...columns(rows)]
    },
  },
  {
    name: 'errors',
    summary: 'every code of an error or a diagnostic, and its meaning',
    lines: async () => {
      const { ERROR_MEANINGS } = await import('./error-table.ts')
      return ['Codes of errors (with --json: error.code) and of diagnostics.', ...columns(Object.entries(ERROR_MEANINGS))]
    },
  },
  {
    name: 'environment',
    summary: 'the variables that peel reads',
    lines: async () => {
      const { environmentRows } = await import('./environment.ts')
      return [
        'Every option has a default that a variable sets, but for those that destroy, trust or send.',
        ...columns(environmentRows().map(({ name, means }) => [name, means] as const)),
      ]
    },
  },
]

/** The forms of DEST as lines of help. */
export function destinationLines(): readonly string[] {
  return columns(DESTINATION_FORMS.map(({ form, means }) => [form, means] as const))
}
