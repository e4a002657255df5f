import { formatPatch, structuredPatch } from 'diff'

/** Changed lines beyond this are not looked for: such files have nothing in common that a person could read. */
const EDIT_LIMIT = 5000
const CONTEXT = 3

/** Lines of a unified diff of two texts, the heads first; undefined where they differ too much. A side that is not there is /dev/null. */
export function unifiedDiff(
  before: { readonly path: string; readonly text: string } | undefined,
  after: { readonly path: string; readonly text: string } | undefined,
): readonly string[] | undefined {
  const patch = structuredPatch(
    before === undefined ? '/dev/null' : `a/${before.path}`,
    after === undefined ? '/dev/null' : `b/${after.path}`,
    before?.text ?? '',
    after?.text ?? '',
    undefined,
    undefined,
    { context: CONTEXT, maxEditLength: EDIT_LIMIT },
  )
  if (patch === undefined) return undefined
  // The first lines are an "Index:" and a rule that git does not write.
  const lines = formatPatch(patch).replace(/\n$/, '').split('\n')
  return lines.slice(lines.findIndex(line => line.startsWith('--- ')))
}
