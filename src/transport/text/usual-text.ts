import { closeSync, constants, openSync, readSync } from 'node:fs'
import { formatSize } from '../../format/size.ts'

/** Bytes of a file of settings, more than any has. */
const TEXT_LIMIT = 16 * 1024 * 1024
const CHUNK = 64 * 1024

/**
 * The text of a file of settings that lies where it usually does. This neither waits nor reads without an end: a fifo without a writer is
 * an empty file, a device that gives zeros for ever is too large.
 * @throws the error of Node, or one that says that the file is too large
 */
export function readUsualText(path: string): string {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const chunks: Buffer[] = []
    for (let size = 0; ; ) {
      const chunk = Buffer.allocUnsafe(CHUNK)
      const count = readSync(descriptor, chunk)
      if (count === 0) return Buffer.concat(chunks, size).toString('utf8')
      chunks.push(chunk.subarray(0, count))
      size += count
      if (size > TEXT_LIMIT) throw new Error(`it is larger than ${formatSize(TEXT_LIMIT)}`)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** Whether a file could not be read because there is none. */
export function isMissing(thrown: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(thrown) ?? '')
}

/** `ENOENT` and the like. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
}
