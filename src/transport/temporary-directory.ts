import { accessSync, constants, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute } from 'node:path'
import { ImageError } from '../error.ts'
import { quotePath } from './local-file.ts'
import { errorCode } from './text/usual-text.ts'

/**
 * Where large temporary files go: `TMPDIR`, else /var/tmp, since /tmp is often memory, else the system's.
 * @throws ImageError `TEMPORARY_DIRECTORY_UNUSABLE` where `TMPDIR` names no directory that can be written to, or none is left
 */
export function temporaryDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment['TMPDIR']
  if (chosen !== undefined && chosen !== '') {
    const why = isAbsolute(chosen) ? problemOf(chosen) : 'it is not an absolute path'
    if (why === undefined) return chosen
    throw unusable(`use TMPDIR=${quotePath(chosen)}`, why)
  }
  for (const usual of ['/var/tmp', tmpdir()]) if (problemOf(usual) === undefined) return usual
  throw unusable('write temporary files', 'neither /var/tmp nor the system’s directory can be written to')
}

function problemOf(directory: string): string | undefined {
  try {
    if (!statSync(directory).isDirectory()) return 'it is not a directory'
    accessSync(directory, constants.W_OK | constants.X_OK)
    return undefined
  } catch (thrown) {
    const code = errorCode(thrown)
    if (code === 'ENOENT') return 'there is no such directory'
    return code === 'EROFS' ? 'its file system is read-only' : `it cannot be written to (${code})`
  }
}

function unusable(action: string, why: string): ImageError {
  return new ImageError(
    'TEMPORARY_DIRECTORY_UNUSABLE',
    { action, why },
    {
      hint: 'Set TMPDIR to a directory with room for the layers, or unset it.',
    },
  )
}

/** Bytes that can be written below `directory`; it need not exist yet. Infinity when the file system does not say. */
export async function freeBytes(directory: string): Promise<number> {
  for (let at = directory; ; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at)
      return bavail * bsize
    } catch {
      if (at === dirname(at)) return Number.POSITIVE_INFINITY
    }
  }
}

/** @throws ImageError `NO_SPACE` when `directory` has no room for `bytes` */
export async function checkRoom(directory: string, bytes: number, action: string): Promise<void> {
  const free = await freeBytes(directory)
  if (bytes > free) throw noSpace(directory, action, `${bytes} bytes are needed and ${free} are free`)
}

export function noSpace(directory: string, action: string, why: string): ImageError {
  return new ImageError('NO_SPACE', `Cannot ${action}: ${why} in ${quotePath(directory)}`, {
    hint: 'Free some space there, or use another disk (for temporary files: TMPDIR=/other/disk).',
  })
}
