import { maskOf } from '../compare/change-class.ts'
import { explainNoise, mayBeNoise, noiseOfPath } from '../compare/noise/explain-noise.ts'
import type { TreeRows } from '../compare/tree-rows.ts'
import { inTurns } from '../overlay/in-slices.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { TreeNode } from '../overlay/tree.ts'
import type { AskedSide, ReadSide } from './compared-pair.ts'

/** Contents that are read for it, of both sides together: a comparison is to be quick. Files beyond keep the class `content`. */
const MOST_BYTES = 64 * 1024 * 1024
const MOST_FILES = 4000

const CONTENT = maskOf('content')

type Candidate = { readonly row: number; readonly before: TreeNode; readonly after: TreeNode }

/**
 * Finds the rows whose content differs by known noise only, and gives them that class in place of `content`. Only files are read that
 * their names and sizes make candidates, each layer in one pass. @throws ImageError as `LayerAccess.contents`
 */
export async function explainRows(
  rows: TreeRows,
  one: AskedSide & Pick<ReadSide, 'merged'>,
  other: AskedSide & Pick<ReadSide, 'merged'>,
  signal: AbortSignal,
): Promise<void> {
  const candidates = await inTurns(candidatesOf(rows), signal)
  if (candidates.length === 0) return
  const befores = await contentsOf(
    one,
    candidates.map(({ before }) => before),
  )
  const afters = await contentsOf(
    other,
    candidates.map(({ after }) => after),
  )
  for (const { row, before, after } of candidates) {
    const [mine, theirs] = [befores.get(keyOf(before)), afters.get(keyOf(after))]
    const noise = mine && theirs && explainNoise(after.path, mine, theirs)
    if (noise !== undefined) rows.explain(row, noise)
  }
}

function* candidatesOf(rows: TreeRows): Steps<readonly Candidate[]> {
  const candidates: Candidate[] = []
  let bytes = 0
  for (let row = 0; row < rows.length; row++) {
    if (row % STEP === 0) yield
    if ((rows.mask(row) & CONTENT) === 0) continue
    const [before, after] = [rows.nodeBefore(row), rows.nodeAfter(row)]
    if (before === undefined || after === undefined) continue
    const noise = noiseOfPath(after.path)
    if (noise !== undefined) rows.explain(row, noise)
    else if (mayBeNoise(after.path, before.size, after.size) && candidates.length < MOST_FILES) {
      bytes += before.size + after.size
      if (bytes > MOST_BYTES) break
      candidates.push({ row, before, after })
    }
  }
  return candidates
}

async function contentsOf(
  { chosen, merged }: AskedSide & Pick<ReadSide, 'merged'>,
  files: readonly TreeNode[],
): Promise<ReadonlyMap<string, Buffer>> {
  const contents = new Map<string, Buffer>()
  for await (const [file, bytes] of chosen.layers.contents(merged?.readings ?? [], files)) {
    const pieces: Uint8Array[] = []
    // Pieces may be views of a buffer that is used again.
    for await (const piece of bytes) pieces.push(Uint8Array.from(piece))
    contents.set(keyOf(file), Buffer.concat(pieces))
  }
  return contents
}

/** Names of one inode have one content. */
function keyOf({ content }: TreeNode): string {
  return `${content?.layer} ${content?.entry}`
}
