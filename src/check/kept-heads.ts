import { isElf, isWholeHeader } from './elf.ts'

/** Bytes of a program's beginning: the headers of nearly all, and a shebang. */
const PROGRAM = 1024
/** Bytes that tell a memory dump from other files of its name. */
const DUMP = 64
/** Texts that rules read, up to this size. */
const LARGEST_TEXT = 32 * 1024
const EXECUTABLE = 0o111

/**
 * How many bytes of a file's beginning a scan keeps because a rule may ask for them: without them a check would have to inflate layers to
 * get at a few hundred bytes. Files that are there for secrets are none of them. Decided by name, mode and size alone, because a layer is read without the image it belongs to.
 */
export function keptBytesOf(path: string, mode: number, size: number): number {
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (SECRET.test(name)) return 0
  if (size <= LARGEST_TEXT && isText(path, name)) return size
  if (DUMPS.test(name)) return DUMP
  return (mode & EXECUTABLE) !== 0 && (!LIBRARY.test(name) || name.startsWith('ld-')) ? PROGRAM : 0
}

/** Whether the beginning of a program says all that a rule reads of its headers or its first line. */
export function isWholeHead(head: Uint8Array): boolean {
  return isElf(head) ? isWholeHeader(head) : head[0] === HASH && head[1] === BANG && head.subarray(0, 512).includes(NEWLINE)
}

const [HASH, BANG, NEWLINE] = [0x23, 0x21, 0x0a]
const SECRET = /^(?:\.env.*|g?shadow-?)$/
const DUMPS = /^core(?:\.|$)|\.hprof$|^heapdump/
const LIBRARY = /\.so(?:\.[\d.]+)?$/

function isText(path: string, name: string): boolean {
  if (name.endsWith('.json')) return BESIDE_PROGRAMS.test(path)
  return (path.startsWith('etc/') && OF_ETC.test(path)) || OF_ROOT.test(path) || path.startsWith('var/spool/cron/')
}

/** Accounts without their passwords, and what a machine runs by itself. */
const OF_ETC =
  /^etc\/(?:passwd|group|ld\.so\.preload|crontab|profile|bash\.bashrc|rc\.local|(?:cron\.[a-z]+|crontabs|profile\.d|init\.d|systemd\/system|periodic\/\w+)\/[^/]+)$/
const OF_ROOT = /^root\/\.(?:bashrc|profile|bash_profile)$/
const BESIDE_PROGRAMS = /^(?:(?:etc|root|tmp|var\/tmp|opt|app)\/)?[^/]+$/
