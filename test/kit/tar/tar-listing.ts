import { createHash, type Hash } from 'node:crypto'
import type { TarEntry } from '../../../src/blob/tar-member.ts'
import { TarReader } from '../../../src/blob/tar-reader.ts'
import type { Diagnostic } from '../../../src/error.ts'

export type ListedEntry = TarEntry & {
  /** Stored bytes. */
  readonly content: Buffer
  readonly complete: boolean
}

/** Everything a reader tells about an archive, read in pieces of `step` bytes. */
export function listTar(archive: Buffer, step = archive.length, options: { keepRaw?: boolean } = {}) {
  const entries: ListedEntry[] = []
  const diagnostics: Diagnostic[] = []
  let current: TarEntry | undefined
  let chunks: Buffer[] = []
  const reader = new TarReader(
    {
      entry(entry) {
        current = entry
        chunks = []
      },
      data: bytes => void chunks.push(Buffer.from(bytes)),
      end(complete) {
        if (current !== undefined) entries.push({ ...current, content: Buffer.concat(chunks), complete })
      },
      diagnostic: each => void diagnostics.push(each),
    },
    options,
  )
  for (let at = 0; at < archive.length; at += step) reader.push(archive.subarray(at, at + step))
  reader.finish()
  return { entries, diagnostics, codes: diagnostics.map(({ code }) => code), failed: reader.failed }
}

/** The content of a member as a reader of the file sees it, holes as zeros; at most `limit` bytes. */
export function* expandedContent(entry: ListedEntry, limit = Number.POSITIVE_INFINITY): Generator<Buffer> {
  const runs = entry.sparse ?? [[0, entry.content.length] as const]
  let [at, stored] = [0, 0]
  for (const [offset, length] of [...runs, [entry.sparse === undefined ? entry.content.length : entry.size, 0] as const]) {
    for (; at < Math.min(offset, limit); at += Math.min(1 << 20, Math.min(offset, limit) - at)) {
      yield Buffer.alloc(Math.min(1 << 20, Math.min(offset, limit) - at))
    }
    const piece = entry.content.subarray(stored, stored + Math.min(length, Math.max(0, limit - at)))
    yield piece
    stored += length
    at += piece.length
  }
}

export function hashOf(pieces: Iterable<Buffer>): string {
  const hash: Hash = createHash('sha256')
  for (const piece of pieces) hash.update(piece)
  return hash.digest('hex')
}
