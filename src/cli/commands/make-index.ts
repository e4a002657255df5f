import type { Command } from 'commander'
import { escapeText } from '../../escape.ts'
import { countOf } from '../../format/count.ts'
import { formatPlatform } from '../../image/platform.ts'
import { parseSetting } from '../../rebuild/setting.ts'
import { type IndexRequest, type IndexRun, runIndex } from '../../session/make/index-run.ts'
import { resultReference } from '../../session/write/rebuild-run.ts'
import { diagnosticsJson } from '../print/diagnostics-json.ts'
import { madeBody } from '../print/made-json.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { collected } from '../run/options.ts'
import { isStream } from '../run/stream-destination.ts'
import { typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

const ACTIONS = ['create', 'add', 'remove', 'annotate'] as const

export function define(command: Command, context: Context): void {
  options(command).action((action, destination, words, values) => compose(context, requestOf(action, destination, words, values)))
}

function options(command: Command) {
  return typed(command)
    .argument('<action>', 'create, add, remove or annotate')
    .argument('[destination]', 'the index: oci:DIR:TAG, docker://REF, an archive')
    .argument('[words...]', 'images to list; for remove and annotate platforms (linux/arm64) or digests')
    .option(
      '--set <key=value>',
      'with annotate: annotation.NAME=VALUE, of the entries named, else of the index; empty unsets',
      collected,
    )
    .option('--force', 'with create: replace an image that has the destination’s name')
    .option('--json', 'as one JSON object')
}

type Values = ValuesOf<typeof options>

function requestOf(typed: string, destination: string | undefined, words: readonly string[], values: Values): IndexRequest {
  const action = ACTIONS.find(each => each === typed)
  if (action === undefined)
    throw usage(
      `"${escapeText(typed)}" is no action`,
      'It is create, add, remove or annotate; peel inspect INDEX shows what an index lists, --raw the document itself.',
    )
  if (destination === undefined) throw usage('it has no destination', `Name it: peel index ${action} oci:DIR:TAG …`)
  const common = { destination, force: values.force === true }
  const settings = (values.set ?? []).map(parseSetting)
  if (action !== 'annotate' && words.length === 0) {
    throw usage(`there is nothing to ${action}`, action === 'remove' ? 'Name platforms or digests.' : 'Name images.')
  }
  if (action === 'create' || action === 'add') return { ...common, action, images: words }
  if (action === 'remove') return { ...common, action, words }
  if (settings.length === 0 || settings.some(({ kind }) => kind !== 'annotation')) {
    throw usage('an index has annotations only', 'Write --set annotation.NAME=VALUE.')
  }
  return { ...common, action, words, settings }
}

async function compose(context: Context, request: IndexRequest): Promise<void> {
  const run = await runIndex(context.asking(), request)
  const output = isStream(request.destination) ? context.error : context.output
  if (context.json) await output.write(`${jsonText(indexJson(run), 2)}\n`)
  else if (output !== context.error || !context.common().quiet) await output.writeLines(indexText(run))
  await context.warn(run.diagnostics)
}

function indexText({ root, entries, destination }: IndexRun): readonly string[] {
  return [
    ...entries.map(({ digest, platform, about }) => {
      const name = platform === undefined ? '·' : formatPlatform(platform)
      const more = about.length === 0 ? '' : `  ${countOf(about.length, 'attestation')}`
      return `${name.padEnd(18)}${digest}${more}`
    }),
    `written to ${escapeText(resultReference(destination) ?? '')}  ${root.digest}`,
  ]
}

function indexJson({ root, entries, destination, diagnostics }: IndexRun): object {
  return {
    ...madeBody(root, destination, [], { added: 0, modified: 0, removed: 0, unchanged: 0 }),
    diagnostics: diagnosticsJson(diagnostics),
    manifests: entries.map(({ digest, platform, about }) => ({
      digest,
      platform: platform === undefined ? null : formatPlatform(platform),
      attestations: about.map(each => (JSON.parse(each) as { digest: string }).digest),
    })),
  }
}

function usage(why: string, hint: string): UsageError {
  return new UsageError('USAGE', `Cannot make an index: ${why}`, { hint })
}
