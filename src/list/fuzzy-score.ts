/** Words are looked for by their first bytes, paths in their last ones: what one path costs is bounded. */
export const LONGEST_WORD = 64
const LONGEST_PATH = 4096

/** The points of a letter, those more that it has right after the letter before and in the last name, and the cost of a gap before it. */
const LETTER = 16
const FOLLOWS = 10
const GAP = 3
const IN_LAST_NAME = 3
/** The bonus of a byte that a name begins with, and of one that a word of a name begins with: less than letters in a row have. */
export const NAME_START = 12
export const WORD_START = 8
/** Less than any alignment has. */
const NONE = -1_000_000

/** The bytes of a path in small letters with a bonus each, `length` of them, and where its last name begins. */
export type ScoredPath = {
  readonly bytes: Uint8Array
  readonly bonuses: Uint8Array
  readonly start: number
  readonly length: number
}

/**
 * How well the letters of a word stand in a path in their order, the best of all ways to place them: letters in a row, at the starts of
 * names and of words, and in the last name count more; gaps count less the longer they are. Bytes of one character stay together.
 */
export class FuzzyScore {
  /** The best placing of the letters up to row `letter` that ends at each byte, and the best that ends there or before it, its gap paid. */
  #ending = new Int32Array(0)
  #before = new Int32Array(0)

  /** Undefined where the word is not in the path. */
  of(word: Uint8Array, path: ScoredPath): number | undefined {
    const end = this.#fill(word, path)
    return end === undefined ? undefined : this.#ending[(word.length - 1) * LONGEST_PATH + end]
  }

  /** The bytes of the path at which the letters of the best placing stand; empty where there is none. */
  places(word: Uint8Array, path: ScoredPath): readonly number[] {
    const from = Math.max(0, path.length - LONGEST_PATH)
    const places: number[] = []
    let at = this.#fill(word, path)
    for (let letter = word.length - 1; at !== undefined; letter--) {
      places.unshift(from + at)
      at = letter === 0 ? undefined : this.#previous(letter, at, bonusAt(path, from + at))
    }
    return places
  }

  /** Fills the rows of all letters; gives the byte at which the best placing ends, counted from the part that is looked at. */
  #fill(word: Uint8Array, path: ScoredPath): number | undefined {
    this.#makeRows(word.length)
    const from = Math.max(0, path.length - LONGEST_PATH)
    const looked = path.length - from
    for (let letter = 0; letter < word.length; letter++) {
      const row = letter * LONGEST_PATH
      const wanted = word[letter] ?? 0
      let carried = NONE
      for (let at = 0; at < looked; at++) {
        const score = path.bytes[from + at] === wanted ? this.#placed(letter, wanted, at, bonusAt(path, from + at)) : NONE
        this.#ending[row + at] = score
        carried = Math.max(carried - 1, score - GAP, NONE)
        this.#before[row + at] = carried
      }
    }
    return this.#best((word.length - 1) * LONGEST_PATH, looked)
  }

  /** Rows for as many letters as words had so far: of the longest word they are 2 MB, of most words a tenth of that. */
  #makeRows(letters: number): void {
    if (this.#ending.length >= letters * LONGEST_PATH) return
    this.#ending = new Int32Array(letters * LONGEST_PATH)
    this.#before = new Int32Array(letters * LONGEST_PATH)
  }

  #placed(letter: number, byte: number, at: number, bonus: number): number {
    if (letter === 0) return LETTER + 2 * bonus
    const row = (letter - 1) * LONGEST_PATH
    const next = at === 0 ? NONE : (this.#ending[row + at - 1] ?? NONE) + Math.max(FOLLOWS, bonus)
    const apart = at < 2 || isInside(byte) ? NONE : (this.#before[row + at - 2] ?? NONE) + bonus
    const best = Math.max(next, apart)
    return best < NONE / 2 ? NONE : LETTER + best
  }

  #best(row: number, looked: number): number | undefined {
    let best = 0
    for (let at = 1; at < looked; at++) if ((this.#ending[row + at] ?? NONE) > (this.#ending[row + best] ?? NONE)) best = at
    return looked === 0 || (this.#ending[row + best] ?? NONE) <= NONE ? undefined : best
  }

  /** The byte of the letter before the one that stands at `at`. */
  #previous(letter: number, at: number, bonus: number): number {
    const row = (letter - 1) * LONGEST_PATH
    const score = (this.#ending[letter * LONGEST_PATH + at] ?? NONE) - LETTER
    if ((this.#ending[row + at - 1] ?? NONE) + Math.max(FOLLOWS, bonus) === score) return at - 1
    let place = at - 2
    while (place > 0 && this.#before[row + place] !== (this.#ending[row + place] ?? NONE) - GAP) place--
    return place
  }
}

function bonusAt({ bonuses, start }: ScoredPath, at: number): number {
  return (bonuses[at] ?? 0) + (at >= start ? IN_LAST_NAME : 0)
}

/** Whether the byte is one of a character's that are not its first (UTF-8). */
function isInside(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0
}
