import { escapeText } from '../../escape.ts'
import { COMMAND_GROUPS, COMMAND_GUESSES, PAIR_GUESSES } from './command-guesses.ts'
import { nearestWords } from './nearest-words.ts'
import { firstOperand, operandsOf } from './operands.ts'
import { OPTION_GUESSES } from './option-guesses.ts'
import { UsageError } from './usage-error.ts'

/** The words that the command line is compared with. */
export type Vocabulary = {
  readonly commands: readonly string[]
  /** Common options that take the next word as their value. */
  readonly valued: ReadonlySet<string>
  readonly exists: (path: string) => boolean
  /** Where the interface can be shown: the options that it takes. Two images with no others are compared there. */
  readonly shownWith?: ReadonlySet<string> | undefined
}

/**
 * The arguments as they are meant: words of other tools are replaced, an image alone that is asked for JSON is inspected, two
 * images are compared. A word that is no command and no image is refused here, before anything is opened or asked
 * (cli.md, Decisions).
 * @throws UsageError `UNKNOWN_COMMAND`, `USAGE`
 */
export function understand(args: readonly string[], vocabulary: Vocabulary): readonly string[] {
  const at = firstOperand(args, vocabulary.valued)
  const flag = args.find(each => each.startsWith('-'))
  if (at === -1) return flag === '-V' ? ['--version'] : args
  const word = args[at] ?? ''
  const [before, rest] = [args.slice(0, at), args.slice(at + 1)]
  if (vocabulary.commands.includes(word) || args.slice(0, at).includes('--')) return args
  if (word === 'help') return checkHelp(args, rest[0], vocabulary)
  const inner = vocabulary.exists(word) ? undefined : withoutGroup(word, rest, vocabulary)
  if (inner !== undefined) return understand([...before, ...inner], vocabulary)
  const own = wordOfOtherTool(word, rest)
  if (own !== undefined && !vocabulary.exists(word)) return [...before, ...own]
  refuseFileForJson(args)
  const others = operandsOf(rest, vocabulary.valued)
  if (others.length > 0) {
    if (!vocabulary.exists(word) && !/[/:@]/.test(word)) throw unknownCommand(word, vocabulary)
    const { shownWith } = vocabulary
    const isShown =
      shownWith !== undefined && rest.every(each => !each.startsWith('-') || shownWith.has(each.replace(/=.*/s, '')))
    return others.length === 1 && !isShown ? [...before, 'diff', word, ...rest] : args
  }
  if (isMistyped(word, vocabulary)) throw unknownCommand(word, vocabulary)
  const asked = rest.some(each => each === '--json' || each === '--raw' || each === '--layers')
  return asked || before.includes('--json') ? ['inspect', ...args] : args
}

/** Options of other tools after a command, replaced where the command has none of that name. @throws UsageError `USAGE` */
export function understandOptions(command: string, args: readonly string[], own: ReadonlySet<string>): readonly string[] {
  const end = args.indexOf('--')
  const meant: string[] = []
  const limit = end === -1 ? args.length : end
  for (let at = 0; at < limit; at++) {
    const arg = args[at] ?? ''
    const equals = arg.startsWith('--') ? arg.indexOf('=') : -1
    const name = equals === -1 ? arg : arg.slice(0, equals)
    const guess = own.has(name)
      ? undefined
      : OPTION_GUESSES.find(row => row.options.includes(name) && (row.commands?.includes(command) ?? true))
    if (guess === undefined) {
      meant.push(arg)
      continue
    }
    const value = equals === -1 ? (guess.takes === true ? (args[++at] ?? '') : '') : arg.slice(equals + 1)
    const read = guess.read?.(value)
    if (read === undefined)
      throw new UsageError('USAGE', `Cannot use ${name}: peel has no such option`, {
        hint:
          guess.read === undefined || isSentence(guess.means) ? guess.means : `It is understood like this: peel ${guess.typed}`,
      })
    meant.push(...read)
  }
  return [...meant, ...args.slice(limit)]
}

/** `image inspect X` and its like without the first word, where the second is a command here or elsewhere. */
function withoutGroup(word: string, rest: readonly string[], { commands }: Vocabulary): readonly string[] | undefined {
  const [next = ''] = rest
  const pair = PAIR_GUESSES.get(`${word} ${next}`)
  if (pair !== undefined) return [...pair, ...rest.slice(1)]
  const isKnown = commands.includes(next) || COMMAND_GROUPS.has(next) || COMMAND_GUESSES.some(({ words }) => words.includes(next))
  return COMMAND_GROUPS.has(word) && isKnown ? rest : undefined
}

/** dive's `-j FILE` names a file to write; here that word would be an image of a registry. @throws UsageError `USAGE` */
function refuseFileForJson(args: readonly string[]): void {
  const at = args.findIndex(each => each === '-j' || each === '--json')
  const file = args[at + 1] ?? ''
  if (at === -1 || !/^[^:@]+\.json$/.test(file)) return
  throw new UsageError('USAGE', `Cannot write JSON to "${escapeText(file.slice(0, 80))}": it goes to standard output`, {
    hint: `Write: peel inspect --json IMAGE > ${escapeText(file.slice(0, 80))}`,
  })
}

function wordOfOtherTool(word: string, rest: readonly string[]): readonly string[] | undefined {
  const guess = COMMAND_GUESSES.find(({ words }) => words.includes(word))
  if (guess === undefined) return undefined
  const own = guess.read?.(rest)
  if (own !== undefined) return own
  const hint = isSentence(guess.means) ? guess.means : `Run "${guess.means}".`
  throw new UsageError('UNKNOWN_COMMAND', `Cannot run "${escapeText(word)}": it is no command of peel`, { hint })
}

function isSentence(means: string): boolean {
  return /[.:]\s|[.]$/.test(means)
}

/**
 * A bare word that is one letter off a command, two from six letters on: an image is unlikely to have such a name by chance. Words of other
 * tools are many, so that one letter off a long one counts.
 */
function isMistyped(word: string, { commands, exists }: Vocabulary): boolean {
  if (!/^[A-Za-z][A-Za-z-]*$/.test(word) || exists(word)) return false
  return (
    nearestWords(word, ['help', ...commands], word.length >= 6 ? 2 : 1).length > 0 ||
    nearestWords(word, LONG_GUESSES, 1).length > 0
  )
}

const LONG_GUESSES: readonly string[] = COMMAND_GUESSES.flatMap(({ words }) => words).filter(word => word.length >= 6)

function unknownCommand(word: string, { commands }: Vocabulary): UsageError {
  const shown = escapeText(word.slice(0, 80))
  const known = nearestWords(word, ['help', ...commands], word.length >= 6 ? 3 : word.length >= 5 ? 2 : 1)
  const near = [...new Set([...nearestWords(word, LONG_GUESSES, 1), ...known])]
  const meant = near.length === 0 ? '' : `Did you mean ${near.map(name => `"peel ${name}"`).join(' or ')}? `
  return new UsageError('UNKNOWN_COMMAND', `Cannot run "${shown}": there is no such command`, {
    hint: `${meant}"peel --help" lists the commands, "peel help guesses" what other tools call them; docker://${shown} names an image.`,
  })
}

/** `help` takes a command or a topic; any other word is refused with those near it. */
function checkHelp(args: readonly string[], asked: string | undefined, vocabulary: Vocabulary): readonly string[] {
  if (asked === undefined || asked.startsWith('-') || asked === 'help' || vocabulary.commands.includes(asked)) return args
  throw unknownCommand(asked, vocabulary)
}
