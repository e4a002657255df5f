import { type Instance, render } from 'ink'
import type { ReactNode } from 'react'
import type { MouseEvent } from '../../state/model/action.ts'
import type { SignalName, TerminalHost } from './host.ts'
import { InputPump } from './input-pump.ts'
import { createMouseClicks } from './mouse-clicks.ts'
import { createPaintGate, type PaintGate } from './paint-gate.ts'
import type { InputToken } from './tokens.ts'

/** The events of a terminal, for the program shown on it. */
export type ScreenEvents = {
  onKey(key: string): void
  onPaste(text: string): void
  onMouse(event: MouseEvent): void
  /** The terminal says whether its ground is light. */
  onGround(light: boolean): void
  onResize(columns: number, rows: number): void
  /** The line is gone or a signal says to end: the exit status to end with. */
  onLost(status: number): void
  /** Whether keys belong to a component of Ink's (see InputPump). */
  toInk(): 'no' | 'waiting' | 'ready'
  keeps(key: string): boolean
}

/** The one owner of the terminal: every mode it sets is undone on every way out. */
export type TerminalOwner = {
  readonly gate: PaintGate
  /** Draws everything anew: Ctrl-L, and after a resize. */
  repaint(): void
  /** Hands the terminal to another program (the shell after Ctrl-Z, a pager) and takes it back. */
  handOver(run: () => Promise<void>): Promise<void>
  setMouse(on: boolean): void
  /** Writes a sequence that moves nothing: the clipboard. */
  send(sequence: string): void
  /** Gives the terminal back; nothing is drawn afterwards. */
  close(): void
  /** Settles when Ink has ended; rejects with what a component threw. */
  readonly ended: Promise<unknown>
}

const PASTE_ON = '\u001b[?2004h'
const MOUSE_ON = '\u001b[?1000h\u001b[?1006h'
const MOUSE_OFF = '\u001b[?1006l\u001b[?1002l\u001b[?1000l'
/** A name whose width the terminal measures otherwise than we do is cut at the edge, not wrapped over the next row. */
const WRAP_OFF = '\u001b[?7l'
/** Undoes all we may have switched on, mouse, paste, autowrap, keyboard protocol, progress, cursor; harmless where it was not. */
const UNDO = `${MOUSE_OFF}\u001b[?2004l\u001b[?7h\u001b[<u\u001b]9;4;0\u0007\u001b[?25h`
const LEAVE_ALTERNATE = '\u001b[?1049l'
/** Of the normal screen: the alternate one begins where the cursor was. */
const LINE_START = '\r'
const CLEAR = '\u001b[H\u001b[2J'
const ASK_GROUND = '\u001b]11;?\u0007'
/** Terminals that answer, or say nothing: others would print the question. */
const ASKED = /^(?:xterm|tmux|rxvt|foot|alacritty|wezterm|st-|konsole|vte)/

const STATUS: Readonly<Record<SignalName, number>> = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 }
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const

/** Quick resizes leave stale rows behind Ink's incremental writer (vadimdemedes/ink#1023): repaint once they are over. */
const RESIZE_QUIET_MILLISECONDS = 120
const ESCAPE_MILLISECONDS = 25
/** Over SSH the bytes of one key may arrive apart. */
const ESCAPE_SSH_MILLISECONDS = 90

/** A Ctrl-C that ended a pager may reach us after its end did: they arrive through different threads. */
const LATE_SIGNAL_MILLISECONDS = 1000

/** Ink gives `suspendTerminal` to components only: the tree hands it out here once it is mounted. */
export type OnSuspender = (suspend: (run: () => Promise<void>) => Promise<unknown>) => void

export function openScreen(
  host: TerminalHost,
  tree: (onSuspender: OnSuspender) => ReactNode,
  events: ScreenEvents,
): TerminalOwner {
  return new TerminalScreen(host, tree, events)
}

class TerminalScreen implements TerminalOwner {
  readonly gate: PaintGate
  readonly ended: Promise<unknown>
  readonly #host: TerminalHost
  readonly #tree: ReactNode
  readonly #events: ScreenEvents
  readonly #pump: InputPump
  readonly #ink: Instance
  readonly #clicks = createMouseClicks()
  readonly #undoListeners: (() => void)[] = []
  #resizeTimer: NodeJS.Timeout | undefined
  #mouse = false
  #closed = false
  #away: Promise<void> | undefined
  #lately = false
  #lateTimer: NodeJS.Timeout | undefined
  #suspendInk: Parameters<OnSuspender>[0] | undefined

  constructor(host: TerminalHost, tree: (onSuspender: OnSuspender) => ReactNode, events: ScreenEvents) {
    this.#host = host
    this.#tree = tree(suspend => {
      this.#suspendInk = suspend
    })
    this.#events = events
    const { stdout } = host
    this.gate = createPaintGate({
      write: text => this.send(text),
      bytesWritten: () => stdout.bytesWritten ?? 0,
    })
    this.#pump = this.#createPump()
    this.#listen()
    // Keys typed while the program was loading were echoed and moved the cursor, which Ink's first row would start at.
    this.#pump.setRawMode(true)
    host.stdout.write(LINE_START)
    this.#ink = this.#start()
    this.send(WRAP_OFF + PASTE_ON + (ASKED.test(host.env['TERM'] ?? '') ? ASK_GROUND : ''))
    this.ended = this.#ink.waitUntilExit()
  }

  repaint(): void {
    if (this.#closed || this.#away !== undefined) return
    this.#ink.clear()
    this.#host.stdout.write(CLEAR)
    this.#ink.rerender(this.#tree)
  }

  setMouse(on: boolean): void {
    if (on === this.#mouse) return
    this.#mouse = on
    this.send(on ? MOUSE_ON : MOUSE_OFF)
  }

  send(sequence: string): void {
    if (!this.#closed && this.#away === undefined) this.#host.stdout.write(sequence)
  }

  /** Never twice at once: Ink refuses, and the second one has nothing to give. */
  handOver(run: () => Promise<void>): Promise<void> {
    this.#away ??= this.#handOver(run).finally(() => {
      this.#away = undefined
      this.#rememberIt()
      this.gate.wake()
      if (this.#closed) return
      this.send(WRAP_OFF + PASTE_ON + (this.#mouse ? MOUSE_ON : ''))
      this.#tellSize()
      this.repaint()
    })
    return this.#away
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#resizeTimer)
    this.gate.close()
    for (const undo of this.#undoListeners) undo()
    this.#ink.unmount()
    this.#pump.setRawMode(false)
    this.#pump.release()
    this.#host.writeNow(UNDO)
  }

  #start(): Instance {
    const { stdout } = this.#host
    return render(this.#tree, {
      // Ink asks for the process's own streams; these have all that it uses.
      stdin: this.#pump as unknown as NodeJS.ReadStream,
      stdout: stdout as unknown as NodeJS.WriteStream,
      alternateScreen: true,
      incrementalRendering: true,
      // CI=true would make Ink draw nothing until the end.
      interactive: true,
      exitOnCtrlC: false,
      patchConsole: true,
      maxFps: 30,
      onRender: () => this.gate.painted(),
    })
  }

  #createPump(): InputPump {
    const { env, stdin } = this.#host
    const remote = env['SSH_CONNECTION'] !== undefined || env['SSH_TTY'] !== undefined
    return new InputPump(stdin, {
      onToken: token => this.#onToken(token),
      toInk: () => this.#events.toInk(),
      keeps: key => this.#events.keeps(key),
      onEnd: () => this.#events.onLost(STATUS.SIGHUP),
      escapeMilliseconds: remote ? ESCAPE_SSH_MILLISECONDS : ESCAPE_MILLISECONDS,
    })
  }

  #onToken(token: InputToken): void {
    if (this.#closed) return
    if (token.type === 'key') this.#events.onKey(token.key)
    else if (token.type === 'paste') this.#events.onPaste(token.text)
    else if (token.type === 'ack') this.gate.acknowledged()
    else if (token.type === 'ground') this.#events.onGround(token.light)
    else {
      const event = this.#clicks(token)
      if (event !== undefined) this.#events.onMouse(event)
    }
  }

  #listen(): void {
    const { stdout } = this.#host
    const onResize = () => {
      this.#tellSize()
      clearTimeout(this.#resizeTimer)
      this.#resizeTimer = setTimeout(() => this.repaint(), RESIZE_QUIET_MILLISECONDS)
    }
    // EPIPE or EIO: the terminal is gone, and every further write would say so again.
    const onError = () => this.#events.onLost(STATUS.SIGHUP)
    stdout.on('resize', onResize)
    stdout.on('error', onError)
    this.#undoListeners.push(
      () => stdout.off('resize', onResize),
      ...SIGNALS.map(signal => this.#host.onSignal(signal, () => this.#onSignal(signal))),
      this.#host.onExit(() => this.#lastWords()),
    )
  }

  /** Keys typed while another program has the terminal are for that program: Ctrl-C in a pager ends its search, not us. */
  #onSignal(signal: SignalName): void {
    const typed = signal === 'SIGINT' || signal === 'SIGQUIT'
    const theirs = this.#away !== undefined || this.#lately
    if (!typed || !theirs) this.#events.onLost(STATUS[signal])
  }

  /** For a second, and until signals that came in it were heard: a process that stalls hears them after its timers. */
  #rememberIt(): void {
    this.#lately = true
    clearTimeout(this.#lateTimer)
    this.#lateTimer = setTimeout(
      () =>
        setImmediate(() => {
          this.#lately = false
        }),
      LATE_SIGNAL_MILLISECONDS,
    ).unref()
  }

  /** The process ends without having closed the screen: leave the terminal as it was, whatever Ink could still do. */
  #lastWords(): void {
    if (this.#closed) return
    this.#closed = true
    this.#host.writeNow(LEAVE_ALTERNATE + UNDO)
  }

  #tellSize(): void {
    const { columns, rows } = this.#host.stdout
    if (columns !== undefined && rows !== undefined) this.#events.onResize(columns, rows)
  }

  async #handOver(run: () => Promise<void>): Promise<void> {
    const { stdout } = this.#host
    await this.gate.rest()
    stdout.write(UNDO)
    // An empty event loop would make Ink end the program while it is stopped.
    const alive = setInterval(() => {}, 1 << 30)
    try {
      await this.#suspendInk?.(run)
    } finally {
      clearInterval(alive)
    }
  }
}
