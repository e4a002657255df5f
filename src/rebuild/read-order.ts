import { at, type Changeset } from '../layer/changeset.ts'
import type { Member } from './flatten.ts'
import type { TarRange } from './tar-bytes.ts'

/** How a layer's tar will be read. */
export type PlaceReads = {
  /** What is read after later bytes were; undefined where that is too much to keep in memory. */
  readonly again: readonly TarRange[] | undefined
}

/** For one layer. Builders write a layer in the order in which it is copied from, but for a few names. */
const AGAIN_BYTES = 4 * 1024 * 1024
const AGAIN_RANGES = 512

/** Which places are copied from when these members are written, one layer after the other, and in what order each is read. */
export function readOrder(layers: Iterable<Iterable<Member>>, changesets: readonly Changeset[]): ReadonlyMap<number, PlaceReads> {
  const places = new Map<number, Reads>()
  const note = (place: number, from: number, to: number) => {
    const reads = places.get(place) ?? new Reads()
    places.set(place, reads)
    reads.add(from, to)
  }
  for (const members of layers) {
    for (const member of members) {
      if (member.kind === 'whiteout') continue
      const { entry, layer, content } = member.node
      const header = changesets[layer]
      if (entry !== undefined && header !== undefined) note(layer, at(header.headerOffsets, entry), at(header.dataOffsets, entry))
      const data = content && changesets[content.layer]
      if (member.kind !== 'node' || content === undefined || data === undefined) continue
      const start = at(data.dataOffsets, content.entry)
      note(content.layer, start, start + at(data.storedSizes, content.entry))
    }
  }
  return new Map([...places].map(([place, reads]) => [place, { again: reads.again }]))
}

class Reads {
  #at = 0
  #bytes = 0
  readonly #ranges: TarRange[] = []

  add(from: number, to: number): void {
    if (from === to) return
    if (from >= this.#at) this.#at = to
    else if (this.#keeping) {
      this.#ranges.push({ offset: from, length: to - from })
      this.#bytes += to - from
    }
  }

  get again(): readonly TarRange[] | undefined {
    return this.#keeping ? this.#ranges.sort((a, b) => a.offset - b.offset) : undefined
  }

  get #keeping(): boolean {
    return this.#bytes <= AGAIN_BYTES && this.#ranges.length <= AGAIN_RANGES
  }
}
