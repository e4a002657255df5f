import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { errorCode } from './text/usual-text.ts'

/**
 * Names that tell which process made a thing: `.peel-SYSTEM-PID-START-RANDOM`. A process number means something only inside one
 * PID namespace of one boot of one machine, so SYSTEM stands for all three: two containers that share a directory, and a
 * hostname, do not mistake each other's processes for dead ones.
 */
const PATTERN = /^\.peel-([a-zA-Z0-9_.]+)-(\d+)-(\d+)-[0-9a-f]{16}$/

/** A fresh name of this process. */
export function temporaryName(): string {
  return `.peel-${systemName()}-${process.pid}-${startOf(process.pid) ?? 0}-${randomBytes(8).toString('hex')}`
}

export function isTemporaryName(name: string): boolean {
  return PATTERN.test(name)
}

/** Whether the process that a name tells of runs; `unknown` where only a sign of life in the file system can tell. */
export function makerOf(name: string): 'alive' | 'gone' | 'unknown' {
  const [, system, pid, start] = PATTERN.exec(name) ?? []
  if (system !== systemName() || pid === undefined) return 'unknown'
  const now = startOf(Number(pid))
  // Without /proc a number that is taken again keeps a leftover; nothing that is in use is ever removed.
  if (now === undefined) return isRunning(Number(pid)) ? 'alive' : 'gone'
  return Math.abs(Number(now) - Number(start)) <= SAME_START ? 'alive' : 'gone'
}

/**
 * Clock ticks, some ten seconds. An emulator (qemu-user) tells a process of its own clock, which is behind the kernel's by as long as it
 * took to begin; a number that is taken again so soon only keeps a leftover.
 */
const SAME_START = 1000

/** The machine, its boot and its PID namespace, in the letters of a name. */
function systemName(): string {
  known ??= `${
    hostname()
      .replace(/[^a-zA-Z0-9_.]/g, '_')
      .slice(0, 40) || 'local'
  }.${createHash('sha256')
    .update(`${readQuietly('/proc/sys/kernel/random/boot_id')} ${readQuietly('/proc/self/ns/pid', readlinkSync)}`)
    .digest('hex')
    .slice(0, 12)}`
  return known
}

let known: string | undefined

/** When a process started, in clock ticks: tells a reused number from the same process. Undefined where /proc is absent or it is gone. */
function startOf(pid: number): string | undefined {
  const stat = readQuietly(`/proc/${pid}/stat`)
  // The name in parentheses may hold spaces; the start time is the 20th field after it (proc(5)).
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return errorCode(thrown) === 'EPERM'
  }
}

function readQuietly(path: string, read: (path: string) => string = each => readFileSync(each, 'latin1')): string | undefined {
  try {
    return read(path)
  } catch {
    return undefined
  }
}
