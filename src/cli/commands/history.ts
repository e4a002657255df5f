import type { Command } from 'commander'
import { dockerfileLines } from '../../check/dockerfile/dockerfile-lines.ts'
import { optimisedLines } from '../../check/dockerfile/optimised-lines.ts'
import { recordedLines } from '../../check/dockerfile/recorded-lines.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import { checkImage } from '../../session/check/check-image.ts'
import { findBase } from '../../session/check/find-base.ts'
import { recordedDockerfile } from '../../session/check/recorded-dockerfile.ts'
import { type ChosenImage, withImage } from '../../session/opened-image.ts'
import { clipped } from '../print/file-line.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  options(command).action(async (reference, values) => {
    if (values.dockerfile !== true && (values.optimised === true || values.whole === true)) {
      throw new UsageError('USAGE', 'Cannot print a Dockerfile: --optimised and --whole go with --dockerfile')
    }
    if (values.json === true && values.dockerfile === true) {
      throw new UsageError('USAGE', 'Cannot combine --dockerfile with --json: choose one of them')
    }
    await withImage(context.asking(), reference, async opened => {
      const { image } = opened
      if (values.json === true) await context.output.write(`${jsonText(historyJson(image), 2)}\n`)
      else if (values.dockerfile === true) await context.output.writeLines(await dockerfile(context, opened, values))
      else await context.output.writeLines(table(context, image))
      if (!context.json) await context.warn(image.diagnostics)
    })
  })
}

function options(command: Command) {
  return typed(command)
    .argument('<image>', 'the image')
    .option('--json', 'as one JSON object')
    .option('--dockerfile', 'print a Dockerfile: the one the build recorded, else one read back from history and config')
    .option('--optimised', 'with --dockerfile: a draft of a better one, each change with the bytes it saves')
    .option('--whole', 'with --dockerfile: the steps of the base image too, and nothing that was recorded')
}

type Values = ValuesOf<typeof options>

async function dockerfile(context: Context, opened: ChosenImage, values: Values): Promise<Iterable<string>> {
  if (values.optimised === true) return await optimised(context, opened, values.whole === true)
  if (values.whole === true) return dockerfileLines(opened.image)
  const recorded = await recordedDockerfile(opened, context.signal)
  if (recorded !== undefined) return recordedLines(recorded, opened.image)
  const base = await findBase(context.asking(), opened)
  // A guess may take steps of this build for the base's.
  return dockerfileLines(opened.image, base.decidedBy === 'guess' ? undefined : base)
}

/** The draft needs what a check finds: all layers are read for it. */
async function optimised(context: Context, opened: ChosenImage, whole: boolean): Promise<Iterable<string>> {
  const found = await findBase(context.asking(), opened)
  const base = whole || found.decidedBy === 'guess' ? undefined : found
  const options = { reference: '', now: Date.now(), ...(base !== undefined && { base }) }
  const { findings } = await checkImage(opened, options, context.signal)
  return optimisedLines(opened.image, base, findings)
}

function historyJson(image: Image): object {
  return {
    history: image.steps.map(({ layer, history, aligned }) => {
      const blob = image.layers[layer ?? -1]?.blob
      return {
        position: layer ?? null,
        created: history?.created ?? null,
        createdBy: history?.createdBy ?? null,
        ...(history?.author !== undefined && { author: history.author }),
        ...(history?.comment !== undefined && { comment: history.comment }),
        emptyLayer: history?.emptyLayer ?? false,
        ...(!aligned && { aligned }),
        ...(blob !== undefined && { digest: blob.digest, size: blob.size }),
      }
    }),
  }
}

function table(context: Context, image: Image): string[] {
  const columns = context.output.width
  const lines = image.steps.map(({ layer, history, aligned }) => {
    const blob = image.layers[layer ?? -1]?.blob
    const number = layer === undefined ? (aligned ? '·' : '?') : String(layer + 1)
    const size = blob === undefined ? '' : formatSize(blob.size)
    const created = clipped((history?.created ?? '').slice(0, 16).replace('T', ' '), 16).padEnd(16)
    const left = `${number.padStart(3)}  ${size.padStart(8)}  ${created}  `
    return (
      left +
      clipped(history?.createdBy ?? (history === undefined ? '(nothing recorded)' : ''), Math.max(20, columns - left.length))
    )
  })
  return [context.paint()('dim', '  #      size  created           command'), ...lines]
}
