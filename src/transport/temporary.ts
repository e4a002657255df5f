import { lstat, lutimes, readdir, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isTemporaryName, makerOf, temporaryName } from './maker.ts'
import { isOwn, removeTree } from './remove-tree.ts'

/**
 * Things that must not outlive the process, under names that tell the process that made them (`maker.ts`). They are removed when the process
 * ends; after a kill, a later peel that comes to the same directory sweeps them. A maker whose process cannot be seen from here,
 * in another container or on another machine, shows that it is alive by touching what it has.
 */

/** Milliseconds between two touches, and without one until what lies there counts as left behind. */
const HEARTBEAT = 60_000
const SILENCE = 15 * 60_000

/** Files to remove at exit, whichever way the process ends that still runs code. */
const pending = new Set<string>()
let beat: NodeJS.Timeout | undefined

/** A fresh path in `directory` for something temporary; it is removed at exit until `forgetTemporary`. */
export function temporaryPath(directory: string): string {
  if (pending.size === 0) process.once('exit', removePending)
  const path = join(directory, temporaryName())
  pending.add(path)
  beat ??= setInterval(touchPending, HEARTBEAT).unref()
  return path
}

/** The path was renamed to its final name, or removed. */
export function forgetTemporary(path: string): void {
  pending.delete(path)
  if (pending.size > 0) return
  process.removeListener('exit', removePending)
  clearInterval(beat)
  beat = undefined
}

export async function removeTemporary(path: string): Promise<void> {
  // Most are files. Asked for in another thread: freeing a gigabyte can take a tenth of a second.
  await unlink(path).catch(() => quietly(() => removeTree(path)))
  forgetTemporary(path)
}

/**
 * Removes what killed processes left in `directory`: this user's own, of makers that are gone. Never fails: what cannot be
 * removed is left.
 */
export async function sweepLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  for (const name of names.filter(isTemporaryName)) {
    const path = join(directory, name)
    if (makerOf(name) !== 'alive' && (await isLeftBehind(path, name))) quietly(() => removeTree(path))
  }
}

async function isLeftBehind(path: string, name: string): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined)
  if (stats === undefined || !isOwn(stats.uid)) return false
  return makerOf(name) === 'gone' || Date.now() - stats.mtimeMs > SILENCE
}

function touchPending(): void {
  const now = Date.now() / 1000
  for (const path of pending) void lutimes(path, now, now).catch(() => undefined)
}

function removePending(): void {
  for (const path of pending) if (isTemporaryName(basename(path))) quietly(() => removeTree(path))
}

/** A file that stays is swept by a later start. */
function quietly(action: () => void): void {
  try {
    action()
  } catch {
    // Left for a later start.
  }
}
