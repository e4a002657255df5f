import { Command } from 'commander'
import { ROWS } from '../../src/cli/commands.ts'
import { TOPICS } from '../../src/cli/help/topics.ts'
import { createContext } from '../../src/cli/run/context.ts'
import { addCommonOptions } from '../../src/cli/run/options.ts'
import { VERSION } from '../../src/cli/run/version.ts'

/** A command as its module defines it. */
type DescribedCommand = {
  readonly name: string
  readonly summary: string
  readonly usage: string
  readonly arguments: readonly Row[]
  readonly options: readonly Row[]
  /** The paragraphs after the options. */
  readonly after: readonly string[]
}
type Row = { readonly term: string; readonly means: string }

/** Every command, in the order of `peel --help`. */
async function describedCommands(): Promise<readonly DescribedCommand[]> {
  const context = createContext([])
  try {
    const described: DescribedCommand[] = []
    for (const { name, summary, load } of ROWS) {
      const command = new Command(name)
      ;(await load()).define(command, context)
      let after = ''
      command.configureOutput({ writeOut: written => (after += written) })
      command.outputHelp()
      // Commander keeps what is added after the help to itself: the rest of the whole help is it.
      const rest = after.slice(command.helpInformation().length).trim()
      described.push({
        name,
        summary,
        usage: `peel ${name} ${command.usage()}`,
        arguments: command.registeredArguments.map(each => ({ term: each.name(), means: each.description })),
        options: command.options.map(each => ({ term: each.flags, means: each.description + choicesOf(each.argChoices) })),
        after: rest === '' ? [] : rest.split('\n\n'),
      })
    }
    return described
  } finally {
    context.close()
  }
}

/** Columns that must keep their line breaks. */
function isTable(text: string): boolean {
  return text.includes('\n  ')
}

function commonOptions(): readonly Row[] {
  const program = new Command()
  addCommonOptions(program)
  return program.options.map(each => ({ term: each.flags, means: each.description + choicesOf(each.argChoices) }))
}

function choicesOf(choices: readonly string[] | undefined): string {
  return choices === undefined ? '' : ` (${choices.join(', ')})`
}

export async function commandsPage(): Promise<string> {
  const commands = await describedCommands()
  const table = (rows: readonly Row[]) => rows.map(({ term, means }) => `| \`${cell(term)}\` | ${cell(means)} |`).join('\n')
  const sections = commands.map(each =>
    [
      `## ${each.name}`,
      `${sentence(each.summary)}`,
      `\`\`\`\n${each.usage}\n\`\`\``,
      ...(each.arguments.length + each.options.length === 0
        ? []
        : [`| | |\n|---|---|\n${table([...each.arguments, ...each.options])}`]),
      ...each.after.map(text => (isTable(text) ? `\`\`\`text\n${text}\n\`\`\`` : text)),
    ].join('\n\n'),
  )
  const common = `## Options of every command\n\n| | |\n|---|---|\n${table(commonOptions())}`
  return `# Commands\n\n${[...sections, common].join('\n\n')}\n`
}

/** The manual page, as `man` reads it. */
export async function manualPage(): Promise<string> {
  const commands = await describedCommands()
  const items = (rows: readonly Row[]) => rows.flatMap(({ term, means }) => ['.TP', `.B ${roff(term)}`, roff(means)])
  const lines = [
    `.TH PEEL 1 "" "peel ${VERSION}" "User Commands"`,
    '.SH NAME',
    'peel \\- look inside container images and write smaller ones',
    '.SH SYNOPSIS',
    '.B peel',
    '[\\fIIMAGE\\fR]',
    '.br',
    '.B peel',
    '\\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]',
    '.SH DESCRIPTION',
    'Looks inside OCI and Docker images: the bytes that are shipped and never read, who shipped and who hid them, and what else is wrong.',
    'Compares images, and writes a smaller image back, proven to be the same. Without a command the terminal interface opens.',
    '.SH COMMANDS',
    ...commands.flatMap(each => [
      `.SS ${roff(each.usage)}`,
      roff(sentence(each.summary)),
      ...items([...each.arguments, ...each.options]),
      ...each.after.flatMap(text => ['.PP', ...(isTable(text) ? ['.nf', ...text.split('\n').map(roff), '.fi'] : [roff(text)])]),
    ]),
    '.SH OPTIONS OF EVERY COMMAND',
    ...items(commonOptions()),
    ...(await topicSections()),
    '.SH EXIT STATUS',
    ...items([
      { term: '0', means: 'done' },
      { term: '1', means: 'a check, a gate or a verification says no' },
      { term: '2', means: 'wrong usage' },
      { term: '3', means: 'it could not be done' },
      { term: '130', means: 'interrupted' },
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** A section for each topic of `peel help`. */
async function topicSections(): Promise<readonly string[]> {
  const sections = TOPICS.map(async ({ name, lines }) => [
    `.SH ${name.toUpperCase()}`,
    '.nf',
    ...(await lines()).map(roff),
    '.fi',
  ])
  return (await Promise.all(sections)).flat()
}

export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}

function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(['.])/, '\\&$1')
}
