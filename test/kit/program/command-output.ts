import { Command } from 'commander'
import { ROWS } from '../../../src/cli/commands.ts'
import type { Context } from '../../../src/cli/run/context.ts'
import { addCommonOptions, DEFAULT_COMMON } from '../../../src/cli/run/options.ts'
import { ImageError } from '../../../src/error.ts'
import { asking } from '../../../src/session/asking.ts'
import type { LayerThreads } from '../../../src/session/layer-threads.ts'

/** The output of a command: results, sentences on standard error, and the exit status that it set. */
export type Printed = { readonly out: string; readonly err: string; readonly status: number }

/**
 * Runs a command in this process, without a cache and over threads that many runs share: the words after `peel`, the first one the
 * command. Pieces in colour are `<style:text>`. An error is told as its code and its words.
 */
export async function commandOutput(
  words: readonly string[],
  threads: LayerThreads,
  change: Partial<Context> = {},
): Promise<Printed> {
  const [name = '', ...args] = words
  const row = ROWS.find(each => each.name === name)
  if (row === undefined) throw new Error(`there is no command "${name}"`)
  const written = { out: '', err: '' }
  const outputOf = (stream: 'out' | 'err'): Context['output'] => ({
    ...{ terminal: false, columns: 80, width: Number.POSITIVE_INFINITY },
    write: async chunk => {
      written[stream] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    },
    writeLines: async lines => {
      for (const line of lines) if (line !== undefined) written[stream] += `${line}\n`
    },
  })
  const common = { ...DEFAULT_COMMON, cache: false }
  const context: Context = {
    ...{ output: outputOf('out'), error: outputOf('err'), signal: new AbortController().signal, json: args.includes('--json') },
    ...{ afterDashes: [], status: 0, afterError: undefined, common: () => common },
    asking: () => asking({ ...common, threads }),
    paint: () => (style, text) => `<${style}:${text}>`,
    warn: async diagnostics => {
      for (const { severity, code, message } of diagnostics) written.err += `${severity} ${code}: ${message}\n`
    },
    close: () => undefined,
    ...change,
  }
  const command = new Command(name).exitOverride().configureOutput({ writeErr: () => {} })
  addCommonOptions(command)
  const module = await row.load()
  module.define(command, context)
  try {
    await command.parseAsync([...args], { from: 'user' })
  } catch (error) {
    if (!(error instanceof ImageError)) throw error
    written.err += `${error.code}: ${error.message}${error.hint === undefined ? '' : `\n  ${error.hint}`}\n`
    context.status = 3
  }
  return { ...written, status: context.status }
}
