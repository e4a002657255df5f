import { inTurns } from '../overlay/in-slices.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { TreeNode } from '../overlay/tree.ts'
import { maskOf } from './change-class.ts'
import type { ContentLooker } from './look-into.ts'
import { mayBeNoise, noiseOfPath } from './noise/explain-noise.ts'
import type { TreeRows } from './tree-rows.ts'

/** Contents that are read for it, of both sides together: a comparison is to be quick. Files beyond keep the class `content`. */
const MOST_BYTES = 64 * 1024 * 1024
const MOST_FILES = 4000

const CONTENT = maskOf('content')

type Candidate = { readonly row: number; readonly before: TreeNode; readonly after: TreeNode }

/** Reads the contents of files of one side, each layer in one pass; files that cannot be had without fetching may be left out. */
export type ReadFiles = (files: readonly TreeNode[]) => AsyncIterable<readonly [file: TreeNode, bytes: AsyncIterable<Uint8Array>]>

/**
 * Finds the rows whose content differs by known noise only, and gives them that class in place of `content`. Only files are read that
 * their names and sizes make candidates; contents that cannot be taken apart are no noise. @throws the signal's reason, and what `read` throws
 */
export async function explainRows(
  rows: TreeRows,
  read: { readonly before: ReadFiles; readonly after: ReadFiles },
  looker: ContentLooker,
  signal: AbortSignal,
): Promise<void> {
  const candidates = await inTurns(candidatesOf(rows), signal)
  if (candidates.length === 0) return
  const befores = await contentsOf(
    read.before,
    candidates.map(({ before }) => before),
  )
  const afters = await contentsOf(
    read.after,
    candidates.map(({ after }) => after),
  )
  for (const { row, before, after } of candidates) {
    const [mine, theirs] = [befores.get(keyOf(before)), afters.get(keyOf(after))]
    const noise = mine && theirs && (await looker.noise(after.path, mine, theirs).catch(() => undefined))
    signal.throwIfAborted()
    if (noise !== undefined) rows.explain(row, noise)
  }
}

function* candidatesOf(rows: TreeRows): Steps<readonly Candidate[]> {
  const candidates: Candidate[] = []
  let left = MOST_BYTES
  for (let row = 0; row < rows.length; row++) {
    if (row % STEP === 0) yield
    if ((rows.mask(row) & CONTENT) === 0) continue
    const [before, after] = [rows.nodeBefore(row), rows.nodeAfter(row)]
    if (before === undefined || after === undefined) continue
    const noise = noiseOfPath(after.path)
    if (noise !== undefined) rows.explain(row, noise)
    else if (mayBeNoise(after.path, before.size, after.size) && candidates.length < MOST_FILES) {
      const bytes = before.size + after.size
      if (bytes > left) continue
      left -= bytes
      candidates.push({ row, before, after })
    }
  }
  return candidates
}

type Contents = ReadonlyMap<string, Buffer>

async function contentsOf(read: ReadFiles, files: readonly TreeNode[]): Promise<Contents> {
  const contents = new Map<string, Buffer>()
  for await (const [file, bytes] of read(files)) {
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
