import { randomBytes } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  unlinkSync,
} from 'node:fs'
import { join } from 'node:path'

/** Directories that are open inside each other: deeper ones are lifted to the top first, so that no tree is too deep. */
const DEPTH = 16

/**
 * Removes a file, a link or a directory with all in it, if it belongs to this user. Where others may enter the directory, what they put
 * into it stays; in one that is closed to them everything is this program's, such as files that root gave an image's owners. Each directory is opened without following a
 * link and everything below is reached through that handle (`/proc/self/fd`, which is how Node gets at `unlinkat`), so a
 * directory that is exchanged for a symbolic link meanwhile leads nowhere else. Where there is no such path a directory is
 * removed only if no other user can write to the one it lies in.
 * @throws what the system refuses
 */
export function removeTree(path: string): void {
  const stats = lstatSync(path)
  if (!isOwn(stats.uid)) return
  if (!stats.isDirectory()) unlinkSync(path)
  else if (existsSync('/proc/self/fd')) removeDirectory(path, stats, undefined)
  else removeByPath(path)
}

/**
 * Where a directory lies: below how many others, and the top one of them, which deep ones are lifted to. `closed`: no other user can
 * have put anything into it.
 */
type Around = { readonly depth: number; readonly top: { readonly handle: string; readonly closed: boolean; lifted: number } }

/** @param around undefined for the top directory */
function removeDirectory(path: string, stats: Stats, around: Around | undefined): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW)
  try {
    const opened = fstatSync(descriptor)
    if (opened.ino !== stats.ino || opened.dev !== stats.dev) throw new Error('the directory was exchanged')
    const closed = (opened.mode & 0o077) === 0
    // An extracted directory may be read-only already.
    if ((opened.mode & 0o700) !== 0o700) fchmodSync(descriptor, 0o700)
    const handle = `/proc/self/fd/${descriptor}`
    const top = around?.top ?? { handle, closed, lifted: 0 }
    let lifted: number
    do {
      lifted = top.lifted
      removeEntries(handle, { depth: (around?.depth ?? 0) + 1, top })
    } while (around === undefined && top.lifted > lifted)
  } finally {
    closeSync(descriptor)
  }
  rmdirSync(path)
}

function removeEntries(handle: string, around: Around): void {
  for (const name of readdirSync(handle)) {
    const path = join(handle, name)
    const stats = lstatSync(path)
    if (!isOwn(stats.uid) && !around.top.closed) continue
    if (!stats.isDirectory()) unlinkSync(path)
    else if (around.depth < DEPTH) removeDirectory(path, stats, around)
    else {
      renameSync(path, join(around.top.handle, `.${randomBytes(8).toString('hex')}`))
      around.top.lifted++
    }
  }
}

export function isOwn(uid: number): boolean {
  return process.getuid === undefined || uid === process.getuid()
}

function removeByPath(path: string): void {
  const WRITABLE_BY_OTHERS = 0o022
  if ((lstatSync(join(path, '..')).mode & WRITABLE_BY_OTHERS) === 0) rmSync(path, { recursive: true, force: true })
}
