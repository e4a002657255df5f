/** The reader of the output has gone away (`peel ls | head`): nothing is wrong and nothing more is to be done. */
export class ClosedOutput extends Error {}

/** Standard output or standard error, written with backpressure. */
export type Output = {
  /** Whether a person is looking. */
  readonly terminal: boolean
  readonly columns: number
  /** @throws ClosedOutput, and the system's error when the bytes cannot be written */
  write(chunk: string | Uint8Array): Promise<void>
  /** One line each, gathered into chunks that are worth a system call. */
  writeLines(lines: Iterable<string>): Promise<void>
}

const CHUNK = 64 * 1024

/** `lossy`: what cannot be written is lost without a word, for standard error: the result is somewhere else. */
export function createOutput(stream: NodeJS.WriteStream, { lossy = false }: { readonly lossy?: boolean } = {}): Output {
  // Without a listener a write after the reader has left would end the process with a stack trace.
  stream.on('error', () => undefined)
  const write = (chunk: string | Uint8Array) =>
    new Promise<void>((resolve, reject) => {
      stream.write(chunk, error => {
        if (error === undefined || error === null || lossy) resolve()
        else reject(isClosed(error) ? new ClosedOutput() : error)
      })
    })
  return {
    terminal: stream.isTTY === true,
    columns: stream.columns ?? 80,
    write,
    async writeLines(lines) {
      let gathered = ''
      for (const line of lines) {
        gathered += `${line}\n`
        if (gathered.length < CHUNK) continue
        await write(gathered)
        gathered = ''
      }
      if (gathered !== '') await write(gathered)
    },
  }
}

function isClosed(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED' || error.code === 'EOF'
}
