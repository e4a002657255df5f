import type { Steps } from '../../overlay/steps.ts'
import { numberLines, type TextLines } from './text-lines.ts'

/** Neighbouring lines with one fate. `before` and `after` count the lines of either text that stand above it. */
export type LineRun = {
  readonly kind: 'same' | 'removed' | 'added'
  readonly before: number
  readonly after: number
  readonly count: number
}

/** How one text becomes another, line by line. */
export type LineEdits = { readonly before: TextLines; readonly after: TextLines; readonly runs: readonly LineRun[] }

/** Edits beyond this are not looked for: such files have nothing in common that a person could read. */
export const EDIT_LIMIT = 5000

/**
 * The fewest lines removed and added that make one text of the other (E. W. Myers, An O(ND) Difference Algorithm, 1986), in small
 * steps; undefined where it takes more than `EDIT_LIMIT`. Of several ways with as few edits it is the one that the package `diff`
 * finds: removed lines stand above added ones. Memory is at most 4 bytes for every two numbers of edits up to the limit: 50 MB.
 */
export function* lineEdits(before: string, after: string): Steps<LineEdits | undefined> {
  const lines = yield* numberLines(before, after, EDIT_LIMIT)
  if (lines === undefined) return undefined
  const [mine, theirs] = lines
  const runs = yield* new Search(mine.numbers, theirs.numbers).run()
  return runs && { before: mine, after: theirs, runs }
}

/**
 * The furthest that so many edits lead on each diagonal: `places` has every second diagonal from `least` on. A diagonal is the number of
 * lines of the older text that were passed less those of the newer one; a place is twice the former, and one more where the last edit
 * removed a line.
 */
type Reach = { readonly least: number; readonly places: Int32Array /** Diagonals so far. */; count: number }

const NO_REACH: Reach = { least: 0, places: new Int32Array(0), count: 0 }

const NOWHERE = -1
/** Lines compared and diagonals gone through between two steps: some ten microseconds. */
const WORK = 4096

class Search {
  readonly #old: Uint32Array
  readonly #fresh: Uint32Array
  readonly #reaches: Reach[] = []
  /** Beyond these diagonals an end was met: nothing is gained there. */
  #least = Number.NEGATIVE_INFINITY
  #most = Number.POSITIVE_INFINITY
  #work = 0

  constructor(old: Uint32Array, fresh: Uint32Array) {
    this.#old = old
    this.#fresh = fresh
  }

  *run(): Steps<readonly LineRun[] | undefined> {
    const start = this.#follow(0, 0)
    this.#reaches.push({ least: 0, places: Int32Array.of(start * 2), count: 1 })
    if (this.#isEnd(start, 0)) return this.#runs(0)
    const most = Math.min(EDIT_LIMIT, this.#old.length + this.#fresh.length)
    for (let edits = 1; edits <= most; edits++) {
      const end = yield* this.#reach(edits)
      if (end !== undefined) return this.#runs(end)
    }
    return undefined
  }

  /** Goes one edit further on every diagonal; the diagonal on which both texts end, where there is one. */
  *#reach(edits: number): Steps<number | undefined> {
    const least = Math.max(this.#least, -edits)
    const reach = { least, places: new Int32Array(Math.max(0, (Math.min(this.#most, edits) - least) >> 1) + 1), count: 0 }
    this.#reaches.push(reach)
    while (least + 2 * reach.count <= Math.min(this.#most, edits)) {
      const end = this.#advance(reach, edits)
      if (end !== undefined) return end
      if (this.#work < WORK) break
      this.#work = 0
      yield
    }
    return undefined
  }

  /** The same of as many diagonals as one step has time for. */
  #advance(reach: Reach, edits: number): number | undefined {
    const before = this.#reaches[edits - 1] ?? NO_REACH
    const [old, fresh] = [this.#old.length, this.#fresh.length]
    for (let diagonal = reach.least + 2 * reach.count; diagonal <= Math.min(this.#most, edits); diagonal += 2) {
      if (++this.#work >= WORK) return undefined
      const [below, above] = [placeAt(before, diagonal - 1), placeAt(before, diagonal + 1)]
      const [removed, added] = [below >> 1, above >> 1]
      const canRemove = below !== NOWHERE && removed < old
      const canAdd = above !== NOWHERE && added - diagonal >= 1 && added - diagonal <= fresh
      if (!canRemove && !canAdd) {
        reach.places[reach.count++] = NOWHERE
        continue
      }
      const isRemoval = !(canAdd && (!canRemove || removed < added))
      const passed = this.#follow(isRemoval ? removed + 1 : added, diagonal)
      reach.places[reach.count++] = passed * 2 + (isRemoval ? 1 : 0)
      if (this.#isEnd(passed, diagonal)) return diagonal
      if (passed >= old) this.#most = Math.min(this.#most, diagonal - 1)
      if (passed - diagonal >= fresh) this.#least = Math.max(this.#least, diagonal + 1)
    }
    return undefined
  }

  /** Passes the lines that are the same; the number of lines of the older text that are passed then. A million take a millisecond. */
  #follow(from: number, diagonal: number): number {
    const end = Math.min(this.#old.length, this.#fresh.length + diagonal)
    let old = from
    while (old < end && this.#old[old] === this.#fresh[old - diagonal]) old++
    this.#work += old - from
    return old
  }

  #isEnd(old: number, diagonal: number): boolean {
    return old >= this.#old.length && old - diagonal >= this.#fresh.length
  }

  /** The way back from the end, turned around. */
  #runs(end: number): readonly LineRun[] {
    const runs: LineRun[] = []
    const put = (kind: LineRun['kind'], before: number, after: number, count: number) => {
      const last = runs.at(-1)
      if (last?.kind === kind) runs[runs.length - 1] = { kind, before, after, count: last.count + count }
      else if (count > 0) runs.push({ kind, before, after, count })
    }
    let diagonal = end
    for (let edits = this.#reaches.length - 1; edits > 0; edits--) {
      const place = placeAt(this.#reaches[edits], diagonal)
      const [old, isRemoved] = [place >> 1, (place & 1) === 1]
      const from = placeAt(this.#reaches[edits - 1], isRemoved ? diagonal - 1 : diagonal + 1) >> 1
      const edited = isRemoved ? from + 1 : from
      put('same', edited, edited - diagonal, old - edited)
      put(isRemoved ? 'removed' : 'added', from, isRemoved ? edited - diagonal : edited - diagonal - 1, 1)
      diagonal += isRemoved ? -1 : 1
    }
    put('same', 0, 0, placeAt(this.#reaches[0], 0) >> 1)
    return runs.reverse()
  }
}

function placeAt(reach: Reach | undefined, diagonal: number): number {
  if (reach === undefined) return NOWHERE
  const index = (diagonal - reach.least) >> 1
  return index < 0 || index >= reach.count ? NOWHERE : (reach.places[index] ?? NOWHERE)
}
