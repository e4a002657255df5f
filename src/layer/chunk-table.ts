/**
 * Where a compressed layer has the contents of its files, as its table of contents says: columns, an element a chunk; the chunks
 * of entry `i` are those from `first[i]` up to `first[i + 1]`, in the order of the file. A chunk's bytes begin `inner` bytes into
 * what inflates from `offset` on: the start of a gzip member or zstd frame.
 */
export type ChunkTable = {
  readonly first: Uint32Array
  /** In the blob, where inflating starts. */
  readonly offsets: Float64Array
  /** In the blob, before which the chunk ends. */
  readonly ends: Float64Array
  readonly inner: Float64Array
  /** In the file. */
  readonly starts: Float64Array
  readonly sizes: Float64Array
  /** sha256 of the chunk, 32 bytes each, zeros where it has none. */
  readonly digests: Uint8Array
}

/** One chunk of a file, as values. */
export type Chunk = {
  readonly offset: number
  readonly end: number
  readonly inner: number
  readonly start: number
  readonly size: number
  /** Hex. */
  readonly sha256: string | undefined
}

export function chunksOf(table: ChunkTable, entry: number): readonly Chunk[] {
  const chunks: Chunk[] = []
  for (let index = table.first[entry] ?? 0; index < (table.first[entry + 1] ?? 0); index++) {
    const digest = Buffer.from(table.digests.buffer, table.digests.byteOffset + index * 32, 32)
    chunks.push({
      offset: table.offsets[index] ?? 0,
      end: table.ends[index] ?? 0,
      inner: table.inner[index] ?? 0,
      start: table.starts[index] ?? 0,
      size: table.sizes[index] ?? 0,
      sha256: digest.every(byte => byte === 0) ? undefined : digest.toString('hex'),
    })
  }
  return chunks
}

/** The fields of one chunk in a table of contents. */
export type ClaimedChunk = Pick<Chunk, 'offset' | 'inner' | 'start'> & {
  /** Undefined: up to the next chunk, or the end of the file. */
  readonly size: number | undefined
  readonly digest: Buffer | undefined
}

/** Collects the chunks of a layer's entries. */
export class ChunkTableBuilder {
  readonly #first: number[] = [0]
  readonly #chunks: { readonly claimed: ClaimedChunk; readonly size: number }[] = []

  /**
   * The chunks of entry number `entry`; entries between it and the last one have none. A file whose chunks do not cover it from
   * its start to its end, in order, has none either: its content is not read by them.
   */
  add(entry: number, size: number, claimed: readonly ClaimedChunk[]): void {
    while (this.#first.length <= entry) this.#first.push(this.#chunks.length)
    const sized = claimed.map((chunk, index) => ({ claimed: chunk, size: (claimed[index + 1]?.start ?? size) - chunk.start }))
    if (covers(sized)) this.#chunks.push(...sized)
    this.#first.push(this.#chunks.length)
  }

  /** `entries` of them; `end`: where the last file's chunks end in the blob at the latest. */
  finish(entries: number, end: number): ChunkTable {
    while (this.#first.length <= entries) this.#first.push(this.#chunks.length)
    const offsets = Float64Array.from(this.#chunks, ({ claimed }) => claimed.offset)
    const digests = new Uint8Array(this.#chunks.length * 32)
    for (const [index, { claimed }] of this.#chunks.entries())
      if (claimed.digest !== undefined) digests.set(claimed.digest, index * 32)
    return {
      first: Uint32Array.from(this.#first),
      offsets,
      ends: endsOf(offsets, end),
      inner: Float64Array.from(this.#chunks, ({ claimed }) => claimed.inner),
      starts: Float64Array.from(this.#chunks, ({ claimed }) => claimed.start),
      sizes: Float64Array.from(this.#chunks, ({ size }) => size),
      digests,
    }
  }
}

function covers(chunks: readonly { readonly claimed: ClaimedChunk; readonly size: number }[]): boolean {
  return chunks.every(({ claimed, size }, index) => {
    const before = chunks[index - 1]?.claimed
    if (size <= 0 || (claimed.size !== undefined && claimed.size !== size)) return false
    if (before === undefined) return claimed.start === 0
    return claimed.offset === before.offset ? claimed.inner > before.inner : claimed.offset > before.offset
  })
}

/** Data that starts at an offset ends before the next greater one of any file. */
function endsOf(offsets: Float64Array, end: number): Float64Array {
  const sorted = offsets.toSorted()
  return offsets.map(offset => {
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((sorted[middle] ?? 0) > offset) high = middle
      else low = middle + 1
    }
    return sorted[low] ?? Math.max(end, offset)
  })
}
