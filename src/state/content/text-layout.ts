import { bytesIn, type ContentBytes } from '../../list/content-bytes.ts'
import { scanRows, startRows, type TextRows } from '../../list/text-rows.ts'
import type { Content, ContentSource } from '../model/content.ts'

/** Widths whose rows are kept of one content. */
const MOST_WIDTHS = 4

/**
 * The rows found so far, by the content and the width they were wrapped at, so that a page is looked at once. A memory beside the
 * state: it goes with the content.
 */
const kept = new WeakMap<ContentSource, Map<number | undefined, TextRows>>()

/** As many rows of a content's text as the bytes that are there allow, wrapped at `width` cells or not at all. */
export function layOut({ source, bytes, detected }: Content, width: number | undefined): TextRows {
  const { encoding, mark } = detected ?? { encoding: 'utf-8', mark: 0 }
  const known = kept.get(source) ?? new Map<number | undefined, TextRows>()
  let rows = known.get(width) ?? startRows(encoding, mark, width)
  while (rows.scanned < bytes.size) {
    const page = longestFrom(bytes, rows.scanned)
    if (page === undefined) break
    const last = rows.scanned + page.length >= bytes.size
    const next = scanRows(rows, page, last)
    if (next.scanned === rows.scanned) break
    rows = next
  }
  if (known.size > MOST_WIDTHS) known.clear()
  // Before there are bytes the encoding is not known: nothing is kept then.
  if (rows.scanned > 0) kept.set(source, known.set(width, rows))
  return rows
}

/** The bytes at `offset` as far as they are there without a gap, some more than a page. */
function longestFrom(bytes: ContentBytes, offset: number): Uint8Array | undefined {
  const part = bytes.parts.find(each => each.offset <= offset && offset < each.offset + each.bytes.length)
  if (part === undefined) return undefined
  const end = part.offset + part.bytes.length
  // A character may be cut at the end of the page: some bytes of the next one, where they are there.
  return bytesIn(bytes, offset, end + 8) ?? bytesIn(bytes, offset, end)
}
