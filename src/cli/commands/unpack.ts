import type { Command } from 'commander'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { runRepack } from '../../session/make/repack-bundle.ts'
import { type Unpacked, unpackBundle } from '../../session/make/unpack-bundle.ts'
import { withImage } from '../../session/opened-image.ts'
import { diagnosticsJson } from '../print/diagnostics-json.ts'
import { reportBuild } from '../print/report-build.ts'
import { parseCompress } from '../run/compress-option.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { isStream } from '../run/stream-destination.ts'
import { typed, type ValuesOf } from '../run/typed-command.ts'
import { UsageError } from '../run/usage-error.ts'

export function define(command: Command, context: Context): void {
  options(command).action((image, bundle, values) => unpack(context, image, bundle, values))
}

function options(command: Command) {
  return typed(command)
    .argument('<image>', 'the image')
    .argument('<bundle>', 'the directory of the bundle: made by unpack, read by --repack')
    .option('--repack <destination>', 'write the changes in the bundle as one more layer of the image')
    .option('--rootless', 'for a user namespace in which you are root')
    .option('--compress <how>', 'with --repack: gzip, zstd or none, with :LEVEL if wanted', parseCompress)
    .option('--dry-run', 'with --repack: only report the result')
    .option('--force', 'with --repack: replace an image that has the destination’s name')
    .option('--json', 'as one JSON object')
}

type Values = ValuesOf<typeof options>

async function unpack(context: Context, image: string, bundle: string, values: Values): Promise<void> {
  const { repack: destination, compress } = values
  if (destination === undefined) {
    if (compress !== undefined || values.dryRun === true || values.force === true) {
      throw new UsageError('USAGE', 'Cannot unpack: --compress, --dry-run and --force are for --repack', {
        hint: 'Write peel unpack IMAGE BUNDLE, change BUNDLE/rootfs, then add --repack DEST.',
      })
    }
    await withImage({ ...context.asking(), becomes: 'files' }, image, async opened => {
      const done = await unpackBundle(context.asking(), opened, { bundle, rootless: values.rootless === true })
      await report(context, bundle, done)
    })
    return
  }
  const dryRun = values.dryRun === true
  const request = {
    from: image,
    bundle,
    destination: dryRun ? undefined : destination,
    force: values.force === true,
    compress: { compression: compress?.compression ?? 'gzip', level: compress?.level } as const,
  }
  await runRepack(context.asking(), request, run => reportBuild(context, run, isStream(destination) && !dryRun, 'repack'))
}

async function report(context: Context, bundle: string, { extracted, diagnostics }: Unpacked): Promise<void> {
  const { files, bytes, skipped } = extracted
  const runs = !diagnostics.some(({ code }) => code === 'PLATFORM_UNSUPPORTED')
  if (context.json)
    await context.output.write(
      `${jsonText({ bundle, files, bytes, skipped: skipped.map(displayPath), diagnostics: diagnosticsJson(diagnostics) }, 2)}\n`,
    )
  else
    await context.output.write(
      `${files} files, ${formatSize(bytes)}, unpacked to ${escapeText(bundle)}${runs ? `; run it: runc run -b ${escapeText(bundle)} NAME` : ''}\n`,
    )
  if (skipped.length > 0 && !context.common().quiet) {
    const shown = skipped.slice(0, 3).map(displayPath).join(', ') + (skipped.length > 3 ? ' …' : '')
    await context.error.write(`peel: warning: left out, since only root can make them: ${shown}\n`)
  }
  await context.warn(diagnostics)
}
