import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { ImageError, reasonOf } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { escapeText } from '../escape.ts'
import { errorCode } from './text/usual-text.ts'

/** Bytes asked of the disk at once: large enough that the calls do not show, small enough to stay in cache. */
const CHUNK_BYTES = 256 * 1024
/** Bytes that are read at once, without the pool of threads: a way there and back costs ten times what reading a document does. */
const AT_ONCE = 64 * 1024
/** Calls at once before keys and signals are answered: some milliseconds. */
const CALLS_IN_A_TURN = 64

let calls = 0

/** Awaited before a place is looked at without the pool of threads: long lists of documents do not keep keys and signals waiting. */
export async function inTurn(): Promise<void> {
  if (++calls % CALLS_IN_A_TURN === 0) await new Promise(resolve => setImmediate(resolve))
}

/**
 * Opens a regular file for reading; symlinks are followed. Never waits: a fifo opens at once and is refused like a device.
 * @throws ImageError `NOT_A_FILE`, and those of `systemError`
 */
export async function openRegularFile(path: string): Promise<{ handle: FileHandle; size: number }> {
  const action = `read ${quotePath(path)}`
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await handle.stat()
    if (stats.isFile()) return { handle, size: stats.size }
    await handle.close()
  } catch (thrown) {
    throw systemError(thrown, action)
  }
  throw new ImageError('NOT_A_FILE', `Cannot ${action}: it is not a regular file`)
}

/** `length` bytes of a file from `offset`, fewer where the file ends; each chunk is a buffer of its own. */
export async function* readRange(path: string, offset: number, length: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  if (length <= AT_ONCE) {
    await inTurn()
    signal?.throwIfAborted()
    const { bytes } = readAtOnce(path, offset, length)
    if (bytes.length > 0) yield bytes
    return
  }
  await using handle = (await openRegularFile(path)).handle
  try {
    for (let at = 0; at < length; ) {
      signal?.throwIfAborted()
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, length - at))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset + at)
      if (bytesRead === 0) return
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } catch (thrown) {
    signal?.throwIfAborted()
    throw systemError(thrown, `read ${quotePath(path)}`)
  }
}

/**
 * A small file as a whole.
 * @throws ImageError `DOCUMENT_TOO_LARGE`, `NOT_A_FILE`, and those of `systemError`
 */
export async function readSmallFile(path: string, limit: number): Promise<Buffer> {
  await inTurn()
  const { bytes, size } = readAtOnce(path, 0, Math.min(AT_ONCE, limit))
  if (size > limit)
    throw new ImageError('DOCUMENT_TOO_LARGE', `Cannot read ${quotePath(path)}: its ${size} bytes are over the limit of ${limit}`)
  if (size <= AT_ONCE) return bytes
  const chunks: Buffer[] = []
  for await (const chunk of readRange(path, 0, size)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/**
 * At most `length` bytes of a regular file from `offset`, and the size of the file. Never waits for a fifo.
 * @throws ImageError `NOT_A_FILE`, and those of `systemError`
 */
function readAtOnce(path: string, offset: number, length: number): { readonly bytes: Buffer; readonly size: number } {
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = fstatSync(file)
    if (!stats.isFile()) throw new ImageError('NOT_A_FILE', `Cannot read ${quotePath(path)}: it is not a regular file`)
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, stats.size - offset)))
    let at = 0
    for (let count = -1; at < bytes.length && count !== 0; at += count)
      count = readSync(file, bytes, at, bytes.length - at, offset + at)
    return { bytes: bytes.subarray(0, at), size: stats.size }
  } catch (thrown) {
    throw systemError(thrown, `read ${quotePath(path)}`)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

const CODES: Readonly<Record<string, readonly [code: ErrorCode, why: string, hint?: string]>> = {
  ENOENT: ['NOT_FOUND', 'there is no such file or directory', 'Check the path, and that its directory exists.'],
  ENOTDIR: ['NOT_FOUND', 'a part of its path is not a directory', 'Check the path.'],
  EACCES: ['PERMISSION_DENIED', 'permission denied', 'Choose another place, or run as a user with the permission.'],
  EPERM: ['PERMISSION_DENIED', 'permission denied', 'Choose another place, or run as a user with the permission.'],
  EISDIR: ['NOT_A_FILE', 'it is a directory'],
  ENXIO: ['NOT_A_FILE', 'it is not a regular file'],
  ELOOP: ['NOT_FOUND', 'its symbolic links go round in a circle', 'Check where they lead: ls -l.'],
  ENAMETOOLONG: ['NOT_FOUND', 'the name is too long', 'Choose a shorter one.'],
  ENOSPC: ['NO_SPACE', 'the disk is full', 'Free some space, or write to another disk.'],
  EDQUOT: ['NO_SPACE', 'the disk quota is used up', 'Free some space, or write to another disk.'],
  EFBIG: ['NO_SPACE', 'no file may be that large there', 'Raise the limit (ulimit -f unlimited), or write to another disk.'],
  EROFS: ['PERMISSION_DENIED', 'the file system is read-only', 'Write to another place.'],
  EMFILE: ['READ_FAILED', 'too many files are open', 'Raise the limit: ulimit -n 4096.'],
}

/** A refusal of the operating system, as an error of ours; an ImageError stays as it is. */
export function systemError(thrown: unknown, action: string): ImageError {
  if (thrown instanceof ImageError) return thrown
  const known = CODES[errorCode(thrown) ?? '']
  const [code, why, hint] = known ?? (['READ_FAILED', escapeText(reasonOf(thrown))] as const)
  return new ImageError(code, `Cannot ${action}: ${why}`, { cause: thrown, ...(hint !== undefined && { hint }) })
}

/** Whether two paths lead to one file or directory, whatever links and spellings are on the way. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(path => stat(path, { bigint: true }).catch(() => undefined)))
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino
}

export function quotePath(path: string): string {
  return `"${escapeText(path)}"`
}
