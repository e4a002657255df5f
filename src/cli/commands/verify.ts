import type { Command } from 'commander'
import type { Diagnostic } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { withSession } from '../../session/opened-image.ts'
import { wantedPlatform } from '../../session/session.ts'
import { type Verified, verifyImages } from '../../session/verify-image.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { createProgress } from '../run/progress.ts'
import { typed } from '../run/typed-command.ts'

export function define(command: Command, context: Context): void {
  typed(command)
    .argument('<image>', 'the image; all platforms of it unless --platform names one')
    .option('--json', 'as one JSON object')
    .addHelpText('after', '\nEnds with status 1 when something is wrong. Nothing is taken from a cache.')
    .action(reference =>
      withSession({ ...context.asking(), cache: false }, reference, async session => {
        const platform = wantedPlatform(context.common().platform)
        const progress = createProgress(context, 'verifying')
        const verified = await verifyImages(session, {
          signal: context.signal,
          onProgress: progress.update,
          ...(platform !== undefined && { only: session.choose(platform) }),
        }).finally(progress.end)
        await report(context, verified)
      }),
    )
}

async function report(context: Context, { problems, blobs, bytes }: Verified): Promise<void> {
  const ok = problems.every(({ severity }) => severity !== 'error')
  if (!ok) context.status = 1
  if (context.json) {
    await context.output.write(`${jsonText({ ok, problems: problems.map(problemJson) }, 2)}\n`)
    return
  }
  const paint = context.paint()
  const { verbose } = context.common()
  const shown = problems.filter(({ severity }) => severity !== 'info' || verbose)
  const lines = shown.map(({ code, severity, message, layer }) => {
    const where = layer === undefined ? '' : `layer ${layer + 1}: `
    return `${paint(severity === 'error' ? 'red' : 'yellow', severity.padEnd(7))}  ${code}  ${where}${escapeText(message)}`
  })
  const verdict = ok ? paint('green', 'ok') : paint('red', 'not ok')
  await context.output.writeLines([...lines, `${verdict}: ${blobs} ${blobs === 1 ? 'blob' : 'blobs'}, ${formatSize(bytes)} read`])
}

/** A problem as cli.md has it: what is not known is null. */
function problemJson({ code, severity, message, digest, layer }: Diagnostic): object {
  return { code, severity, message, digest: digest ?? null, layer: layer ?? null }
}
