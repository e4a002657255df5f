import type { Readable, Writable } from 'node:stream'

/** The terminal's input: `process.stdin`, or a test's stream. */
export type TerminalInput = Readable & {
  readonly isTTY?: boolean
  setRawMode?(on: boolean): unknown
  ref?(): unknown
  unref?(): unknown
}

/** The terminal's output: `process.stdout`, or a test's stream. */
type TerminalOutput = Writable & {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  /** Bytes handed to the terminal so far. */
  readonly bytesWritten?: number
}

export type SignalName = 'SIGTERM' | 'SIGHUP' | 'SIGINT' | 'SIGQUIT'

/** The parts of its process that the screen needs. `cli` makes the real one; nothing else here touches the process. */
export type TerminalHost = {
  readonly stdin: TerminalInput
  readonly stdout: TerminalOutput
  readonly env: Readonly<Record<string, string | undefined>>
  /** Writes at once, past every buffer: for the last words before the process ends. Never throws. */
  writeNow(text: string): void
  /** Returns the way to stop listening. */
  onSignal(signal: SignalName, listener: () => void): () => void
  /** Called when the process ends, however it ends short of a SIGKILL. Returns the way to stop listening. */
  onExit(listener: () => void): () => void
  /** Called for an uncaught exception. Returns the way to stop listening. */
  onCrash(listener: (thrown: unknown) => void): () => void
  /** Stops the whole process group as Ctrl-Z does; resolves when it goes on, with the terminal's size read anew. */
  stop(): Promise<void>
}
