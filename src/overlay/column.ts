/**
 * A growing column of 32-bit integers. Cells nobody wrote read as 0, so 0 means "none" wherever a cell is an
 * identifier, and a large reserve costs no memory until it is touched.
 */
export class Column {
  #values: Int32Array

  constructor(capacity = 1024) {
    this.#values = new Int32Array(capacity)
  }

  get(index: number): number {
    return this.#values[index] ?? 0
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) this.reserve(index + 1)
    this.#values[index] = value
  }

  /** Makes room for `capacity` cells in one step; many small steps cost no more than one large one. */
  reserve(capacity: number): void {
    if (capacity <= this.#values.length) return
    const wider = new Int32Array(Math.max(capacity, Math.ceil(this.#values.length * GROWTH)))
    wider.set(this.#values)
    this.#values = wider
  }
}

/** Room never touched costs no memory, so growing generously is cheap. */
const GROWTH = 1.6
