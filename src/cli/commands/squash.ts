import { existsSync } from 'node:fs'
import { type Command, InvalidArgumentError } from 'commander'
import { ImageError, reasonOf } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { parseDestination, shadowedHost } from '../../image/location.ts'
import type { Edit } from '../../rebuild/edit.ts'
import { type Plan, parsePlan } from '../../rebuild/plan.ts'
import { isPresetName, PRESETS } from '../../rebuild/preset.ts'
import { withSession } from '../../session/opened-image.ts'
import { type RebuildRun, runRebuild } from '../../session/write/rebuild-run.ts'
import { readNamedText } from '../../transport/text/pipe.ts'
import { destinationLines } from '../help/topics.ts'
import { squashJson } from '../print/squash-json.ts'
import { squashText } from '../print/squash-text.ts'
import { parseCompress } from '../run/compress-option.ts'
import type { Context } from '../run/context.ts'
import { collected, parseLayerNumber } from '../run/options.ts'
import { checkStream, isStream } from '../run/stream-destination.ts'
import { choice, typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  options(command).action((source, destination, values) => squash(context, source, destination, values))
}

function options(command: Command) {
  return typed(command)
    .argument('<source>', 'the image')
    .argument('[destination]', 'where it is written: see below')
    .option(
      '--layers <a..b>',
      'squash these layers, counted from the base, 1 first; several times for several ranges; 2..2 writes layer 2 anew',
      collected,
    )
    .option(
      '--remove <path|expr>',
      `from every layer: a path, a filter, or a preset (${Object.keys(PRESETS).join(', ')})`,
      collected,
    )
    .option('--drop-layer <n>', 'leave a layer out', (typed: string, all: readonly number[] = []) => [
      ...all,
      parseLayerNumber(typed),
    ])
    .option(
      '--set <key=value>',
      'env.NAME, label.NAME, annotation.NAME, user, workdir, entrypoint, cmd, stopsignal, ports, volumes, healthcheck; empty unsets',
      collected,
    )
    .option('--clamp-times <seconds>', 'the latest time in a written layer, seconds since 1970', parseSeconds)
    .option('--compress <how>', 'gzip, zstd or none, with :LEVEL if wanted; for layers that are written', parseCompress)
    .addOption(choice('--format <family>', 'media types of the result', ['oci', 'docker']))
    .addOption(choice('--attestations <what>', 'drop or carry over the attestations of the old digest', ['drop', 'carry']))
    .option('--keep-subject', 'keep the subject of the manifest')
    .option('--plan <file>', 'edits from a saved plan, before those given here')
    .option('--dry-run', 'only report the result; the layers are compressed all the same, so its sizes are exact')
    .option('--force', 'replace an image that has the destination’s name')
    .option('--json', 'as one JSON object')
    .addHelpText('after', '\nWithout any edit everything is squashed into one layer; with edits just those are done.')
    .addHelpText('after', () => `\nThe destination:\n${destinationLines().join('\n')}`)
}

type Values = ValuesOf<typeof options>

async function squash(context: Context, source: string, destination: string | undefined, values: Values): Promise<void> {
  const dryRun = values.dryRun === true
  if (destination === undefined && !dryRun) {
    throw new UsageError('USAGE', 'Cannot squash: the destination is missing', {
      hint: 'Name one (oci:./squashed), or add --dry-run.',
    })
  }
  // A destination that cannot be meant is told before anything is opened.
  const goal = destination === undefined ? undefined : parseDestination(destination, existsSync)
  const shadowed = goal && destination !== undefined ? shadowedHost(destination, goal) : undefined
  if (shadowed !== undefined) await context.warn([shadowed])
  if (destination !== undefined && !dryRun) checkStream(context, destination, values.force === true)
  const plan = await planOf(values, context)
  // Platforms are an edit: the index that they are chosen from is needed as a whole.
  await withSession({ ...context.asking(), platform: undefined }, source, session =>
    runRebuild(context.asking(), session, plan, { destination: goal, dryRun, force: values.force === true }, run =>
      report(context, run, dryRun, destination),
    ),
  )
}

export async function report(context: Context, run: RebuildRun, dryRun: boolean, typed: string | undefined): Promise<void> {
  // A result on standard output is the image itself: the report goes to standard error.
  const output = isStream(typed) && !dryRun ? context.error : context.output
  if (context.json) await output.write(squashJson(run, dryRun))
  else if (output !== context.error || !context.common().quiet) await output.writeLines(squashText(run, context.paint()))
  if (!run.rebuilt.changed && !run.alreadyThere) {
    const what = dryRun ? 'the image would be copied unchanged' : 'the image was copied unchanged'
    await context.error.write(`peel: Nothing to squash: ${what}.\n`)
  }
  await context.warn(run.diagnostics)
}

/** The saved plan, then what the options ask for; squashing everything when nothing else is asked. */
async function planOf(values: Values, context: Context): Promise<Plan> {
  const file = values.plan
  const saved = file === undefined ? [] : parsePlan(await readPlan(file, context.signal)).edits
  const edits = [...saved, ...editsOf(values, context)]
  const changes = edits.some(({ type }) => !MODIFIERS.has(type))
  return { edits: changes ? edits : [{ type: 'squash' }, ...edits] }
}

/** How the result is written, not what is changed: with these alone everything is squashed. */
const MODIFIERS: ReadonlySet<Edit['type']> = new Set(['compress', 'format', 'platforms', 'attestations', 'keep-subject'])

function editsOf(values: Values, context: Context): readonly Edit[] {
  const { platform } = context.common()
  const { compress, format, clampTimes, attestations } = values
  return [
    ...(values.layers ?? []).map(parseRange),
    ...(values.dropLayer ?? []).map(number => ({ type: 'drop-layer', position: number - 1 }) as const),
    ...(values.remove ?? []).map(removeEdit),
    ...(values.set ?? []).map(setting => ({ type: 'set', setting }) as const),
    ...(clampTimes === undefined ? [] : [{ type: 'clamp-times', to: clampTimes } as const]),
    ...(compress === undefined ? [] : [compress]),
    ...(format === undefined ? [] : [{ type: 'format', family: format } as const]),
    ...(platform === undefined ? [] : [{ type: 'platforms', platforms: platform.split(','), others: 'drop' } as const]),
    ...(attestations === undefined ? [] : [{ type: 'attestations', action: attestations } as const]),
    ...(values.keepSubject === true ? [{ type: 'keep-subject' } as const] : []),
  ]
}

function removeEdit(typed: string): Edit {
  return isPresetName(typed) ? { type: 'remove', preset: typed } : { type: 'remove', match: typed }
}

/** `A..B`, one of them may be left out; `A` alone is one layer, which a squash leaves as it is, `A..A` writes it anew. */
function parseRange(typed: string): Edit {
  const match = /^(\d+)?\.\.(\d+)?$|^(\d+)$/.exec(typed)
  const [from, to] = [match?.[1] ?? match?.[3], match?.[2] ?? match?.[3]]
  if (match === null || from === '0' || to === '0') {
    throw new UsageError('USAGE', `Cannot use --layers "${escapeText(typed)}": it is not A..B`, {
      hint: 'Layers are counted from the base, 1 first: --layers 2..4',
    })
  }
  return {
    type: 'squash',
    ...(from !== undefined && { from: Number(from) - 1 }),
    ...(to !== undefined && { to: Number(to) - 1 }),
    ...(match[3] === undefined && from !== undefined && from === to && { anew: true }),
  }
}

function parseSeconds(typed: string): number {
  if (!/^-?\d{1,15}$/.test(typed)) throw new InvalidArgumentError('It takes whole seconds since 1970.')
  return Number(typed)
}

async function readPlan(file: string, signal: AbortSignal): Promise<string> {
  try {
    return await readNamedText(file, signal)
  } catch (thrown) {
    signal.throwIfAborted()
    throw new ImageError('PLAN_UNREADABLE', {
      action: `read the plan "${escapeText(file)}"`,
      why: escapeText(reasonOf(thrown)),
    })
  }
}
