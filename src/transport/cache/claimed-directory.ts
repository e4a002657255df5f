import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The file that marks a directory as a cache for backup programs (https://bford.info/cachedir/), and this one as peel's. */
const TAG = 'CACHEDIR.TAG'
const TEXT = `Signature: 8a477f597d28d172789f06886806bc55
# peel keeps here what it can make again, and removes what it used least recently.
# It removes files under names of its own only. "peel cache clear" empties it.
`

/**
 * Whether `directory` is a cache that peel may write to and remove files from: a directory, not a link to one, of this user, that
 * peel made and marked. One without the mark is claimed where it is empty or holds nothing but `own` names, as caches of
 * earlier versions do. Any other directory is not peel's, whatever its name.
 */
export function claimDirectory(directory: string, own: RegExp): boolean {
  try {
    makeDirectories(directory)
    if (!isOwnDirectory(directory)) return false
    const tag = join(directory, TAG)
    if (lstatSync(tag, { throwIfNoEntry: false })?.isFile() === true) return readFileSync(tag, 'latin1') === TEXT
    if (!readdirSync(directory).every(name => own.test(name))) return false
    writeFileSync(tag, TEXT, { flag: 'wx', mode: 0o600 })
    return true
  } catch {
    // Another peel may have been a moment earlier.
    return isMarked(directory)
  }
}

/** One after the other: Node's own recursive call goes on for ever where a file system takes no directory at all (/proc). */
function makeDirectories(directory: string): void {
  if (existsSync(directory)) return
  if (directory !== dirname(directory)) makeDirectories(dirname(directory))
  mkdirSync(directory, { mode: 0o700 })
}

/** Whether a directory was claimed before. */
function isMarked(directory: string): boolean {
  try {
    return isOwnDirectory(directory) && readFileSync(join(directory, TAG), 'latin1') === TEXT
  } catch {
    return false
  }
}

/** A directory of this user's, not a link to one. */
export function isOwnDirectory(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats?.isDirectory() === true && isOwnUid(stats.uid)
}

export function isOwnUid(uid: number | bigint): boolean {
  return process.getuid === undefined || Number(uid) === process.getuid()
}
