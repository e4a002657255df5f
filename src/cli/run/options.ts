import { type Command, InvalidArgumentError } from 'commander'
import { parseSize } from '../../filter/filter-number.ts'
import { THEME_NAMES } from '../../line/theme-names.ts'
import type { Semantics } from '../../overlay/tree.ts'
import { choice, typed, type ValuesOf } from './typed-command.ts'

export type ColorWhen = 'auto' | 'always' | 'never'

/** The options of every command (cli.md, "common"). */
export type CommonOptions = {
  /** `OS/ARCH[/VARIANT]` as typed. */
  readonly platform: string | undefined
  readonly semantics: Semantics
  readonly cache: boolean
  readonly insecure: boolean
  readonly authfile: string | undefined
  readonly cacert: string | undefined
  /** Seconds that a silent registry is waited for. */
  readonly timeout: number | undefined
  readonly theme: string | undefined
  readonly ascii: boolean
  readonly mouse: boolean
  readonly color: ColorWhen
  readonly quiet: boolean
  readonly verbose: boolean
}

export function addCommonOptions(program: Command) {
  return typed(program)
    .option('--platform <os/arch[/variant]>', 'the platform to look at where an image has several', joined)
    .addOption(
      choice('--semantics <kind>', 'how layers add up: as runtimes stack them or as the specification says', ['overlay', 'spec']),
    )
    .option('--no-cache', 'read everything anew and remember nothing')
    .option('--insecure', 'allow plain http and unverified TLS for registries')
    .option('--authfile <file>', 'credentials for registries')
    .option('--cacert <file>', 'a certificate authority to trust')
    .option('--timeout <seconds>', 'seconds to wait for a silent registry (30)', parseSeconds)
    .addOption(choice('--theme <name>', 'colours of the interface', THEME_NAMES))
    .option('--ascii', 'draw and print with ASCII only, but for names')
    .option('--no-mouse', 'leave the mouse to the terminal')
    .addOption(choice('--color <when>', 'colour the output', ['auto', 'always', 'never']))
    .option('-q, --quiet', 'no progress and no warnings')
    .option('-v, --verbose', 'more notes about odd input, and the origin of an error')
}

export const DEFAULT_COMMON: CommonOptions = readCommonOptions({})

export function readCommonOptions(values: Partial<ValuesOf<typeof addCommonOptions>>): CommonOptions {
  return {
    platform: values.platform,
    semantics: values.semantics ?? 'overlay',
    cache: values.cache !== false,
    insecure: values.insecure === true,
    authfile: values.authfile,
    cacert: values.cacert,
    timeout: values.timeout,
    theme: values.theme,
    ascii: values.ascii === true,
    mouse: values.mouse !== false,
    color: values.color ?? 'auto',
    quiet: values.quiet === true,
    verbose: values.verbose === true,
  }
}

function parseSeconds(typed: string): number {
  const seconds = Number(typed.replace(/s$/, ''))
  if (!(seconds > 0 && seconds <= 86_400)) throw new InvalidArgumentError('It takes a number of seconds, such as 60.')
  return seconds
}

/** Given several times (squash): `a,b`, which commands that take one platform refuse as such. */
function joined(typed: string, before: string | undefined): string {
  return before === undefined ? typed : `${before},${typed}`
}

/** For an option that may be given several times: its values in the order of the command line. */
export function collected(typed: string, before: readonly string[] = []): readonly string[] {
  return [...before, typed]
}

/** Layers are 1-based wherever a person types one. */
export function parseLayerNumber(typed: string): number {
  return parseCount(typed, 'Layers are counted from the base, 1 first.')
}

export function parseCount(typed: string, hint = 'It takes a whole number from 1.'): number {
  if (!/^[1-9][0-9]{0,8}$/.test(typed)) throw new InvalidArgumentError(hint)
  return Number(typed)
}

/** Bytes of a size as typed. */
export function readSize(text: string): number {
  const size = parseSize(text)
  if (size === undefined || size <= 0) throw new InvalidArgumentError('It is a size such as 500M or 20G.')
  return size
}
