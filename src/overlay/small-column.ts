/**
 * A growing column of whole numbers that are mostly below 256: a byte each until a larger one comes, then four. Cells
 * nobody wrote read as 0.
 */
export class SmallColumn {
  #values: Uint8Array | Int32Array = new Uint8Array(1024)

  get(index: number): number {
    return this.#values[index] ?? 0
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) this.reserve(Math.ceil((index + 1) * GROWTH))
    if (value > 0xff && this.#values.BYTES_PER_ELEMENT === 1) this.#values = Int32Array.from(this.#values)
    this.#values[index] = value
  }

  /** Makes room for `capacity` cells in one step. */
  reserve(capacity: number): void {
    const { length, BYTES_PER_ELEMENT: width } = this.#values
    if (capacity <= length) return
    const wanted = Math.max(capacity, Math.ceil(length * GROWTH))
    const wider = width === 1 ? new Uint8Array(wanted) : new Int32Array(wanted)
    wider.set(this.#values)
    this.#values = wider
  }
}

const GROWTH = 1.25
