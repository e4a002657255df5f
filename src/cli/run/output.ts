import { nextTurn } from '../../overlay/in-slices.ts'

/** The reader of the output has gone away (`peel ls | head`): nothing is wrong and nothing more is to be done. */
export class ClosedOutput extends Error {}

/** Standard output or standard error, written with backpressure. */
export type Output = {
  /** Whether a person is looking. */
  readonly terminal: boolean
  readonly columns: number
  /** How wide a line may be: as wide as the terminal where a person is looking, as wide as it is otherwise. */
  readonly width: number
  /** @throws ClosedOutput, the system's error when the bytes cannot be written, the signal's reason */
  write(chunk: string | Uint8Array): Promise<void>
  /** One line each, gathered into chunks that are worth a system call. `undefined` is no line: a generator whose lines are rare yields it now and then. */
  writeLines(lines: Iterable<string | undefined>): Promise<void>
}

const CHUNK = 64 * 1024
/** Output is made for so long before signals are heard. */
const TURN_MILLISECONDS = 20

type OutputOptions = {
  /** Text that cannot be written is lost without a word, for standard error: the result is somewhere else. */
  readonly lossy?: boolean
  /** Ends a write that waits for a reader who does not read. */
  readonly signal?: AbortSignal
  /** Whether a terminal shows ASCII alone: signs of ours are then written as what stands for them. Asked at each write. */
  readonly ascii?: () => boolean
}

export function createOutput(stream: NodeJS.WriteStream, { lossy = false, signal, ascii }: OutputOptions = {}): Output {
  // Without a listener a write after the reader has left would end the process with a stack trace.
  stream.on('error', () => undefined)
  const writeAsItIs = (chunk: string | Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      const abort = () => reject(signal?.reason)
      signal?.addEventListener('abort', abort, { once: true })
      stream.write(chunk, error => {
        signal?.removeEventListener('abort', abort)
        if (error === undefined || error === null || lossy) resolve()
        else reject(isClosed(error) ? new ClosedOutput() : error)
      })
    })
  let until = performance.now() + TURN_MILLISECONDS
  // A write to a file is done at once: the event loop, which hears signals, turns only here.
  const turn = async () => {
    if (performance.now() < until) return
    await nextTurn(signal)
    until = performance.now() + TURN_MILLISECONDS
  }
  const write = async (chunk: string | Uint8Array) => {
    const isPlain = typeof chunk !== 'string' || stream.isTTY !== true || ascii?.() !== true
    await writeAsItIs(isPlain ? chunk : (await import('../../tui/ascii-text.ts')).asciiSigns(chunk))
    await turn()
  }
  return {
    terminal: stream.isTTY === true,
    columns: stream.columns ?? 80,
    width: stream.isTTY === true ? stream.columns : Number.POSITIVE_INFINITY,
    write,
    async writeLines(lines) {
      let gathered = ''
      for (const line of lines) {
        if (line !== undefined) gathered += `${line}\n`
        if (gathered.length >= CHUNK) {
          await write(gathered)
          gathered = ''
        }
        if (performance.now() >= until) await turn()
      }
      if (gathered !== '') await write(gathered)
    },
  }
}

function isClosed(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || error.code === 'EOF'
}
