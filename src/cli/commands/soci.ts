import type { Command } from 'commander'
import { shortDigest } from '../../blob/digest.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { selectNodes } from '../../image/choose.ts'
import type { ImageNode } from '../../image/list.ts'
import { withSession } from '../../session/opened-image.ts'
import { type Session, wantedPlatform } from '../../session/session.ts'
import { SOCI_DEFAULTS } from '../../session/soci/index-layers.ts'
import { attachSociIndex, copyWithSociIndex, type SociRun } from '../../session/soci/soci-run.ts'
import { diagnosticsJson } from '../print/diagnostics-json.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { typed } from '../run/typed-command.ts'

export function define(command: Command, context: Context): void {
  typed(command)
    .argument('<image>', 'the image')
    .argument('[destination]', 'where a copy with the index in it is written; without one it hangs on the image where that lies')
    .option('--force', 'replace an image that has the destination’s name')
    .option('--json', 'as one JSON object')
    .addHelpText('after', '\nWith the index, files are read by range: nothing of a layer is pulled but what is looked at.')
    .action((reference, destination, values) =>
      withSession({ ...context.asking(), keepBlobs: false }, reference, async session => {
        const run = await made(context, session, destination, values.force === true)
        await context.output.writeLines(context.json ? [jsonText(runJson(run), 2)] : runText(run))
        await context.warn(run.diagnostics)
      }),
    )
}

async function made(context: Context, session: Session, destination: string | undefined, force: boolean): Promise<SociRun> {
  const asking = context.asking()
  if (destination !== undefined)
    return copyWithSociIndex(asking, session, rootOf(context, session), destination, { ...SOCI_DEFAULTS, force })
  const image = await session.load(session.choose(wantedPlatform(asking.platform)), asking.signal)
  return attachSociIndex(asking, session, image, SOCI_DEFAULTS)
}

/** An index as a whole, unless a platform is asked for. */
function rootOf(context: Context, session: Session): ImageNode {
  const { platform } = context.common()
  const nodes = selectNodes(session.listing, session.selector)
  const [only] = nodes
  return nodes.length === 1 && only !== undefined && platform === undefined ? only : session.choose(wantedPlatform(platform))
}

function runJson({ version, images, root, reference, diagnostics }: SociRun): object {
  return {
    version,
    result: { digest: root.digest, size: root.size, reference },
    diagnostics: diagnosticsJson(diagnostics),
    images: images.map(({ image, index, layers }) => ({
      digest: image.descriptor.digest,
      index: { digest: index.digest, size: index.size },
      layers: layers.map(({ layer, ztoc, skipped }) => ({
        position: layer.position,
        digest: layer.blob.digest,
        size: layer.blob.size,
        ztoc: ztoc === undefined ? null : { digest: ztoc.descriptor.digest, size: ztoc.descriptor.size },
        ...(skipped !== undefined && { skipped }),
      })),
    })),
  }
}

function runText({ version, images, root, reference }: SociRun): string[] {
  const layers = images.flatMap(image => image.layers)
  const lines = layers.map(({ layer, ztoc, skipped }) => {
    const what = ztoc === undefined ? `left out: ${skipped ?? ''}` : `${formatSize(ztoc.descriptor.size)} of index`
    return `${String(layer.position + 1).padStart(3)}  ${formatSize(layer.blob.size).padStart(8)}  ${shortDigest(layer.blob.digest)}  ${escapeText(what)}`
  })
  const bytes = layers.reduce((sum, { ztoc }) => sum + (ztoc?.descriptor.size ?? 0), 0)
  return [
    ...lines,
    `SOCI index, version ${version}, ${formatSize(bytes)}, ${version === 1 ? 'attached in' : 'written to'} ${escapeText(reference)}`,
    root.digest,
  ]
}
