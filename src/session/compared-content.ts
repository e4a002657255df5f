import type { ContentFact } from '../compare/content/content-facts.ts'
import { differenceOf, EXCERPT, type FirstDifference, firstDifference } from '../compare/content/first-difference.ts'
import type { LineEdits } from '../compare/content/line-edits.ts'
import { textEdits } from '../compare/content/text-edits.ts'
import type { ContentLooker } from '../compare/look-into.ts'
import type { TreeRows } from '../compare/tree-rows.ts'
import { ImageError } from '../error.ts'
import { displayPath, typedPath } from '../layer/file-path.ts'
import { inTurns } from '../overlay/in-slices.ts'
import { resolvePath } from '../overlay/resolve.ts'
import type { TreeNode } from '../overlay/tree.ts'
import type { AskedSide, ReadSide } from './compared-pair.ts'
import { typedReadings } from './typed-path.ts'

/** Larger files are not held: only where they first differ is found. */
const MOST_HELD = 32 * 1024 * 1024

/** One file of two images. A side that has none is undefined. */
export type ComparedFile = { readonly before: TreeNode | undefined; readonly after: TreeNode | undefined }

/** The difference of two contents; a side without a file is empty. */
export type ComparedContent = FirstDifference & {
  /** One is too large to be held: nothing is known but where they first differ. */
  readonly isLarge: boolean
  /** Parts that differ, of formats that have some. */
  readonly facts: readonly ContentFact[]
  /** Lines that differ; undefined of what is no text, and of texts that differ too much. */
  readonly edits: LineEdits | undefined
}

type Side = AskedSide & ReadSide

/**
 * The file that a typed path means on both sides; a moved one is found by either of its paths. Symlinks on the way are followed, the
 * last one is meant itself. @throws ImageError `PATH_NOT_FOUND`, `CONTENT_NOT_A_FILE` for a directory
 */
export function findComparedFile(rows: TreeRows | undefined, one: Side, other: Side, typed: string): ComparedFile {
  let [before, after] = [find(one, typed), find(other, typed)]
  if (before === undefined || after === undefined) ({ before, after } = movedFile(rows, before, after))
  const path = displayPath(typedPath(typed))
  if (before === undefined && after === undefined) {
    throw new ImageError('PATH_NOT_FOUND', `Cannot find "${path}": neither image has such a file`, {
      hint: 'Paths begin at the root of the image; "peel diff A B --files" lists all that differ.',
    })
  }
  if ([before, after].some(node => node?.type === 'directory')) {
    throw new ImageError('CONTENT_NOT_A_FILE', `Cannot compare the content of "${path}": it is a directory`, {
      hint: `Write "peel diff A B -- ${path}" for what differs below it.`,
    })
  }
  return { before, after }
}

function find({ snapshot }: Side, typed: string): TreeNode | undefined {
  if (snapshot === undefined) return undefined
  for (const path of typedReadings(typed)) {
    const found = resolvePath(snapshot, path, { keepLast: true })
    if (found !== undefined) return found
  }
  return undefined
}

function movedFile(rows: TreeRows | undefined, before: TreeNode | undefined, after: TreeNode | undefined): ComparedFile {
  for (let row = 0; row < (rows?.length ?? 0); row++) {
    if (rows?.change(row) !== 'moved') continue
    if (after !== undefined && rows.after(row) === after.id) return { before: rows.nodeBefore(row), after }
    if (before !== undefined && rows.before(row) === before.id) return { before, after: rows.nodeAfter(row) }
  }
  return { before, after }
}

/** Reads and compares both contents, as far as it takes. @throws ImageError as `LayerAccess.content` and `ContentLooker` */
export async function compareContents(
  one: Side,
  other: Side,
  { before, after }: ComparedFile,
  looker: ContentLooker,
  signal: AbortSignal,
): Promise<ComparedContent> {
  const [left, right] = [contentOf(one, before), contentOf(other, after)]
  if (Math.max(before?.size ?? 0, after?.size ?? 0) > MOST_HELD) {
    return { isLarge: true, facts: [], edits: undefined, ...(await firstDifference(left, right)) }
  }
  const bytes = { before: await gathered(left), after: await gathered(right) }
  const at = differenceOf(bytes.before, bytes.after)
  const from = (all: Buffer) => (at === undefined ? all.subarray(0, 0) : all.subarray(at, at + EXCERPT))
  const first = { isLarge: false, at, excerpt: { before: from(bytes.before), after: from(bytes.after) } }
  if (at === undefined) return { ...first, facts: [], edits: undefined }
  const facts = before && after ? await looker.parts(bytes.before, bytes.after) : []
  return { ...first, facts, edits: await inTurns(textEdits(bytes.before, bytes.after), signal) }
}

async function* contentOf({ chosen, merged }: Side, node: TreeNode | undefined): AsyncGenerator<Uint8Array> {
  if (node?.type !== 'file' || node.content === undefined) return
  yield* chosen.layers.content(merged?.readings[node.content.layer], node.content)
}

async function gathered(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of bytes) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces)
}
