import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  type Stats,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'

/** Directories inside each other; ours have three. */
const DEPTH = 16

/**
 * Removes a file, a link or a directory with all in it, if it belongs to this user. Each directory is opened without following a
 * link and everything below is reached through that handle (`/proc/self/fd`, which is how Node gets at `unlinkat`), so a
 * directory that somebody exchanges for a symbolic link meanwhile leads nowhere else. Where there is no such path a directory is
 * removed only if nobody else can write to the one it lies in.
 * @throws what the system refuses
 */
export function removeTree(path: string, depth = 0): void {
  const stats = lstatSync(path)
  if (!isOwn(stats.uid)) return
  if (!stats.isDirectory()) unlinkSync(path)
  else if (existsSync('/proc/self/fd')) removeDirectory(path, stats, depth)
  else removeByPath(path)
}

function removeDirectory(path: string, stats: Stats, depth: number): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    const opened = fstatSync(descriptor)
    // The opened directory must be the one that was looked at.
    if (opened.ino !== stats.ino || opened.dev !== stats.dev || depth > DEPTH) return
    const handle = `/proc/self/fd/${descriptor}`
    for (const name of readdirSync(handle)) removeTree(join(handle, name), depth + 1)
  } finally {
    closeSync(descriptor)
  }
  rmdirSync(path)
}

export function isOwn(uid: number): boolean {
  return process.getuid === undefined || uid === process.getuid()
}

function removeByPath(path: string): void {
  const WRITABLE_BY_OTHERS = 0o022
  if ((lstatSync(join(path, '..')).mode & WRITABLE_BY_OTHERS) === 0) rmSync(path, { recursive: true, force: true })
}
