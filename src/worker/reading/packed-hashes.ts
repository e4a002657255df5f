import { type Changeset, HASH_BYTES, type NumberColumn } from '../../layer/changeset.ts'
import { pages } from '../../layer/pages.ts'

/** Hashes without those that most entries share; no rows where each entry has its own all the same. */
export type PackedHashes = { readonly contentHashes: Uint8Array; readonly hashRows: NumberColumn }

/** Bytes of a row's number before it is narrowed. */
const ROW_BYTES = 4

/** The hashes with one row for all entries without content and one for all empty files. */
export function packedHashes({ length, contentHashes, hashRows }: Changeset): PackedHashes {
  if (hashRows !== undefined) return { contentHashes, hashRows }
  const plain = Buffer.from(contentHashes.buffer, contentHashes.byteOffset, contentHashes.byteLength)
  const rows = new Uint32Array(pages(length * ROW_BYTES))
  let count: number = SHARED.length
  for (let index = 0; index < length; index++) {
    const shared = sharedRow(plain, index)
    rows[index] = shared === -1 ? count++ : shared
  }
  if (count * HASH_BYTES + length * ROW_BYTES >= plain.length) return { contentHashes, hashRows: new Uint8Array(0) }
  const packed = Buffer.from(pages(count * HASH_BYTES))
  for (const [row, hash] of SHARED.entries()) hash.copy(packed, row * HASH_BYTES)
  // Neighbours with hashes of their own are neighbours here, too: copied together.
  for (let start = 0, end = 0; start < length; start = end) {
    const row = rows[start] ?? 0
    for (end = start + 1; end < length && rows[end] === row + end - start; ) end++
    if (row >= SHARED.length) plain.copy(packed, row * HASH_BYTES, start * HASH_BYTES, end * HASH_BYTES)
    else end = start + 1
  }
  return { contentHashes: packed, hashRows: rows }
}

/** No content; nothing, as empty files have it. */
const SHARED = [
  Buffer.alloc(HASH_BYTES),
  Buffer.from('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', 'hex'),
] as const

/** The shared row of a hash, or -1; the first byte tells for nearly all of them. */
function sharedRow(plain: Buffer, index: number): number {
  const at = index * HASH_BYTES
  const row = plain[at] === SHARED[0][0] ? 0 : plain[at] === SHARED[1][0] ? 1 : -1
  if (row === -1) return -1
  return SHARED[row]?.compare(plain, at, at + HASH_BYTES) === 0 ? row : -1
}
