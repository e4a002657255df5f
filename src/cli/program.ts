import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { Command, CommanderError } from 'commander'
import { ImageError } from '../error.ts'
import { type CommandRow, ROWS } from './commands.ts'
import { fitted } from './help/columns.ts'
import { TOPICS } from './help/topics.ts'
import { type Context, createContext } from './run/context.ts'
import { applyEnvironment } from './run/environment-defaults.ts'
import { firstOperand } from './run/operands.ts'
import { addCommonOptions, readCommonOptions } from './run/options.ts'
import { ClosedOutput } from './run/output.ts'
import { reportError } from './run/report.ts'
import { UsageError } from './run/usage-error.ts'
import { VERSION } from './run/version.ts'

/** How peel ends (cli.md): the only place that knows the numbers. */
const EXIT = { done: 0, no: 1, usage: 2, failed: 3, interrupted: 130, terminated: 143 } as const

/** How long the last word of an interrupted run may take. */
const SAYING_MILLISECONDS = 100

/** Runs one command line, program name left out; resolves to the exit status and never rejects. */
export async function run(args: readonly string[]): Promise<number> {
  const context = createContext(args)
  try {
    await parse(args, context)
    return context.status
  } catch (error) {
    return await failed(error, context)
  } finally {
    context.close()
  }
}

/** Commander writes help and version without waiting: held back until then, so that a full disk is told. */
async function parse(args: readonly string[], context: Context): Promise<void> {
  let held = ''
  const program = createProgram(context, text => {
    held += text
  })
  let meant = args
  try {
    meant = await asMeant(args, context, program)
    await program.parseAsync(asAsked(meant), { from: 'user' })
  } catch (thrown) {
    throw thrown instanceof CommanderError && thrown.exitCode !== 0 ? usageError(thrown, meant) : thrown
  } finally {
    if (held !== '') await context.output.write(fitTo(held, context.output.columns))
  }
}

/**
 * Words and options of other tools replaced by peel's own; `program` gets the command that is meant, or all of them where it is none of
 * them, and a command's options are known once it is loaded. The table of the others' words is loaded only where a word is not peel's own.
 */
async function asMeant(args: readonly string[], context: Context, program: Command): Promise<readonly string[]> {
  const [first, topic] = args
  const helped = first === 'help' ? TOPICS.find(({ name }) => name === topic) : undefined
  if (helped !== undefined) {
    await context.output.writeLines((await helped.lines()).flatMap(line => fitted(line, context.output.width)))
    throw new CommanderError(0, 'commander.help', helped.name)
  }
  const valued = optionNames(program, 'valued')
  const isKnown = rowOf(args[firstOperand(args, valued)]) !== undefined
  let meant = isKnown ? args : await understood(args, valued, program)
  const row = rowOf(meant[firstOperand(meant, valued)])
  const named = await addCommands(program, meant, row, context)
  const own = new Set([...optionNames(program), ...(named === undefined ? [] : optionNames(named)), '--'])
  if (!meant.every(word => !word.startsWith('-') || own.has(word.replace(/=.*/s, '')))) {
    const { understandOptions } = await import('./run/understand.ts')
    meant = understandOptions(row?.name ?? '', meant, own)
  }
  const end = meant.indexOf('--')
  context.json ||= meant.slice(0, end === -1 ? undefined : end).includes('--json')
  return meant
}

function rowOf(command: string | undefined): CommandRow | undefined {
  return ROWS.find(({ name }) => name === command)
}

/** Help as commander wrote it: where columns beside long options are narrow, and after the options, it breaks no line. */
function fitTo(help: string, columns: number): string {
  return help
    .split('\n')
    .flatMap(line => fitted(line, columns))
    .join('\n')
}

async function understood(args: readonly string[], valued: ReadonlySet<string>, program: Command): Promise<readonly string[]> {
  const isTerminal = process.stdout.isTTY === true && process.stdin.isTTY === true && process.env['TERM'] !== 'dumb'
  const shownWith = isTerminal ? optionNames(program) : undefined
  const { understand } = await import('./run/understand.ts')
  return understand(args, { commands: ROWS.map(({ name }) => name), valued, exists: existsSync, shownWith })
}

function optionNames({ options }: Command, which: 'all' | 'valued' = 'all'): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { short, long, required } of options)
    for (const name of which === 'all' || required ? [short, long] : []) if (name !== undefined) names.add(name)
  return names
}

/** `help COMMAND` is `COMMAND --help`: commander's own would show it before its options are loaded. */
function asAsked(args: readonly string[]): string[] {
  const [first, name, ...rest] = args
  if (first === 'help' && name !== undefined && rowOf(name) !== undefined) return [name, '--help', ...rest]
  if (!args.includes('--exit-code')) return [...args]
  const end = args.indexOf('--')
  // Its value comes after `=` only: commander would take the next argument, which is an image.
  return args.map((each, index) => (each === '--exit-code' && (end < 0 || index < end) ? '--exit-code=' : each))
}

/** The program without its commands (`addCommands`). */
function createProgram(context: Context, writeOut: (text: string) => void): Command {
  const program = new Command('peel')
    .description('Look inside OCI container images, see the bytes that are shipped and never read, write a smaller image back.')
    .version(VERSION, '--version', 'show the version')
    .helpOption('-h, --help', 'print the help of a command')
    .helpCommand('help [command]', `print the help of a command; topics: ${TOPICS.map(({ name }) => name).join(', ')}`)
    .argument(
      '[image]',
      'path, oci:DIR, oci-archive:FILE, docker-archive:FILE, docker://REF, docker-daemon:REF, - or a registry reference',
    )
    .argument('[other]', 'another image to compare with, or N..M: the changes of these layers')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut, writeErr: () => undefined })
    .exitOverride()
    .action(async (image: string | undefined, other: string | undefined) => {
      const { beginOpening } = await import('./interface/early-opening.ts')
      const early = await beginOpening(context, image)
      const { interactive } = await import('./commands/interactive.ts')
      await interactive(context, image, { other, early })
    })
  const common = addCommonOptions(program)
  program.hook('preAction', (_, command) => {
    applyEnvironment(program, process.env)
    if (command !== program) applyEnvironment(command, process.env)
  })
  context.common = () => readCommonOptions(common.opts())
  return program
}

/**
 * The command that is meant, with its options, where it is one: making all forty takes as long as some commands. Where help may be
 * asked for, all of them by name and summary only; the module of the one that is shown is loaded when it is.
 * @returns the command that is meant
 */
async function addCommands(
  program: Command,
  words: readonly string[],
  meant: CommandRow | undefined,
  context: Context,
): Promise<Command | undefined> {
  // Completion is the one command that must know the others' options.
  const isAlone = meant !== undefined && meant.name !== 'completion'
  const define = async (command: Command) => (await rowOf(command.name())?.load())?.define(command, context)
  const isImage = meant === undefined && words.length > 0 && words[0] !== 'help' && words.every(word => !word.startsWith('-'))
  let named: Command | undefined
  for (const row of isAlone ? [meant] : isImage ? [] : ROWS) {
    // Inherits the parent's settings, which is why it is not built apart and added.
    const command = program.command(row.name).summary(row.summary).description(row.summary)
    if (meant !== undefined) await define(command)
    if (row === meant) named = command
  }
  if (meant === undefined) program.hook('preSubcommand', async (_, subcommand) => define(subcommand))
  return named
}

async function failed(error: unknown, context: Context): Promise<number> {
  if (error instanceof ClosedOutput) return EXIT.done
  if (context.signal.aborted) {
    // Where standard error is not read either, the message is not waited for.
    await Promise.race([context.error.write('peel: Interrupted.\n'), setTimeout(SAYING_MILLISECONDS)]).catch(() => undefined)
    return context.signal.reason === 'SIGINT' ? EXIT.interrupted : EXIT.terminated
  }
  if (error instanceof CommanderError) return EXIT.done
  await reportError(error, context)
  await context.afterError?.(error)
  return error instanceof UsageError || (error instanceof ImageError && USAGE_CODES.has(error.code)) ? EXIT.usage : EXIT.failed
}

/** Codes of faults in typed text that folders below find: a name that is none, or that names several things (cli.md). */
const USAGE_CODES = new Set([
  'LOCATION_INVALID',
  'REFERENCE_INVALID',
  'PLATFORM_INVALID',
  'PLATFORM_AMBIGUOUS',
  'IMAGE_AMBIGUOUS',
  'COMPRESSION_LEVEL_INVALID',
  'SETTING_INVALID',
  'PLAN_INVALID',
  'FILTER_INVALID',
  'SOURCE_DATE_INVALID',
  'SETTINGS_INVALID',
  'SETTINGS_UNREADABLE',
  'BASELINE_INVALID',
  'MODEL_ADDRESS_INVALID',
  'ADD_INVALID',
  'IGNORE_PATTERN_INVALID',
  'BASE_UNKNOWN',
])

/** Commander says `error: unknown option '--foo'`; the help that is named is that of the command among the words. */
function usageError(error: CommanderError, words: readonly string[]): UsageError {
  const [why = '', suggestion] = error.message.replace(/^error: /, '').split('\n')
  const command = ROWS.find(({ name }) => words.includes(name))?.name
  const hint = suggestion === undefined ? '' : ` ${suggestion.replace(/^\(|\)$/g, '')}`
  return new UsageError('USAGE', `Cannot understand the command line: ${why}`, {
    hint: `Run "peel ${command === undefined ? '' : `${command} `}--help" for what it takes.${hint}`,
  })
}
