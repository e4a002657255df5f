import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { readdir, rm, statfs, unlink } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { ImageError } from '../error.ts'
import { quotePath } from './local-file.ts'

/**
 * Names of things that must not outlive the process: `.peel-HOST-PID-START-RANDOM`. They are removed when the process ends;
 * after a kill, whoever comes to the same directory next sees from the name that their maker is gone and sweeps them.
 */
const PATTERN = /^\.peel-([a-zA-Z0-9_.]+)-(\d+)-(\d+)-[0-9a-f]{16}$/

/** What to remove at exit, whichever way the process ends that still runs code. */
const pending = new Set<string>()

/** A fresh path in `directory` for something temporary; it is removed at exit until `forgetTemporary`. */
export function temporaryPath(directory: string): string {
  if (pending.size === 0) process.once('exit', removePending)
  const path = join(directory, temporaryName())
  pending.add(path)
  return path
}

/** A name that tells who made it. */
export function temporaryName(): string {
  return `.peel-${HOST}-${process.pid}-${startOf(process.pid) ?? 0}-${randomBytes(8).toString('hex')}`
}

/** The path was renamed to its final name, or removed. */
export function forgetTemporary(path: string): void {
  pending.delete(path)
  if (pending.size === 0) process.removeListener('exit', removePending)
}

export async function removeTemporary(path: string): Promise<void> {
  // Most are files. Asked for at once, in another thread: freeing a gigabyte can take a tenth of a second.
  await unlink(path).catch(() => rm(path, { recursive: true, force: true, maxRetries: 2 }))
  forgetTemporary(path)
}

/** Removes what killed processes of this machine left in `directory`. Never fails: what cannot be removed is left. */
export async function sweepLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  for (const name of names) {
    if (isOrphan(name)) await rm(join(directory, name), { recursive: true, force: true }).catch(() => {})
  }
}

/** Whether `name` was made by a process of this machine that no longer runs. */
export function isOrphan(name: string): boolean {
  const [, host, pid, start] = PATTERN.exec(name) ?? []
  if (host !== HOST || pid === undefined) return false
  if (Number(pid) === process.pid) return start !== String(startOf(process.pid) ?? 0)
  const now = startOf(Number(pid))
  // Without /proc a number that is taken again keeps a leftover; nothing that is in use is ever removed.
  return now === undefined ? !isRunning(Number(pid)) : String(now) !== start
}

/** Where large temporary files go: `TMPDIR`, else /var/tmp, since /tmp is often memory, else the system's. */
export function temporaryDirectory(): string {
  return process.env['TMPDIR'] || (existsSync('/var/tmp') ? '/var/tmp' : tmpdir())
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

const HOST =
  hostname()
    .replace(/[^a-zA-Z0-9_.]/g, '_')
    .slice(0, 64) || 'local'

/** When a process started, in clock ticks: tells a reused number from the same process. Undefined where /proc is absent or it is gone. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may hold spaces; the start time is the 20th field after it (proc(5)).
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}

function removePending(): void {
  for (const path of pending) {
    if (!PATTERN.test(basename(path))) continue
    try {
      rmSync(path, { recursive: true, force: true })
    } catch {
      // The next start sweeps it.
    }
  }
}
