/**
 * The bytes of a file or a blob as far as they have been read: stretches at their offsets. Small ones are read whole,
 * large ones page by page; pages that were not looked at for long are forgotten.
 */
export type ContentBytes = {
  readonly size: number
  /** Ordered by when they were used last, oldest first. Stretches do not overlap unless they were read twice. */
  readonly parts: readonly Part[]
}

type Part = { readonly offset: number; readonly bytes: Uint8Array }

/** A file up to this size is read in one go. */
export const WHOLE_BYTES = 4 * 1024 * 1024
/** Bytes of a larger content that are read at a time. */
export const PAGE_BYTES = 256 * 1024
/** Pages remembered: 16 MiB. */
const PAGES_KEPT = 64

export function noBytes(size: number): ContentBytes {
  return { size, parts: [] }
}

/** The range to read so that `offset` is there. */
export function pageAt(size: number, offset: number): { readonly offset: number; readonly length: number } {
  if (size <= WHOLE_BYTES) return { offset: 0, length: size }
  const start = Math.floor(offset / PAGE_BYTES) * PAGE_BYTES
  return { offset: start, length: Math.min(PAGE_BYTES, size - start) }
}

export function withPart(content: ContentBytes, offset: number, bytes: Uint8Array): ContentBytes {
  const others = content.parts.filter(part => part.offset !== offset)
  return { ...content, parts: [...others.slice(1 - PAGES_KEPT), { offset, bytes }] }
}

/** Whether all of `from` until `to` is there; else the first offset that is missing. */
export function missingIn({ parts, size }: ContentBytes, from: number, to: number): number | undefined {
  const end = Math.min(to, size)
  let at = from
  while (at < end) {
    const here = at
    const part = parts.find(({ offset, bytes }) => offset <= here && here < offset + bytes.length)
    if (part === undefined) return at
    at = part.offset + part.bytes.length
  }
  return undefined
}

/** The bytes from `from` until `to`; undefined when some of them are missing. */
export function bytesIn(content: ContentBytes, from: number, to: number): Uint8Array | undefined {
  const end = Math.min(to, content.size)
  if (from >= end) return new Uint8Array(0)
  if (missingIn(content, from, end) !== undefined) return undefined
  const pieces: Uint8Array[] = []
  for (let at = from; at < end; ) {
    const here = at
    const part = content.parts.find(({ offset, bytes }) => offset <= here && here < offset + bytes.length)
    if (part === undefined) return undefined
    const stop = Math.min(end, part.offset + part.bytes.length)
    pieces.push(part.bytes.subarray(at - part.offset, stop - part.offset))
    at = stop
  }
  const [only] = pieces
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
}
