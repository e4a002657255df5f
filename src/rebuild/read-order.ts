import { at, type Changeset } from '../layer/changeset.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Member } from './flatten.ts'
import type { TarRange } from './tar-bytes.ts'

/** How a layer's tar will be read. */
export type PlaceReads = {
  /** Ranges that are read after later bytes; undefined where that is too much to keep in memory. */
  readonly again: readonly TarRange[] | undefined
}

/**
 * For all layers. Builders write a layer in the order in which it is copied from, but for a few names; Docker and buildah sort by
 * the whole path, so that "python3.11/" comes before "python3/": tens of megabytes in a large layer.
 */
const AGAIN_BYTES = 48 * 1024 * 1024
/** For one layer, after joining what lies together. */
const AGAIN_RANGES = 512
/** Between the end of a file and the next header. */
const MOST_PADDING = 511

/** Which places are copied from when these members are written, one layer after the other, and in what order each is read. */
export function* readOrder(
  layers: Iterable<Iterable<Member>>,
  changesets: readonly Changeset[],
): Steps<ReadonlyMap<number, PlaceReads>> {
  const places = new Map<number, Reads>()
  const note = (place: number, from: number, to: number) => {
    const reads = places.get(place) ?? new Reads()
    places.set(place, reads)
    reads.add(from, to)
  }
  let steps = 0
  for (const members of layers) {
    for (const member of members) {
      if (++steps % STEP === 0) yield
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
  let left = AGAIN_BYTES
  const few = [...places].sort(([, a], [, b]) => a.bytes - b.bytes)
  const order = new Map<number, PlaceReads>()
  for (const [place, { again, bytes }] of few) {
    const kept = again !== undefined && bytes <= left
    if (kept) left -= bytes
    order.set(place, { again: kept ? again : undefined })
  }
  return order
}

class Reads {
  #at = 0
  readonly #ranges: { offset: number; length: number }[] = []
  bytes = 0

  add(from: number, to: number): void {
    if (from === to) return
    if (from >= this.#at) this.#at = to
    else if (this.#keeping) this.#keep(from, to)
  }

  get again(): readonly TarRange[] | undefined {
    return this.#keeping ? this.#ranges.sort((a, b) => a.offset - b.offset) : undefined
  }

  #keep(from: number, to: number): void {
    const last = this.#ranges.at(-1)
    const gap = last === undefined ? -1 : from - last.offset - last.length
    if (last !== undefined && gap >= 0 && gap <= MOST_PADDING) {
      last.length += gap + to - from
      this.bytes += gap + to - from
    } else {
      this.#ranges.push({ offset: from, length: to - from })
      this.bytes += to - from
    }
  }

  get #keeping(): boolean {
    return this.bytes <= AGAIN_BYTES && this.#ranges.length <= AGAIN_RANGES
  }
}
