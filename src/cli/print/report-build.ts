import type { BuildRun } from '../../session/make/build-run.ts'
import type { Context } from '../run/context.ts'
import { jsonText } from '../run/json-text.ts'
import { buildRows, buildText } from './build-text.ts'
import { diagnosticsJson } from './diagnostics-json.ts'
import { madeBody } from './made-json.ts'

/** Says what was built. A result on standard output is the image itself: then what is said goes to standard error. */
export async function reportBuild(context: Context, run: BuildRun, toOutput: boolean, doing: 'build' | 'repack'): Promise<void> {
  const output = toOutput ? context.error : context.output
  const { built, destination } = run
  if (context.json)
    await output.write(
      `${jsonText({ ...madeBody(built.root, destination, buildRows(run), built.changes), diagnostics: diagnosticsJson(run.diagnostics) }, 2)}\n`,
    )
  else if (!toOutput || !context.common().quiet) await output.writeLines(buildText(run))
  if (!built.changed) {
    const base = doing === 'build' ? 'base' : 'image'
    await context.error.write(`peel: Nothing to ${doing}: the result is the ${base}, unchanged.\n`)
  }
  await context.warn(run.diagnostics)
}
