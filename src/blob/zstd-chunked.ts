import type { Descriptor } from './descriptor.ts'

/** The manifest's words for a zstd:chunked layer (containers/storage pkg/chunked/internal/compression.go). */
const CHECKSUM = 'io.containers.zstd-chunked.manifest-checksum'
const POSITION = 'io.containers.zstd-chunked.manifest-position'

/** Where the table of contents lies in the blob, and the digest of its bytes as they lie there, compressed. */
export type ChunkedToc = { readonly digest: string; readonly position: TocPosition | undefined }
export type TocPosition = { readonly offset: number; readonly length: number; readonly uncompressed: number }

/** Digest and position of a zstd:chunked layer's table of contents, from the manifest; without a position the blob's footer has it. */
export function chunkedToc({ annotations, size }: Descriptor): ChunkedToc | undefined {
  const digest = annotations?.[CHECKSUM]
  if (digest === undefined) return undefined
  const [, offset, length, uncompressed, type] =
    /^(\d{1,16}):(\d{1,16}):(\d{1,16}):(\d{1,3})$/.exec(annotations?.[POSITION] ?? '') ?? []
  return { digest, position: checked(Number(offset), Number(length), Number(uncompressed), Number(type), size) }
}

/** The footer, the content of the last (skippable) frame: offset, two lengths, type, in newer ones the same of the tar-split data. */
export const CHUNKED_FOOTER = 8 + 64
const FOOTERS = [64, 40]
const MAGIC = Buffer.from('GNUlInUx')

/** The table's position out of the end of a blob of `size` bytes. */
export function chunkedFooter(tail: Buffer, size: number): TocPosition | undefined {
  for (const length of FOOTERS) {
    const frame = tail.subarray(-8 - length)
    if (frame.length !== 8 + length || frame.readUInt32LE(0) >>> 4 !== 0x184d2a5 || frame.readUInt32LE(4) !== length) continue
    const footer = frame.subarray(8)
    if (!footer.subarray(-8).equals(MAGIC)) continue
    const [offset = 0, packed = 0, plain = 0, type = 0] = [0, 8, 16, 24].map(at => Number(footer.readBigUInt64LE(at)))
    return checked(offset, packed, plain, type, size)
  }
  return undefined
}

/** Type 1, the only one there is: entries as eStargz has them. */
function checked(offset: number, length: number, uncompressed: number, type: number, size: number): TocPosition | undefined {
  const fits = type === 1 && length > 0 && Number.isSafeInteger(offset) && offset + length <= size
  return fits ? { offset, length, uncompressed } : undefined
}
