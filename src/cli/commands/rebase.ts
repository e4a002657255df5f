import type { Command } from 'commander'
import { type RebaseRun, runRebase } from '../../session/make/rebase-run.ts'
import { conflictText, rebaseJson, rebaseText } from '../print/rebase-text.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { collected } from '../run/options.ts'
import { isStream } from '../run/stream-destination.ts'
import { typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  options(command).action((source, destination, values) => rebase(context, source, destination, values))
}

function options(command: Command) {
  return typed(command)
    .argument('<source>', 'the image, or an index: then every platform')
    .argument('[destination]', 'where it is written: peel help destinations')
    .option('--new-base <image>', 'the base to put it on')
    .option('--old-base <image>', 'the base it was built on; the one its annotations name when left out')
    .option('--accept <path>', 'let the image’s copy of a package database hide the new base’s', collected)
    .option('--dry-run', 'only report the result and every conflict')
    .option('--force', 'replace an image that has the destination’s name')
    .option('--json', 'as one JSON object')
}

type Values = ValuesOf<typeof options>

async function rebase(context: Context, image: string, typed: string | undefined, values: Values): Promise<void> {
  const [dryRun, newBase] = [values.dryRun === true, values.newBase]
  if (newBase === undefined) throw usage('the new base is missing', 'Name it: --new-base IMAGE.')
  if (typed === undefined && !dryRun) throw usage('the destination is missing', 'Name one (oci:./rebased:1), or add --dry-run.')
  const request = {
    image,
    destination: dryRun ? undefined : typed,
    force: values.force === true,
    newBase,
    oldBase: values.oldBase,
    accept: values.accept ?? [],
  }
  const output = isStream(typed) && !dryRun ? context.error : context.output
  await runRebase(
    context.asking(),
    request,
    async images => {
      if (!context.json && !context.common().quiet) await output.writeLines(conflictText(images))
    },
    run => report(context, run, output),
  )
}

async function report(context: Context, run: RebaseRun, output: Context['output']): Promise<void> {
  if (context.json) await output.write(`${jsonText(rebaseJson(run), 2)}\n`)
  else if (output !== context.error || !context.common().quiet) await output.writeLines(rebaseText(run))
  await context.warn(run.diagnostics)
}

function usage(why: string, hint: string): UsageError {
  return new UsageError('USAGE', `Cannot rebase the image: ${why}`, { hint })
}
