import type { ByteText } from '../blob/byte-text.ts'
import { escapeText } from '../escape.ts'
import type { Change } from '../filter/filter-term.ts'
import type { EntryType, Timestamp } from '../layer/entry.ts'
import { displayPath } from '../layer/file-path.ts'
import type { Role } from '../line/line.ts'
import { haveSameTime, haveSameXattrs } from '../overlay/layer-entries.ts'
import type { TreeNode } from '../overlay/tree.ts'

/** How single properties of a file read on the screen. */

const TYPE_LETTERS: Readonly<Record<EntryType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
  whiteout: 'w',
  opaque: 'o',
}

/** `drwxr-sr-t`, as ls writes it. */
export function modeText(type: EntryType, mode: number): string {
  const triple = (shift: number, special: number, letter: string) => {
    const bits = mode >> shift
    const execute = (bits & 1) !== 0
    const last = (mode & special) !== 0 ? (execute ? letter : letter.toUpperCase()) : execute ? 'x' : '-'
    return `${(bits & 4) !== 0 ? 'r' : '-'}${(bits & 2) !== 0 ? 'w' : '-'}${last}`
  }
  return TYPE_LETTERS[type] + triple(6, 0o4000, 's') + triple(3, 0o2000, 's') + triple(0, 0o1000, 't')
}

export const MARKS: Readonly<Record<Change, string>> = { added: '+', modified: '~', removed: '-', unchanged: ' ' }

export const CHANGE_ROLES: Readonly<Record<Change, Role>> = {
  added: 'added',
  modified: 'modified',
  removed: 'removed',
  unchanged: 'plain',
}

/** UTC, to the minute; empty where there is none. */
export function timeText(time: Timestamp | undefined): string {
  if (time === undefined) return ''
  const date = new Date(time.seconds * 1000)
  return Number.isNaN(date.getTime()) ? `${time.seconds} s` : date.toISOString().slice(0, 16).replace('T', ' ')
}

/** A link's target as it is stored. */
export function targetText(target: ByteText): string {
  return displayPath(target)
}

/** The differences of two versions of a path, in words; empty when they are the same. */
export function differencesOf(before: TreeNode, after: TreeNode): readonly string[] {
  if (before.type !== after.type) return [`was ${before.type}`]
  return [
    ...(before.sha256 !== after.sha256 || before.size !== after.size ? ['content'] : []),
    ...(before.target !== after.target ? ['target'] : []),
    ...(before.mode !== after.mode ? ['mode'] : []),
    ...(before.uid !== after.uid || before.gid !== after.gid ? ['owner'] : []),
    ...(before.device?.join() !== after.device?.join() ? ['device'] : []),
    ...(haveSameTime(before.mtime, after.mtime) ? [] : ['time']),
    ...(haveSameXattrs(before.xattrs, after.xattrs) ? [] : ['xattrs']),
  ]
}

/** The first line of a text, escaped, for a row. */
export function oneLine(text: string): string {
  return escapeText(text.replace(/\s+/g, ' ').trim())
}
