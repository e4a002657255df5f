import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { spawn } from '@lydell/node-pty'
import { TerminalModel } from '../terminal/terminal-model.ts'
import { buildOnce } from './peel-command.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Keys by the bytes that xterm sends for them. */
export const KEY = {
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  escape: '\u001b',
  enter: '\r',
  tab: '\t',
  ctrlC: '\u0003',
  ctrlL: '\u000c',
  ctrlZ: '\u001a',
} as const

export type PtyOptions = {
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** The configuration file's content, besides the tree by names as the first tab. `{}` has the tab and the order of a new user. */
  readonly settings?: object
  /** Passed through a line of so many bytes a second, as a slow SSH connection is. */
  readonly bytesPerSecond?: number
}

/** How long anything is waited for: it costs nothing where things work, and machines may be slow and busy. */
const PATIENCE_MILLISECONDS = 60_000
/** `settled` waits in short pauses: a machine that stalls stalls in one of them. */
const STEP_MILLISECONDS = 10
const SETTLED_STEPS = 30

/** A program in a real pseudo-terminal, and what a person would see of it. Journeys wait for texts, never for times. */
export class PtySession {
  readonly model: TerminalModel
  /** Every byte the program wrote. */
  output = ''
  /** On a slow line: the most bytes that were written and not yet drawn. */
  mostPending = 0
  #pending = 0
  readonly #pty: ReturnType<typeof spawn>
  /** Its HOME: with the configuration file alone at first. */
  readonly home: string
  readonly #exited: Promise<number>
  #line: Promise<void> = Promise.resolve()

  constructor(file: string, args: readonly string[], options: PtyOptions = {}) {
    const { columns = 80, rows = 24, env = {}, cwd = root, bytesPerSecond, settings = { tab: 'files', sort: 'name' } } = options
    this.home = mkdtempSync(join(tmpdir(), 'peel-pty-'))
    mkdirSync(join(this.home, '.config/peel'), { recursive: true })
    writeFileSync(join(this.home, '.config/peel/config.json'), JSON.stringify(settings))
    // node-pty sets TERM to `name`, whatever the environment says.
    const name = env['TERM'] ?? 'xterm-256color'
    this.#pty = spawn(file, [...args], { name, cols: columns, rows, cwd, env: this.#environment(env) })
    keepLastWords(this.#pty)
    this.model = new TerminalModel(columns, rows, text => this.#pty.write(text))
    this.#pty.onData(data => {
      this.output += data
      if (bytesPerSecond === undefined) void this.model.write(data)
      else {
        this.#pending += Buffer.byteLength(data)
        this.mostPending = Math.max(this.mostPending, this.#pending)
        this.#line = this.#line.then(() => this.#slowly(data, bytesPerSecond))
      }
    })
    this.#exited = new Promise(resolve => this.#pty.onExit(({ exitCode, signal }) => resolve(signal ? 128 + signal : exitCode)))
  }

  /** The exit status, once everything that was written has arrived: the last bytes may come after the end. */
  async ended(): Promise<number> {
    const status = await Promise.race([this.#exited, pause(PATIENCE_MILLISECONDS, undefined, { ref: false })])
    if (status === undefined) throw new Error(`The program never ended:\n${this.model.text()}`)
    for (let before = -1; before !== this.output.length; ) {
      before = this.output.length
      await pause(30)
    }
    await this.model.write('')
    return status
  }

  /** Resolves when nothing more is being drawn. */
  async settled(): Promise<void> {
    for (let [before, still] = [-1, 0]; still < SETTLED_STEPS; still++) {
      if (before !== this.output.length) still = 0
      before = this.output.length
      await pause(STEP_MILLISECONDS)
    }
    await this.model.write('')
  }

  /** Ctrl-Z. The shell takes keys once its prompt is there, not before. */
  async stop(): Promise<void> {
    const from = this.output.length
    this.type(KEY.ctrlZ)
    await this.until(() => /Stopped.*shell\$/s.test(this.output.slice(from)), 'stop')
  }

  get pid(): number {
    return this.#pty.pid
  }

  type(...keys: readonly string[]): void {
    for (const key of keys) this.#pty.write(key)
  }

  resize(columns: number, rows: number): void {
    this.model.resize(columns, rows)
    this.#pty.resize(columns, rows)
  }

  kill(signal: string): void {
    this.#pty.kill(signal)
  }

  /** Closes the terminal under the program, as a lost connection does. */
  hangUp(): void {
    // A method that node-pty's own types leave out.
    if ('destroy' in this.#pty && typeof this.#pty.destroy === 'function') this.#pty.destroy()
  }

  /** Waits until the screen shows all of `texts`. */
  async shows(...texts: readonly (string | RegExp)[]): Promise<string> {
    return this.until(
      screen => texts.every(text => (typeof text === 'string' ? screen.includes(text) : text.test(screen))),
      `show ${texts.join(' and ')}`,
    )
  }

  async until(holds: (screen: string) => boolean, what: string, milliseconds = PATIENCE_MILLISECONDS): Promise<string> {
    const deadline = performance.now() + milliseconds
    for (;;) {
      await this.model.write('')
      const screen = this.model.text()
      if (holds(screen)) return screen
      if (performance.now() > deadline) throw new Error(`The screen never did ${what}:\n${screen}`)
      await pause(10)
    }
  }

  /**
   * Ends the program if it still runs, and forgets its files. Call it at the end of every test. A program under the killed one,
   * a pager say, may be writing its last file: the removal is tried again until the directory is empty.
   */
  async close(): Promise<void> {
    try {
      this.#pty.kill('SIGKILL')
    } catch {
      // It has ended already.
    }
    await rm(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  }

  #environment(own: Readonly<Record<string, string>>): Record<string, string> {
    const clean: Record<string, string> = {
      PATH: `${root}node_modules/.bin:${process.env['PATH'] ?? ''}`,
      HOME: this.home,
      LANG: 'C.UTF-8',
      PS1: 'shell$ ',
    }
    return { ...clean, ...own }
  }

  async #slowly(data: string, bytesPerSecond: number): Promise<void> {
    const step = Math.max(1, Math.floor(bytesPerSecond / 50))
    const bytes = Buffer.from(data)
    for (let at = 0; at < bytes.length; at += step) {
      await pause(20)
      const piece = bytes.subarray(at, at + step)
      await this.model.write(piece)
      this.#pending -= piece.length
    }
  }
}

/**
 * node-pty destroys its stream 200 ms after the program's end, whether it was read or not: a process that stalls just then
 * would lose the last words. One turn more, and they are read.
 */
function keepLastWords(pty: object): void {
  const socket = '_socket' in pty ? pty._socket : undefined
  if (!(socket instanceof Readable)) throw new Error('node-pty has no stream')
  const destroy = socket.destroy.bind(socket)
  socket.destroy = error => {
    void turn().then(() => destroy(error))
    return socket
  }
}

/**
 * Texts of the screen once all layers are read and the tree on it is that of all of them: it is computed after the sum, and rows come in
 * between others, so that a key or a click would find another row.
 */
export const WHOLE_TREE: readonly RegExp[] = [/% hidden/, /FILES {2}whole image +[\d,]+ paths? /, /▾ \//]

/** The bundled program in a terminal. */
export function peelInTerminal(args: readonly string[], options: PtyOptions = {}): PtySession {
  buildOnce()
  return new PtySession(process.execPath, [`${root}bin/peel.js`, ...args], options)
}

/** A shell with job control in a terminal; `peel` is the bundled program. */
export function shellInTerminal(options: PtyOptions = {}): PtySession {
  buildOnce()
  return new PtySession('/bin/bash', ['--norc', '--noprofile', '-i'], options)
}

/** The command that a shell starts the bundled program with. */
export const PEEL_COMMAND = `node ${root}bin/peel.js`
