import { EventEmitter } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import type { Effect } from '../../../src/state/model/effect.ts'
import { firstState } from '../../../src/state/model/first-state.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../../src/state/model/settings.ts'
import type { State } from '../../../src/state/model/state.ts'
import { type OutsideWorld, runTerminal } from '../../../src/tui/run.tsx'
import type { SignalName, TerminalHost } from '../../../src/tui/terminal/host.ts'
import { TerminalModel } from './terminal-model.ts'

/** How long anything is waited for: it costs nothing where things work, and machines may be slow and busy. */
const PATIENCE_MILLISECONDS = 60_000
const STEP_MILLISECONDS = 5

/** A terminal that is not there: what Ink writes lands in a TerminalModel, what it answers comes back as input. */
export class FakeTerminal {
  readonly model: TerminalModel
  readonly stdin: FakeInput
  readonly stdout: FakeOutput
  readonly events = new EventEmitter()
  /** Bytes written past the streams, at the end. */
  lastWords = ''
  stops = 0
  readonly env: Record<string, string>
  #continue: (() => void) | undefined

  constructor(columns: number, rows: number, env: Record<string, string> = {}) {
    this.stdin = new FakeInput()
    this.model = new TerminalModel(columns, rows, text => this.stdin.write(text))
    this.stdout = new FakeOutput(this.model, columns, rows)
    this.env = { TERM: 'xterm-256color', ...env }
  }

  get host(): TerminalHost {
    const on = (name: string, listener: (thrown?: unknown) => void) => {
      this.events.on(name, listener)
      return () => this.events.off(name, listener)
    }
    return {
      stdin: this.stdin,
      stdout: this.stdout,
      env: this.env,
      writeNow: text => {
        this.lastWords += text
        this.stdout.write(text)
      },
      onSignal: (signal, listener) => on(signal, listener),
      onExit: listener => on('exit', listener),
      onCrash: listener => on('crash', listener),
      stop: () => {
        this.stops++
        return new Promise(resolve => {
          this.#continue = resolve
        })
      },
    }
  }

  signal(name: SignalName): void {
    this.events.emit(name)
  }

  continue(): void {
    this.#continue?.()
  }

  resize(columns: number, rows: number): void {
    this.model.resize(columns, rows)
    this.stdout.columns = columns
    this.stdout.rows = rows
    this.stdout.emit('resize')
  }

  type(bytes: string): void {
    this.stdin.write(bytes)
  }

  /** Waits until the screen shows all of `texts`, never for a time. */
  async shows(...texts: readonly (string | RegExp)[]): Promise<string> {
    return this.until(
      screen => texts.every(text => (typeof text === 'string' ? screen.includes(text) : text.test(screen))),
      `show ${texts.join(' and ')}`,
    )
  }

  async until(holds: (screen: string) => boolean, what: string): Promise<string> {
    const deadline = performance.now() + PATIENCE_MILLISECONDS
    for (;;) {
      await this.settled()
      const screen = this.model.text()
      if (holds(screen)) return screen
      if (performance.now() > deadline) throw new Error(`The screen never did ${what}:\n${screen}`)
      await pause(STEP_MILLISECONDS)
    }
  }

  /**
   * Resolves when nothing has been written for a while: longer than a frame and the answer to it take. Waits in short
   * pauses with a turn of the event loop after each: a machine that stalls stalls in one of them.
   */
  async quiet(milliseconds = 150): Promise<void> {
    for (let [before, still] = [-1, 0]; still * STEP_MILLISECONDS < milliseconds; still++) {
      if (before !== this.stdout.bytesWritten) still = 0
      before = this.stdout.bytesWritten
      await pause(STEP_MILLISECONDS)
      await turn()
    }
    await this.settled()
  }

  /** Resolves when the model has taken in everything written so far. */
  async settled(): Promise<void> {
    await this.model.write('')
  }
}

class FakeInput extends PassThrough {
  readonly isTTY = true
  raw = false

  setRawMode(on: boolean): this {
    this.raw = on
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

class FakeOutput extends Writable {
  readonly isTTY = true
  columns: number
  rows: number
  bytesWritten = 0
  /** Every write since the last `take`. */
  written: string[] = []
  readonly #model: TerminalModel

  constructor(model: TerminalModel, columns: number, rows: number) {
    super({ decodeStrings: false })
    this.#model = model
    this.columns = columns
    this.rows = rows
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    const text = chunk.toString()
    this.written.push(text)
    this.bytesWritten += Buffer.byteLength(text)
    // A terminal's line discipline does this (onlcr).
    void this.#model.write(text.replaceAll('\n', '\r\n'))
    done()
  }

  /** Bytes written since the last call. */
  take(): string {
    const text = this.written.join('')
    this.written = []
    return text
  }
}

export type Shown = { readonly terminal: FakeTerminal; readonly ended: Promise<number>; close(): Promise<number> }

export type ShowOptions = {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Record<string, string>
  readonly effects?: readonly Effect[]
  readonly change?: (state: State) => State
  /** The image named on the command line: nothing lies below it. */
  readonly opening?: string
  readonly settings?: Partial<Settings>
}

/** Runs the interface on a terminal in memory. */
export function showProgram(world: OutsideWorld, options: ShowOptions = {}): Shown {
  const { columns = 80, rows = 24, effects = [{ type: 'find' }], change = state => state, settings, opening } = options
  const terminal = new FakeTerminal(columns, rows, options.env)
  const chosen = { settings: { ...DEFAULT_SETTINGS, ...settings }, ...(opening !== undefined && { opening }) }
  const first = change(firstState({ columns, rows }, chosen))
  const ended = runTerminal({ host: terminal.host, world, first, effects })
  const close = () => {
    terminal.signal('SIGTERM')
    return ended
  }
  return { terminal, ended, close }
}
