import { Readable } from 'node:stream'
import type { TerminalInput } from './host.ts'
import { cutTokens, flushRest, type InputToken } from './tokens.ts'

/**
 * Stands between the terminal and Ink. Ink hands coalesced keys on as one piece of text (`jjj` is one event, and
 * select inputs lose two of them), so what arrives is cut into single keys here. Most go straight to `onToken`; while a
 * dialog of Ink's is open (`toInk` is `waiting` or `ready`) the keys it wants go to Ink instead, one a turn of the event
 * loop, because such components see one key per React commit.
 */
export type PumpOptions = {
  readonly onToken: (token: InputToken) => void
  /** Where the next key goes: `waiting` while a component of Ink's is wanted but not mounted yet. */
  readonly toInk: () => 'no' | 'waiting' | 'ready'
  /** Keys that never go to Ink: closing, quitting. */
  readonly keeps: (key: string) => boolean
  readonly onEnd: () => void
  /** How long an ESC may wait for the rest of its sequence. */
  readonly escapeMilliseconds: number
}

/**
 * How often, and how many times at most, keys look whether the dialog they are for has come. A full line holds frames back
 * until the terminal answers or is given up (PaintGate).
 */
const LOOK_MILLISECONDS = 5
const MOST_LOOKS = 1000

export class InputPump extends Readable {
  readonly isTTY = true
  readonly #stdin: TerminalInput
  readonly #options: PumpOptions
  #queue: InputToken[] = []
  #rest = ''
  #timer: NodeJS.Timeout | undefined
  #lastTurn: NodeJS.Immediate | undefined
  #draining = false
  #looks = 0

  constructor(stdin: TerminalInput, options: PumpOptions) {
    super({ objectMode: true, read: () => {} })
    this.#stdin = stdin
    this.#options = options
    stdin.setEncoding('utf8')
    stdin.on('data', this.#onData)
    stdin.on('end', this.#onEnd)
    stdin.on('error', this.#onEnd)
  }

  /** Lets go of the terminal's input. */
  release(): void {
    this.#stopWaiting()
    this.#queue = []
    this.#stdin.off('data', this.#onData)
    this.#stdin.off('end', this.#onEnd)
    this.#stdin.off('error', this.#onEnd)
    this.#stdin.pause()
  }

  /** Strings stay single items: an encoding would join them again. */
  override setEncoding(): this {
    return this
  }

  setRawMode(on: boolean): this {
    this.#stdin.setRawMode?.(on)
    if (on) this.#stdin.resume()
    else this.#stdin.pause()
    return this
  }

  ref(): this {
    this.#stdin.ref?.()
    return this
  }

  unref(): this {
    this.#stdin.unref?.()
    return this
  }

  readonly #onEnd = (): void => this.#options.onEnd()

  readonly #onData = (chunk: string): void => {
    this.#stopWaiting()
    const { tokens, rest } = cutTokens(this.#rest + chunk)
    this.#rest = rest
    for (const token of tokens) {
      // Answers pass the keys: a dialog that keys wait for may itself wait for an answer to be drawn.
      if (token.type === 'ack') this.#options.onToken(token)
      else this.#enqueue(token)
    }
    if (rest !== '' && !rest.startsWith('\u001b[200~')) this.#waitForRest()
    this.#drain()
  }

  /** Ctrl-C never queues behind a dialog that has not mounted yet. */
  #enqueue(token: InputToken): void {
    if (token.type === 'key' && token.key === 'ctrl-c') this.#queue = []
    this.#queue.push(token)
  }

  /** A turn more than the time: in a process that was busy, timers go before the rest that has come meanwhile. */
  #waitForRest(): void {
    this.#timer = setTimeout(() => {
      this.#lastTurn = setImmediate(this.#flush)
    }, this.#options.escapeMilliseconds)
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer)
    clearImmediate(this.#lastTurn)
  }

  readonly #flush = (): void => {
    this.#queue.push(...flushRest(this.#rest))
    this.#rest = ''
    this.#drain()
  }

  readonly #drain = (): void => {
    if (this.#draining) return
    for (let token = this.#queue.shift(); token !== undefined; token = this.#queue.shift()) {
      const toInk = token.type === 'key' && !this.#options.keeps(token.key) ? this.#options.toInk() : 'no'
      if (token.type !== 'key' || toInk === 'no') {
        this.#options.onToken(token)
        continue
      }
      this.#draining = true
      if (toInk === 'ready') this.#give(token.bytes)
      else this.#look(token)
      return
    }
  }

  #give(bytes: string): void {
    this.#looks = 0
    this.push(bytes)
    setImmediate(this.#next)
  }

  #look(token: InputToken): void {
    if (++this.#looks <= MOST_LOOKS) this.#queue.unshift(token)
    else [this.#queue, this.#looks] = [[], 0]
    setTimeout(this.#next, LOOK_MILLISECONDS)
  }

  readonly #next = (): void => {
    this.#draining = false
    this.#drain()
  }
}
