/**
 * Things that are opened one after the other and closed together, the last one first: Node 22 has no `AsyncDisposableStack`.
 * `await using` closes them all, also where opening a later one fails, unless `handOver` has given them to another owner.
 */
export class Closing implements AsyncDisposable {
  #opened: AsyncDisposable[]

  constructor(opened: readonly AsyncDisposable[] = []) {
    this.#opened = [...opened]
  }

  /** Closes `opened`, which it gives back, with the others. */
  use<Opened extends AsyncDisposable>(opened: Opened): Opened {
    this.#opened.push(opened)
    return opened
  }

  /** The same things with another owner; this one closes nothing any more. */
  handOver(): Closing {
    return new Closing(this.#opened.splice(0))
  }

  /** Closes each of them, also after one that fails. @throws the first failure */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (const each of this.#opened.splice(0).reverse()) {
      try {
        await each[Symbol.asyncDispose]()
      } catch (thrown) {
        failures.push(thrown)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
