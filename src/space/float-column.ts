/** A growing column of numbers; cells never written read as 0. */
export class FloatColumn {
  #values = new Float64Array(1024)

  get(index: number): number {
    return this.#values[index] ?? 0
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const wider = new Float64Array(Math.max(index + 1, this.#values.length * 2))
      wider.set(this.#values)
      this.#values = wider
    }
    this.#values[index] = value
  }
}
