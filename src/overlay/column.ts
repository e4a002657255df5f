/**
 * A growing column of 32-bit integers. Cells nobody wrote read as 0, so 0 means "none" wherever a cell is an
 * identifier, and a large reserve costs no memory until it is touched.
 */
export class Column {
  #values: Int32Array
  /** Nothing but zeros from here on: never written, and so without memory. */
  #end = 0

  constructor(capacity = 1024) {
    this.#values = new Int32Array(capacity)
  }

  get(index: number): number {
    return this.#values[index] ?? 0
  }

  set(index: number, value: number): void {
    if (index >= this.#end) {
      if (value === 0) return
      if (index >= this.#values.length) this.reserve(index + 1)
      this.#end = index + 1
    }
    this.#values[index] = value
  }

  /** Makes room for `capacity` cells in one step; many small steps cost no more than one large one. */
  reserve(capacity: number): void {
    if (capacity <= this.#values.length) return
    const wider = new Int32Array(Math.max(capacity, Math.ceil(this.#values.length * GROWTH)))
    wider.set(this.#values.subarray(0, this.#end))
    this.#values = wider
  }

  /** Forgets everything and gives the memory back. */
  reset(): void {
    this.#values = new Int32Array(1024)
    this.#end = 0
  }
}

const GROWTH = 1.25
