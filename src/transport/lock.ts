import { readlink, rename, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ImageError } from '../error.ts'
import { errorCode, quotePath, systemError } from './local-file.ts'
import { isOrphan, temporaryName } from './temporary.ts'

const LOCK_NAME = '.peel-lock'
/** A commit takes milliseconds; who waits longer waits for something that hangs. */
const WAIT_MILLISECONDS = 30_000
const POLL_MILLISECONDS = 50

/**
 * Runs `action` while no other peel on this machine changes `directory`. The lock is a symlink that names its owner: made
 * in one step with its content, and taken over when the owner is gone.
 * @throws ImageError `DESTINATION_LOCKED`
 */
export async function withLock<Result>(directory: string, action: () => Promise<Result>): Promise<Result> {
  const path = join(directory, LOCK_NAME)
  const owner = temporaryName()
  const locked = await acquire(path, owner)
  try {
    return await action()
  } finally {
    if (locked && (await readlink(path).catch(() => '')) === owner) await unlink(path).catch(() => {})
  }
}

/** Whether a lock was made: a file system without symlinks works without one. */
async function acquire(path: string, owner: string): Promise<boolean> {
  for (const end = Date.now() + WAIT_MILLISECONDS; ; ) {
    try {
      await symlink(owner, path)
      return true
    } catch (thrown) {
      const code = errorCode(thrown)
      if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return false
      if (code !== 'EEXIST') throw systemError(thrown, `lock ${quotePath(path)}`)
    }
    const other = await readlink(path).catch(() => '')
    if (isOrphan(other)) await breakLock(path, other)
    else if (Date.now() > end) {
      throw new ImageError('DESTINATION_LOCKED', `Cannot write: another peel holds the lock ${quotePath(path)}`, {
        hint: 'Wait for it to end; if none runs, remove the lock.',
      })
    } else await wait(POLL_MILLISECONDS)
  }
}

/** Moves the dead owner's lock away; when two processes try at once, the one that moved a living lock puts it back. */
async function breakLock(path: string, dead: string): Promise<void> {
  const aside = `${path}-${temporaryName().slice(-16)}`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  const moved = await readlink(aside).catch(() => dead)
  await unlink(aside).catch(() => {})
  if (moved !== dead) await symlink(moved, path).catch(() => {})
}
