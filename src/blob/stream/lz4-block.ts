const [MORE, LEAST_MATCH] = [15, 4]

/**
 * Unpacks one LZ4 block (github.com/lz4/lz4, doc/lz4_Block_format.md) of at most `limit` bytes; undefined where it is damaged or holds
 * more; `cut` takes the first `limit` bytes of one that does.
 */
export function unpackLz4(block: Uint8Array, limit: number, { cut = false } = {}): Buffer | undefined {
  const out = Buffer.alloc(limit)
  let [at, size] = [0, 0]
  /** A length of four bits goes on in further bytes while they are 255. */
  const length = (short: number): number => {
    let total = short
    for (let more = short === MORE ? 255 : 0; more === 255; total += more) {
      const next = block[at++]
      if (next === undefined) return Number.POSITIVE_INFINITY
      more = next
    }
    return total
  }
  const fitting = (count: number) => (cut && Number.isFinite(count) ? Math.min(count, limit - size) : count)
  while (at < block.length) {
    const token = block[at++] ?? 0
    const literals = fitting(length(token >> 4))
    if (literals > block.length - at || literals > limit - size) return undefined
    out.set(block.subarray(at, at + literals), size)
    at += literals
    size += literals
    if (at === block.length || (cut && size === limit)) break
    const distance = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8)
    at += 2
    const match = fitting(length(token & MORE) + LEAST_MATCH)
    if (at > block.length || distance === 0 || distance > size || match > limit - size) return undefined
    copyWithin(out, size, distance, match)
    size += match
  }
  return out.subarray(0, size)
}

/** Bytes that were just written may be among those that are copied. */
function copyWithin(out: Buffer, at: number, distance: number, count: number): void {
  if (distance >= count) out.copyWithin(at, at - distance, at - distance + count)
  else for (let index = at; index < at + count; index++) out[index] = out[index - distance] ?? 0
}
