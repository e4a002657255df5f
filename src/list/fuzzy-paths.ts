import { foldedBytes } from '../filter/filter-text.ts'
import type { Steps } from '../overlay/steps.ts'
import type { FileTable } from './file-table.ts'
import { FuzzyScore, LONGEST_WORD } from './fuzzy-score.ts'
import { Largest } from './largest.ts'
import { PathBytes } from './path-bytes.ts'

/** Rows of the paths that have the letters of all words, the best first, and how many paths have them. */
export type FoundPaths = {
  readonly table: FileTable
  readonly text: string
  readonly rows: readonly number[]
  readonly count: number
}

/** Paths that are kept: more letters find the others. */
const MOST = 500
/** Words that are looked for; more change nothing. */
const MOST_WORDS = 8
/** Bytes that are held against letters between two steps: well under a millisecond. */
const STEP_BYTES = 50_000

/**
 * Finds the paths in which the letters of each word stand in their order, in capitals or small, removed paths too. Paths below a directory
 * that has all of them are left out unless their own name has a word: the directory that is found leads to them.
 */
export function* findPaths(table: FileTable, text: string): Steps<FoundPaths> {
  const words = wordsOf(text)
  const best = new Largest<number>(MOST)
  const path = new PathBytes(table)
  const letters = words.map(word => new LettersSoFar(word))
  const score = new FuzzyScore()
  let [count, cost] = [0, 0]
  for (let row = 1; words.length > 0 && row < table.count; row++) {
    path.goTo(row)
    for (const each of letters) each.goTo(path)
    cost += ROW_BYTES + path.length - path.start
    if (isFound(letters)) {
      const points = words.map(word => score.of(word, path) ?? Number.NaN)
      const sum = points.reduce((all, each) => all + each, 0)
      cost += path.length * words.reduce((all, { length }) => all + length, 0)
      // Letters that are parts of two characters are none.
      if (!Number.isNaN(sum)) count++
      const rank = sum * LENGTHS - Math.min(path.length, LENGTHS - 1)
      if (!Number.isNaN(sum) && best.wants(rank)) best.add(rank, row)
    }
    if (cost >= STEP_BYTES) yield
    if (cost >= STEP_BYTES) cost = 0
  }
  return { table, text, rows: best.all(), count }
}

/** The work on a row besides its bytes, as bytes. */
const ROW_BYTES = 8
/** Of paths with the same score the shorter one goes first. */
const LENGTHS = 1 << 16

/** The bytes of a row's path at which the letters of `text` stand. */
export function placesIn(table: FileTable, row: number, text: string): ReadonlySet<number> {
  const path = new PathBytes(table)
  const rows: number[] = []
  for (let each = row; each > 0; each = table.parents[each] ?? 0) rows.unshift(each)
  for (const each of rows) path.goTo(each)
  const score = new FuzzyScore()
  return new Set(wordsOf(text).flatMap(word => score.places(word, path)))
}

function wordsOf(text: string): readonly Uint8Array[] {
  const words = text.split(/\s+/u).filter(word => word !== '')
  return words.slice(0, MOST_WORDS).map(word => foldedBytes(word).subarray(0, LONGEST_WORD))
}

function isFound(letters: readonly LettersSoFar[]): boolean {
  return letters.every(({ areAll }) => areAll) && letters.some(({ areNew, areOwn }) => areNew || areOwn)
}

/** How many letters of a word a path has, in their order: of each directory above it once. */
class LettersSoFar {
  /** Whether the path has all letters; whether the path above it lacks some; whether its last name alone has all. */
  areAll = false
  areNew = false
  areOwn = false
  readonly #word: Uint8Array
  readonly #counts: number[] = [0]

  constructor(word: Uint8Array) {
    this.#word = word
  }

  goTo({ bytes, start, length, depth }: PathBytes): void {
    const above = this.#counts[depth - 1] ?? 0
    const count = above === this.#word.length ? above : this.#count(above, bytes, Math.max(0, start - 1), length)
    this.#counts[depth] = count
    this.areAll = count === this.#word.length
    this.areNew = above < this.#word.length
    this.areOwn = this.areAll && !this.areNew && this.#count(0, bytes, start, length) === count
  }

  #count(known: number, bytes: Uint8Array, from: number, to: number): number {
    let count = known
    for (let at = from; at < to && count < this.#word.length; at++) if (bytes[at] === this.#word[count]) count++
    return count
  }
}
