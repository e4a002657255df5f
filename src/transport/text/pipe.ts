import { constants, openSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { formatSize } from '../../format/size.ts'
import { errorCode } from './usual-text.ts'

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
    // The system tells nothing of a pipe that no program has opened.
    const silence = setTimeout(() => socket.push(null), until - Date.now())
    try {
      for await (const chunk of socket) {
        clearTimeout(silence)
        begun = true
        yield chunk
      }
    } finally {
      clearTimeout(silence)
      socket.destroy()
    }
    if (begun) return
    await wait(POLL_MILLISECONDS, undefined, signal === undefined ? {} : { signal })
  }
}

/** Bytes of a file that a person named: a plan, certificates, rules. More than any has. */
const NAMED_LIMIT = 16 * 1024 * 1024
const CHUNK = 64 * 1024

/**
 * The text of a file that a person named, which may be a pipe: `--plan <(jq … plan.json)`. It neither waits for ever nor reads without
 * an end: a pipe that no program writes to and a device that gives zeros are refused.
 * @throws Error whose message says why in words, with the `code` of the system's; or the reason of `signal`
 */
export async function readNamedText(path: string, signal?: AbortSignal): Promise<string> {
  try {
    const chunks: Uint8Array[] = []
    let size = 0
    const isPipe = (await stat(path)).isFIFO()
    for await (const chunk of isPipe ? readPipe(path, signal) : readChunks(path, signal)) {
      chunks.push(chunk)
      size += chunk.byteLength
      if (size > NAMED_LIMIT) throw new Error(`it is larger than ${formatSize(NAMED_LIMIT)}`)
    }
    if (isPipe && size === 0) throw new Error(`it is a pipe, and nothing came through it in ${PATIENCE / 1000} seconds`)
    return Buffer.concat(chunks, size).toString('utf8')
  } catch (thrown) {
    signal?.throwIfAborted()
    const code = errorCode(thrown)
    const words = code === undefined ? undefined : (WORDS[code] ?? code)
    if (words === undefined) throw thrown
    throw Object.assign(new Error(words, { cause: thrown }), { code })
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is not a directory',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its symbolic links go round in a circle',
  ENXIO: 'it is a socket, not a file',
  ENAMETOOLONG: 'the name is too long',
}

async function* readChunks(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK), 0, CHUNK)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}
