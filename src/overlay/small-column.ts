import { putStretch, STRETCH_BITS, STRETCH_CELLS, STRETCH_MASK } from './column.ts'

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
