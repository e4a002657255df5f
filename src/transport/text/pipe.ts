import { constants, openSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds that the program at the other end has to open the pipe. */
const PATIENCE = 30_000
const POLL_MILLISECONDS = 50

/**
 * The bytes that come through a named pipe, `<(docker save x)` among them. It is opened without waiting and read as a socket is:
 * a thread that waits in the system for a writer could not be ended. Before a writer came a pipe looks ended, so it is looked at again.
 */
export async function* readPipe(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for (const until = Date.now() + PATIENCE; Date.now() < until; ) {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const socket = new Socket({ fd, readable: true, writable: false })
    if (signal !== undefined) addAbortSignal(signal, socket)
    let begun = false
    try {
      for await (const chunk of socket) {
        begun = true
        yield chunk
      }
    } finally {
      socket.destroy()
    }
    if (begun) return
    await wait(POLL_MILLISECONDS, undefined, signal === undefined ? {} : { signal })
  }
}

/** The text of a file that a person named, which may be a pipe: `--plan <(jq … plan.json)`. @throws the error of Node, or the reason of `signal` */
export async function readNamedText(path: string, signal?: AbortSignal): Promise<string> {
  if (!(await stat(path)).isFIFO()) return readFile(path, { encoding: 'utf8', ...(signal !== undefined && { signal }) })
  const chunks: Uint8Array[] = []
  for await (const chunk of readPipe(path, signal)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
