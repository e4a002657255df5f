/**
 * The time that a registry has until its first answer: finding out whether it speaks TLS, a token and all retries share it (`--timeout`).
 * From then on each request has the whole time.
 */
export class AnswerClock {
  readonly limit: number
  #until = Number.POSITIVE_INFINITY
  #isAnswered = false

  /** `limit`: milliseconds. */
  constructor(limit: number) {
    this.limit = limit
  }

  /** Begins with the first request; later calls change nothing. */
  start(): void {
    if (this.#until === Number.POSITIVE_INFINITY) this.#until = performance.now() + this.limit
  }

  /** The first answer is there. */
  stop(): void {
    this.#isAnswered = true
  }

  /** Milliseconds in which the registry was not what was waited for, as for a person who types a password. */
  allow(milliseconds: number): void {
    this.#until += milliseconds
  }

  /** Milliseconds until the first answer must be there; those of a whole request once it is. */
  get left(): number {
    return this.#isAnswered ? this.limit : Math.max(1, Math.min(this.limit, this.#until - performance.now()))
  }

  /** The same, infinite where nothing is waited for in all. */
  get total(): number {
    return this.#isAnswered || this.#until === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : this.left
  }
}
