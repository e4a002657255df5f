import { escapeText } from '../../escape.ts'
import { modeText } from '../../format/file-text.ts'
import { formatSize } from '../../format/size.ts'
import type { Entry } from '../../layer/entry.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { exactTime } from './file-json.ts'

/**
 * One line of `peel ls --long`: permissions, owner, size, layer (1 first), time in UTC, path. Widths are fixed, so that a
 * million lines stream without a look at all of them first.
 */
export function longLine(file: TreeNode | Entry, layer: number, mark = ''): string {
  const size = file.device === undefined ? (file.type === 'file' ? formatSize(file.size) : '-') : file.device.join(',')
  const time = exactTime(file.mtime)?.replace('T', ' ').slice(0, 16) ?? '-'
  // An entry that only removes has no mode of its own.
  const isRemoval = file.type === 'whiteout' || file.type === 'opaque'
  const mode = isRemoval ? file.type.padEnd(10) : modeText(file.type, file.mode)
  return `${mark}${mode} ${`${file.uid}:${file.gid}`.padEnd(11)} ${size.padStart(8)} ${String(layer + 1).padStart(3)} ${time.padEnd(16)} ${shortLine(file)}`
}

/** The path, and where a link leads. */
export function shortLine(file: TreeNode | Entry): string {
  if (file.target === undefined) return displayPath(file.path)
  const arrow = file.type === 'hardlink' ? 'link to' : '->'
  return `${displayPath(file.path)} ${arrow} ${displayPath(file.target)}`
}

/** A person's text with hostile characters visible and cut at `width` characters. */
export function clipped(text: string, width: number): string {
  const shown = escapeText(text.replace(/\s+/g, ' ').trim())
  return shown.length <= width ? shown : `${shown.slice(0, Math.max(0, width - 1))}…`
}
