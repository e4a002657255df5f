import { LEFT_OUT } from '../../src/check/engine/left-out.ts'
import { RULE_TEXTS } from '../../src/check/engine/rule-texts.ts'
import { environmentRows } from '../../src/cli/help/environment.ts'
import { ERROR_MEANINGS } from '../../src/cli/help/error-table.ts'
import { COMMAND_GUESSES } from '../../src/cli/run/command-guesses.ts'
import { OPTION_GUESSES } from '../../src/cli/run/option-guesses.ts'
import { SCHEMA_NAMES, schemaOf } from '../../src/cli/schema/schemas.ts'
import { FILTER_TERMS } from '../../src/filter/filter-help.ts'
import { DESTINATION_FORMS } from '../../src/image/destination-form.ts'
import { otherSpellings } from '../../src/image/other-spelling.ts'
import { keyList } from '../kit/state/key-list.ts'
import { cell, commandsPage, manualPage } from './command-pages.ts'
import { speedPage } from './speed.ts'

/** Every generated file of docs/, by its path there: `npm run docs` writes them, test/docs/docs.test.ts holds them against this. */
export async function generatedPages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['peel.1', await manualPage()],
    ['reference/commands.md', await commandsPage()],
    ['reference/keys.md', keysPage()],
    ['reference/findings.md', findingsPage()],
    ['reference/words.md', wordsPage()],
    ['reference/errors.md', errorsPage()],
    ['reference/schemas.md', schemasPage()],
    ['reference/speed.md', speedPage()],
    ...SCHEMA_NAMES.map(name => [`schemas/${name}.json`, `${JSON.stringify(schemaOf(name), undefined, 2)}\n`] as const),
  ])
}

function table(heads: readonly [string, string], rows: readonly (readonly [string, string])[]): string {
  const lines = rows.map(([left, right]) => `| \`${cell(left)}\` | ${cell(right)} |`)
  return [`| ${heads[0]} | ${heads[1]} |`, '|---|---|', ...lines].join('\n')
}

function keysPage(): string {
  return `# Keys\n\nBy the pane or dialog where they act. \`?\` shows those of the pane in front; \`:\` finds any command by its name.\n\n${keyList()}\n`
}

function findingsPage(): string {
  const sections = RULE_TEXTS.map(({ id, severity, title, matches, mustNotMatch, fix, references }) =>
    [
      `## ${id}`,
      `${title}. *${severity}*`,
      `* Found where: ${matches}`,
      `* Left alone: ${mustNotMatch}`,
      `* To do: ${fix.other}`,
      ...(references.length === 0 ? [] : [`* The same elsewhere: ${references.join(', ')}`]),
    ].join('\n\n'),
  )
  const leftOut = LEFT_OUT.map(({ codes, what, why }) => `* **${what}** (${codes.join(', ')}): ${why}.`)
  return [
    '# Findings of peel check',
    ...sections,
    '## Deliberately not there',
    'Checks of other tools that an image cannot answer, or that are wrong too often. `peel check --explain CODE` knows their codes, and those of the checks that peel has.',
    `${leftOut.join('\n')}\n`,
  ].join('\n\n')
}

function wordsPage(): string {
  const guesses = [...COMMAND_GUESSES, ...OPTION_GUESSES].map(({ typed, means }) => [typed, means] as const)
  const spellings = otherSpellings().map(({ typed, means, tools }) => [typed, `${means} (${tools})`] as const)
  return [
    '# Words',
    '## Where an image is written',
    table(
      ['DEST', ''],
      DESTINATION_FORMS.map(({ form, means }) => [form, means] as const),
    ),
    '## The filter language',
    'Terms stand side by side and must all hold; ` | ` between them means or; `!` before a term negates it.',
    table(
      ['term', 'keeps'],
      FILTER_TERMS.map(({ term, keeps }) => [term, keeps] as const),
    ),
    '## Words of other tools',
    table(['typed', 'peel'], guesses),
    '## Places as other tools write them',
    table(['typed', 'means'], spellings),
    '## Variables',
    table(
      ['variable', ''],
      environmentRows().map(({ name, means }) => [name, means] as const),
    ),
  ]
    .join('\n\n')
    .concat('\n')
}

function errorsPage(): string {
  return `# Errors and diagnostics\n\nCodes are stable; with \`--json\` an error is on standard output too (\`error.code\`, [its schema](../schemas/error.json)).\n\n${table(['code', 'meaning'], Object.entries(ERROR_MEANINGS))}\n`
}

function schemasPage(): string {
  const rows = SCHEMA_NAMES.map(name => `* [${name}](../schemas/${name}.json)`)
  return `# JSON\n\nThe shape of what each command says with \`--json\`; \`peel schema NAME\` prints it. \`ls\` says one object a line. Layer numbers in JSON are positions, 0 first.\n\n${rows.join('\n')}\n`
}
