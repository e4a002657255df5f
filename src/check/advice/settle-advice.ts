import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type Edit, removedPath } from '../../rebuild/edit.ts'
import type { Advice, Measure, Together, UnmeasuredAdvice } from '../advice.ts'
import { mergedEdits } from '../fixes.ts'

/** Dry runs an image: each writes the layers it changes. */
const MOST_RUNS = 12

/** Below that, merging costs more than it saves (advice.md §0). */
const WORTH_MERGING = { share: 0.01, bytes: 256_000 }

/**
 * Measures what can be measured: a dry run for each advice that peel can carry out, then one of all chosen ones, whose bytes are what is
 * promised; savings of advice that overlaps are never added. Sorted by what is saved.
 */
export async function settleAdvice(
  candidates: readonly UnmeasuredAdvice[],
  image: { readonly reference: string; readonly compressed: number },
  measure: Measure,
): Promise<{ readonly advice: readonly Advice[]; readonly together: Together }> {
  const measured = new Map<UnmeasuredAdvice, number>()
  const runs = candidates.filter(({ edits }) => edits.length > 0).toSorted((a, b) => (b.content ?? 0) - (a.content ?? 0))
  for (const candidate of runs.slice(0, MOST_RUNS))
    measured.set(candidate, (await measure(mergedEdits(candidate.edits))).compressed)
  const chosen = candidates.filter(({ chosen: isChosen, edits }) => isChosen && edits.length > 0)
  const edits = mergedEdits(chosen.flatMap(candidate => candidate.edits))
  const together = {
    content: chosen.reduce((sum, { content }) => sum + (content ?? 0), 0),
    compressed: edits.length === 0 ? 0 : (await measure(edits)).compressed,
  }
  const advice = candidates.flatMap(candidate => settled(candidate, measured.get(candidate), image))
  return { advice: advice.toSorted((a, b) => worth(b) - worth(a)), together }
}

function settled(
  candidate: UnmeasuredAdvice,
  compressed: number | undefined,
  image: { readonly reference: string; readonly compressed: number },
): readonly Advice[] {
  const { content, edits, chosen: _, compressed: known = null, ...rest } = candidate
  // Advice that was not tried in this run has its content bytes, and those alone.
  const proof = rest.proof === 'dry-run' && compressed === undefined ? (content === null ? null : 'ledger') : rest.proof
  const saves = { content, compressed: rest.proof === 'dry-run' ? (compressed ?? null) : known }
  const command = edits.length === 0 ? null : commandFor(edits, image.reference)
  if (rest.id === 'A10' && (compressed ?? 0) < image.compressed * WORTH_MERGING.share) return []
  if (rest.id !== 'A3' || compressed === undefined) return [{ ...rest, proof, saves, command }]
  const isWorth = compressed >= Math.max(image.compressed * WORTH_MERGING.share, WORTH_MERGING.bytes)
  const title = isWorth
    ? `${rest.title}: ${formatSize(compressed)} less to pull`
    : `${rest.title} saves ${formatSize(Math.max(0, compressed))}: leave them`
  return [{ ...rest, title, proof, saves, command: isWorth ? command : null }]
}

function worth({ saves, proof }: Advice): number {
  return proof === null ? -1 : (saves.compressed ?? (saves.content ?? 0) / 3)
}

/** The command line that does the same; layers are counted from 1 there. */
function commandFor(edits: readonly Edit[], reference: string): string {
  const options = mergedEdits(edits).flatMap(edit => {
    if (edit.type === 'squash') return [`--layers ${(edit.from ?? 0) + 1}..${(edit.to ?? 0) + 1}`]
    const path = removedPath(edit)
    if (path !== undefined) return [`--remove ${shellWord(`/${displayPath(path)}`)}`]
    return edit.type === 'compress' ? ['--compress zstd'] : []
  })
  const command = edits.some(({ type }) => type === 'compress') ? 'copy' : 'squash'
  return `peel ${command} ${shellWord(reference)} DEST ${options.join(' ')}`
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
