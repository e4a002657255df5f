import type { Command, Option } from 'commander'
import { reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { UsageError } from './usage-error.ts'

/** Options that destroy, trust, send or show secrets are given each time: never by the environment (cli.md, Decisions). */
const NEVER = /^(?:force|insecure|expose|help|version|show-secrets|(?:allow|delete|embed|explain|update|writable)(?:-.*)?)$/
const OFF = new Set(['', '0', 'false', 'no'])

/** The variable that sets a default of an option: `--dry-run` is PEEL_DRY_RUN, `--no-cache` PEEL_NO_CACHE; undefined for what none may set. */
export function environmentName({ long }: Pick<Option, 'long'>): string | undefined {
  const name = (long ?? '').replace(/^--/, '')
  return name === '' || NEVER.test(name) ? undefined : `PEEL_${name.toUpperCase().replaceAll('-', '_')}`
}

/**
 * Sets the options of a command that the command line does not name from the environment, once it is parsed.
 * @throws UsageError for a value the option does not take
 */
export function applyEnvironment(command: Command, environment: NodeJS.ProcessEnv): void {
  for (const option of command.options) {
    const name = environmentName(option)
    const value = name === undefined ? undefined : environment[name]
    const key = option.attributeName()
    if (name === undefined || value === undefined || command.getOptionValueSource(key) === 'cli') continue
    const takes = option.required || option.optional
    if (takes ? value === '' : OFF.has(value)) continue
    command.setOptionValueWithSource(
      key,
      takes ? parsed(option, name, value, command.getOptionValue(key)) : !option.negate,
      'env',
    )
  }
}

function parsed(option: Option, name: string, value: string, before: unknown): unknown {
  try {
    return option.parseArg === undefined ? value : option.parseArg(value, before as never)
  } catch (thrown) {
    throw new UsageError('USAGE', `Cannot use ${name}="${escapeText(value)}": ${reasonOf(thrown)}`, {
      hint: `It is the default of ${option.long}; "unset ${name}" forgets it.`,
    })
  }
}
