import type { Diagnostic } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { Asking } from '../../session/asking.ts'
import { needsAscii } from './needs-ascii.ts'
import { type CommonOptions, DEFAULT_COMMON } from './options.ts'
import { createOutput, type Output } from './output.ts'
import { createPaint, type Paint } from './paint.ts'
import { createProgress } from './progress.ts'

/** The surroundings of one run of the command line: its outputs, its signal, and the options of all commands. */
export type Context = {
  readonly output: Output
  readonly error: Output
  /** Aborted by SIGINT, SIGTERM and SIGHUP, with the signal's name as its reason. */
  readonly signal: AbortSignal
  /** Whether the command line asks for JSON: errors go to standard output too. */
  json: boolean
  /** The arguments after `--`. */
  readonly afterDashes: readonly string[]
  /** The exit status so far; a command sets it when its answer is no. */
  status: number
  /** Says more about an error, once it has been told. */
  afterError: ((error: unknown) => Promise<void>) | undefined
  /** Options that every command takes; known once the command line is parsed. */
  common: () => CommonOptions
  /** The same for functions of `session`, with the signal and a progress line on standard error. */
  asking(): Asking
  /** Colours for results on standard output. */
  paint(): Paint
  /** Tells of oddities on standard error, by `--quiet` and `--verbose`. */
  warn(diagnostics: Iterable<Diagnostic>): Promise<void>
  close(): void
}

export function createContext(args: readonly string[]): Context {
  const stop = new AbortController()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const onSignal = (name: NodeJS.Signals) => {
    // A second signal ends the program at once, without the orderly end.
    if (stop.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143)
    stop.abort(name)
  }
  for (const name of signals) process.on(name, onSignal)
  const ascii = () => !context.json && (context.common().ascii || needsAscii(process.env))
  const output = createOutput(process.stdout, { signal: stop.signal, ascii })
  const error = createOutput(process.stderr, { lossy: true, ascii })
  const end = args.indexOf('--')
  const said = new Set<string>()
  const context: Context = {
    output,
    error,
    signal: stop.signal,
    json:
      args.slice(0, end === -1 ? undefined : end).includes('--json') ||
      !['', '0', 'false', 'no'].includes(process.env['PEEL_JSON'] ?? ''),
    afterDashes: end === -1 ? [] : args.slice(end + 1),
    status: 0,
    afterError: undefined,
    common: () => DEFAULT_COMMON,
    asking: () => ({
      ...context.common(),
      signal: stop.signal,
      progress: activity => createProgress(context, activity),
      notice: diagnostic => void context.warn([diagnostic]),
    }),
    paint: () => createPaint(context.common().color, output.terminal, process.env),
    async warn(diagnostics) {
      const { quiet, verbose } = context.common()
      if (quiet) return
      for (const diagnostic of diagnostics) {
        if (diagnostic.severity === 'info' && !verbose) continue
        const line = `peel: ${diagnostic.severity}: ${escapeText(placed(diagnostic))}\n`
        // Where an image is read from and what is asked besides is often one registry, which warns each time.
        if (said.has(line)) continue
        said.add(line)
        await error.write(line)
      }
    },
    close: () => {
      for (const name of signals) process.off(name, onSignal)
    },
  }
  return context
}

/** The message with the layer, 1 first, and the path that it is about, where it does not name them itself. */
function placed({ message, layer, path }: Diagnostic): string {
  const where = [
    ...(layer === undefined || /\blayer \d/i.test(message) ? [] : [`layer ${layer + 1}`]),
    ...(path === undefined || message.includes(path.replace(/^\//, '')) ? [] : [path]),
  ]
  return where.length === 0 ? message : `${where.join(', ')}: ${message}`
}
