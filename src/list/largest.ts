/** Keeps the largest of many things, in memory for a few of them. */
export class Largest<Item> {
  #items: { readonly size: number; readonly item: Item }[] = []
  readonly #limit: number
  /** Items smaller than this are not among the largest any more. */
  #least = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  wants(size: number): boolean {
    return this.#items.length < this.#limit || size > this.#least
  }

  add(size: number, item: Item): void {
    this.#items.push({ size, item })
    if (this.#items.length >= this.#limit * 2) this.#cut()
  }

  /** Largest first, in the order they came among equals. */
  all(): readonly Item[] {
    this.#cut()
    return this.#items.map(({ item }) => item)
  }

  #cut(): void {
    this.#items = this.#items.sort((one, other) => other.size - one.size).slice(0, this.#limit)
    this.#least = this.#items.length < this.#limit ? 0 : (this.#items.at(-1)?.size ?? 0)
  }
}
