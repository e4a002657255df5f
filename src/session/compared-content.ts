import type { TreeRows } from '../compare/tree-rows.ts'
import { ImageError } from '../error.ts'
import { displayPath, typedPath } from '../layer/file-path.ts'
import { resolvePath } from '../overlay/resolve.ts'
import type { TreeNode } from '../overlay/tree.ts'
import type { AskedSide, ReadSide } from './compared-pair.ts'
import { typedReadings } from './typed-path.ts'

/** Larger files are not held: only where they first differ is found. */
const MOST_HELD = 32 * 1024 * 1024

/** One file of two images. A side that has none is undefined. */
export type ComparedFile = { readonly before: TreeNode | undefined; readonly after: TreeNode | undefined }

/** The difference of two contents. */
export type ComparedContent = {
  /** Both contents; undefined where one is too large to be held. A side without a file is empty. */
  readonly bytes: { readonly before: Buffer; readonly after: Buffer } | undefined
  /** Offset of the first byte that differs; undefined where none does. */
  readonly firstDifference: number | undefined
  /** The bytes of both from there on, 16 at most. */
  readonly excerpt: { readonly before: Buffer; readonly after: Buffer }
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

/** Reads both contents, as far as it takes. @throws ImageError as `LayerAccess.content` */
export async function compareContents(one: Side, other: Side, { before, after }: ComparedFile): Promise<ComparedContent> {
  const [left, right] = [contentOf(one, before), contentOf(other, after)]
  if (Math.max(before?.size ?? 0, after?.size ?? 0) > MOST_HELD) return await firstDifferenceOf(left, right)
  const bytes = { before: await gathered(left), after: await gathered(right) }
  const at = differenceOf(bytes.before, bytes.after)
  const from = (all: Buffer) => (at === undefined ? all.subarray(0, 0) : all.subarray(at, at + EXCERPT))
  return { bytes, firstDifference: at, excerpt: { before: from(bytes.before), after: from(bytes.after) } }
}

const EXCERPT = 16

async function* contentOf({ chosen, merged }: Side, node: TreeNode | undefined): AsyncGenerator<Uint8Array> {
  if (node?.type !== 'file' || node.content === undefined) return
  yield* chosen.layers.content(merged?.readings[node.content.layer], node.content)
}

async function gathered(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of bytes) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces)
}

function differenceOf(a: Buffer, b: Buffer): number | undefined {
  const shorter = Math.min(a.length, b.length)
  for (let index = 0; index < shorter; index++) if (a[index] !== b[index]) return index
  return a.length === b.length ? undefined : shorter
}

/** Both contents side by side, a few pieces of each in memory. */
async function firstDifferenceOf(left: AsyncIterable<Uint8Array>, right: AsyncIterable<Uint8Array>): Promise<ComparedContent> {
  const [mine, theirs] = [new Held(left), new Held(right)]
  try {
    for (let offset = 0; ; ) {
      await Promise.all([mine.fill(), theirs.fill()])
      const length = Math.min(mine.bytes.length, theirs.bytes.length)
      const at = differenceOf(mine.bytes.subarray(0, length), theirs.bytes.subarray(0, length))
      if (at === undefined && length > 0) {
        mine.drop(length)
        theirs.drop(length)
        offset += length
        continue
      }
      const isSame = at === undefined && mine.bytes.length === theirs.bytes.length
      mine.drop(at ?? 0)
      theirs.drop(at ?? 0)
      await Promise.all([mine.fill(), theirs.fill()])
      const excerpt = { before: mine.bytes.subarray(0, EXCERPT), after: theirs.bytes.subarray(0, EXCERPT) }
      return { bytes: undefined, firstDifference: isSame ? undefined : offset + (at ?? 0), excerpt }
    }
  } finally {
    await Promise.all([mine.close(), theirs.close()])
  }
}

/** The next bytes of a content. */
class Held {
  bytes = Buffer.alloc(0)
  readonly #source: AsyncIterator<Uint8Array>

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Holds an excerpt's worth of bytes, unless the content ends before. */
  async fill(): Promise<void> {
    while (this.bytes.length < EXCERPT) {
      const next = await this.#source.next()
      if (next.done === true) return
      this.bytes = Buffer.concat([this.bytes, next.value])
    }
  }

  drop(length: number): void {
    this.bytes = this.bytes.subarray(length)
  }

  async close(): Promise<void> {
    await this.#source.return?.(undefined)
  }
}
