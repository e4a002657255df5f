import { lstat, lutimes, readlink, rename, symlink, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ImageError } from '../error.ts'
import { quotePath, systemError } from './local-file.ts'
import { makerOf, temporaryName } from './maker.ts'
import { errorCode } from './text/usual-text.ts'

/**
 * A lock on a directory is a symbolic link that names its owner: made in one step with its content, and refreshed while it is
 * held. A dead owner's lock is taken over by one process at most. The right to do that is another link, named after the dead
 * owner, which only one process can make; the process that made it replaces the lock by an atomic rename. Owners' names are never used
 * twice, so a process that read the lock long ago finds another name in it once it has such a right, and gives that back. A
 * process that dies with such a right is succeeded the same way.
 *
 * Moving a dead lock aside and making a new one, as peel did before, lets a third process in between the two steps.
 */
const LOCK_NAME = '.peel-lock'
const RIGHT = '.peel-lock-after'

export type LockTimes = {
  /** Milliseconds after which a process gives up; a commit takes milliseconds. */
  readonly patience: number
  /** Milliseconds between two refreshes by the owner. */
  readonly heartbeat: number
  /** Milliseconds without one until an owner that cannot be seen from here counts as gone. Watched, not compared with a clock. */
  readonly silence: number
}

const TIMES: LockTimes = { patience: 60_000, heartbeat: 2000, silence: 20_000 }
const POLL_MILLISECONDS = 20

/**
 * Runs `action` while no other peel changes `directory`. A process that was stopped for long may have lost the lock meanwhile:
 * `stillHeld` tells before something is made visible.
 * @throws ImageError `DESTINATION_LOCKED`
 */
export async function withLock<Result>(
  directory: string,
  action: (stillHeld: () => Promise<boolean>) => Promise<Result>,
  times: LockTimes = TIMES,
): Promise<Result> {
  const owner = temporaryName()
  const locked = await acquireLock(directory, owner, times)
  const path = join(directory, LOCK_NAME)
  const beat = setInterval(() => void touch(path), times.heartbeat).unref()
  try {
    return await action(async () => !locked || (await readlink(path).catch(() => '')) === owner)
  } finally {
    clearInterval(beat)
    if (locked && (await readlink(path).catch(() => '')) === owner) await unlink(path).catch(() => undefined)
  }
}

/** Makes `owner` the owner of the lock; false on a file system without symbolic links, which is used without one. @throws ImageError */
export async function acquireLock(directory: string, owner: string, times: LockTimes = TIMES): Promise<boolean> {
  const path = join(directory, LOCK_NAME)
  const watch = new Watch(times.silence)
  for (const end = Date.now() + times.patience; ; ) {
    const made = await makeLink(owner, path)
    if (made !== 'taken') return made === 'made'
    const other = await readlink(path).catch(() => undefined)
    if (other === undefined) continue
    if ((await watch.isDead(path, other)) && (await takeOver(directory, owner, other, watch))) return true
    if (Date.now() > end) {
      throw new ImageError('DESTINATION_LOCKED', `Cannot write: another peel holds the lock ${quotePath(path)}`, {
        hint: 'Wait for it to end; if none runs, remove the lock.',
      })
    }
    await wait(POLL_MILLISECONDS * (0.5 + Math.random()))
  }
}

/** Whether `owner` has the lock now, in place of `dead`. */
async function takeOver(directory: string, owner: string, dead: string, watch: Watch): Promise<boolean> {
  const path = join(directory, LOCK_NAME)
  const rights: string[] = []
  // From the dead owner to the last of its successors that died in taking over.
  for (let before = dead; rights.length < 64; ) {
    const right = join(directory, `${RIGHT}${before.slice('.peel'.length)}`)
    rights.push(right)
    if ((await makeLink(owner, right)) === 'made') break
    const holder = await readlink(right).catch(() => undefined)
    if (holder === undefined || !(await watch.isDead(right, holder))) return false
    before = holder
  }
  const last = rights.at(-1) ?? ''
  if ((await readlink(last).catch(() => '')) !== owner) return false
  const dying = new Set([dead, ...(await Promise.all(rights.slice(0, -1).map(right => readlink(right).catch(() => ''))))])
  const now = await readlink(path).catch(() => undefined)
  const entitled = now !== undefined && dying.has(now)
  if (entitled) {
    const replacement = join(directory, `${RIGHT}-new${owner.slice('.peel'.length)}`)
    await symlink(owner, replacement)
    await rename(replacement, path)
  }
  // The rights of the dead first: with the last one gone, nothing of the chain may be left that looks like one.
  for (const right of entitled ? rights : [last]) await unlink(right).catch(() => undefined)
  return entitled
}

async function makeLink(owner: string, path: string): Promise<'made' | 'taken' | 'impossible'> {
  try {
    await symlink(owner, path)
    return 'made'
  } catch (thrown) {
    const code = errorCode(thrown)
    if (code === 'EEXIST') return 'taken'
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return 'impossible'
    throw systemError(thrown, `lock ${quotePath(path)}`)
  }
}

async function touch(path: string): Promise<void> {
  const now = Date.now() / 1000
  await lutimes(path, now, now).catch(() => undefined)
}

/** Sees whether owners are gone: by their process where that can be seen, else by links that are refreshed no more. */
class Watch {
  readonly #silence: number
  readonly #seen = new Map<string, { readonly time: number; readonly since: number }>()

  constructor(silence: number) {
    this.#silence = silence
  }

  async isDead(path: string, owner: string): Promise<boolean> {
    const maker = makerOf(owner)
    if (maker !== 'unknown') return maker === 'gone'
    const stats = await lstat(path).catch(() => undefined)
    if (stats === undefined) return false
    const key = `${path} ${owner}`
    const before = this.#seen.get(key)
    if (before?.time === stats.mtimeMs) return performance.now() - before.since > this.#silence
    this.#seen.set(key, { time: stats.mtimeMs, since: performance.now() })
    return false
  }
}
