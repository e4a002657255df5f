import { escapeText } from '../escape.ts'
import type { Entry, EntryType } from '../layer/entry.ts'
import { displayPath, type FilePath } from '../layer/file-path.ts'
import type { TreeNode } from '../overlay/tree.ts'
import { formatSize } from '../state/size.ts'
import { exactTime } from './file-json.ts'

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

/**
 * One line of `peel ls --long`: permissions, owner, size, layer (1 first), time in UTC, path. Widths are fixed, so that a
 * million lines stream without a look at all of them first.
 */
export function longLine(file: TreeNode | Entry, layer: number, mark = ''): string {
  const size = file.device === undefined ? (file.type === 'file' ? formatSize(file.size) : '-') : file.device.join(',')
  const time = exactTime(file.mtime)?.replace('T', ' ').slice(0, 16) ?? '-'
  return `${mark}${permissions(file)} ${`${file.uid}:${file.gid}`.padEnd(11)} ${size.padStart(8)} ${String(layer + 1).padStart(3)} ${time.padEnd(16)} ${shortLine(file)}`
}

/** The path, and where a link leads. */
export function shortLine(file: TreeNode | Entry): string {
  if (file.target === undefined) return displayPath(file.path)
  const arrow = file.type === 'hardlink' ? 'link to' : '->'
  return `${displayPath(file.path)} ${arrow} ${displayPath(file.target as FilePath)}`
}

/** `drwxr-xr-x` as ls writes it, set-id and sticky bits included. */
function permissions({ type, mode }: { readonly type: EntryType; readonly mode: number }): string {
  const triple = (shift: number, special: boolean, letter: string) => {
    const bits = (mode >> shift) & 7
    const execute = (bits & 1) !== 0
    const last = special ? (execute ? letter : letter.toUpperCase()) : execute ? 'x' : '-'
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${last}`
  }
  return (
    TYPE_LETTERS[type] +
    triple(6, (mode & 0o4000) !== 0, 's') +
    triple(3, (mode & 0o2000) !== 0, 's') +
    triple(0, (mode & 0o1000) !== 0, 't')
  )
}

/** A person's text with hostile characters visible and cut at `width` characters. */
export function clipped(text: string, width: number): string {
  const shown = escapeText(text.replace(/\s+/g, ' ').trim())
  return shown.length <= width ? shown : `${shown.slice(0, Math.max(0, width - 1))}…`
}
