/**
 * A growing column of 32-bit integers. Unwritten cells read as 0, so 0 means "none" wherever a cell is an identifier.
 * It lies in stretches of one size: growing copies nothing, what one column gives back the next one takes, and no step
 * of work takes long because a column is.
 */
export class Column {
  #stretches: (Int32Array | undefined)[] = []

  get(index: number): number {
    return this.#stretches[index >>> STRETCH_BITS]?.[index & STRETCH_MASK] ?? 0
  }

  set(index: number, value: number): void {
    const stretch = this.#stretches[index >>> STRETCH_BITS]
    if (stretch !== undefined) stretch[index & STRETCH_MASK] = value
    else if (value !== 0) this.#grow(index)[index & STRETCH_MASK] = value
  }

  /** Forgets everything. */
  reset(): void {
    this.#stretches = []
  }

  #grow(index: number): Int32Array {
    const stretch = new Int32Array(STRETCH_CELLS)
    putStretch(this.#stretches, index, stretch)
    return stretch
  }
}

/** Cells of a stretch: 64 KiB of integers. */
const STRETCH_CELLS = 2 ** 14
const STRETCH_BITS = 14
const STRETCH_MASK = STRETCH_CELLS - 1

/** Puts a stretch where cell `index` lies; unwritten stretches before it are not allocated. */
function putStretch<Stretch>(stretches: (Stretch | undefined)[], index: number, stretch: Stretch): void {
  const at = index >>> STRETCH_BITS
  while (stretches.length < at) stretches.push(undefined)
  stretches[at] = stretch
}

/**
 * A growing column of whole numbers that are mostly below 256: in each stretch a byte each until a larger one comes, then
 * four. Unwritten cells read as 0.
 */
export class SmallColumn {
  readonly #stretches: (Uint8Array | Int32Array | undefined)[] = []

  get(index: number): number {
    return this.#stretches[index >>> STRETCH_BITS]?.[index & STRETCH_MASK] ?? 0
  }

  set(index: number, value: number): void {
    let stretch = this.#stretches[index >>> STRETCH_BITS]
    if (stretch === undefined) {
      if (value === 0) return
      stretch = new Uint8Array(STRETCH_CELLS)
      putStretch(this.#stretches, index, stretch)
    }
    if (value > 0xff && stretch.BYTES_PER_ELEMENT === 1) {
      stretch = Int32Array.from(stretch)
      putStretch(this.#stretches, index, stretch)
    }
    stretch[index & STRETCH_MASK] = value
  }
}
