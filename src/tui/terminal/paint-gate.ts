/**
 * Keeps a slow line from filling up with frames. After each frame the terminal is asked `CSI 5 n`; its answer says that
 * everything before has been drawn. While more than 6 kB are unanswered the interface is not told of changes: keys still
 * change the state at once, and the next frame shows the newest. A terminal that never answers gets no gate.
 */
export type PaintGate = {
  /** Runs `notify` soon, or when the line is free again; only the last one waits. */
  schedule(notify: () => void): void
  /** A frame was handed to Ink's output. */
  painted(): void
  /** The terminal answered. */
  acknowledged(): void
  /**
   * Asks nothing more until `wake`; resolves when nothing is unanswered, or when waiting for it is no use. An answer that
   * comes after the terminal was given away is typed into whatever has it then: `[0n` at the shell's prompt.
   */
  rest(): Promise<void>
  wake(): void
  close(): void
}

const MOST_UNANSWERED_BYTES = 6000
/** Without an answer for this long, the terminal does not answer at all. */
const GIVE_UP_MILLISECONDS = 3000
/** How long giving the terminal away waits for answers: from a terminal that has answered before, and from one that never has. */
const REST_MILLISECONDS = 2000
const FIRST_REST_MILLISECONDS = 300
const QUESTION = '\u001b[5n'

type Out = { write(text: string): unknown; bytesWritten(): number }

export function createPaintGate(out: Out): PaintGate {
  return new Gate(out)
}

class Gate implements PaintGate {
  readonly #out: Out
  #waiting: (() => void) | undefined
  /** Bytes written up to each question that has not been answered. */
  readonly #asked: number[] = []
  #answered: number
  /** Whether the terminal has ever answered. */
  #answers = false
  #off = false
  #closed = false
  #resting = false
  #settled: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(out: Out) {
    this.#out = out
    this.#answered = out.bytesWritten()
  }

  schedule(notify: () => void): void {
    if (this.#isOpen()) setImmediate(notify)
    else this.#waiting = notify
  }

  painted(): void {
    if (!this.#off) setImmediate(() => this.#ask())
  }

  acknowledged(): void {
    this.#answered = this.#asked.shift() ?? this.#answered
    this.#answers = true
    // Late, but it does answer: a connection may stall for longer than the wait lasts.
    this.#off = this.#closed
    clearTimeout(this.#timer)
    this.#timer = this.#asked.length === 0 ? undefined : this.#patience()
    if (this.#asked.length === 0) this.#settled?.()
    this.#release()
  }

  async rest(): Promise<void> {
    this.#resting = true
    if (this.#off || this.#asked.length === 0) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#settled = resolve
    const timer = setTimeout(resolve, this.#answers ? REST_MILLISECONDS : FIRST_REST_MILLISECONDS)
    await promise
    clearTimeout(timer)
  }

  wake(): void {
    this.#resting = false
  }

  close(): void {
    this.#off = true
    this.#closed = true
    this.#settled?.()
    clearTimeout(this.#timer)
  }

  #isOpen(): boolean {
    return this.#off || this.#out.bytesWritten() - this.#answered < MOST_UNANSWERED_BYTES || this.#asked.length === 0
  }

  #ask(): void {
    const written = this.#out.bytesWritten()
    if (this.#off || this.#resting || written <= (this.#asked.at(-1) ?? this.#answered)) return
    this.#asked.push(written + QUESTION.length)
    this.#out.write(QUESTION)
    this.#timer ??= this.#patience()
  }

  #patience(): NodeJS.Timeout {
    return setTimeout(() => this.#giveUp(), GIVE_UP_MILLISECONDS).unref()
  }

  #giveUp(): void {
    this.#off = true
    this.#settled?.()
    this.#release()
  }

  #release(): void {
    const notify = this.#waiting
    if (notify === undefined || !this.#isOpen()) return
    this.#waiting = undefined
    setImmediate(notify)
  }
}
