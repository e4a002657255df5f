import { classesOf } from '../../compare/change-class.ts'
import type { GrownPath } from '../../compare/grown-siblings.ts'
import { classesAt, type Selection } from '../../compare/selection.ts'
import type { ComparedFiles } from '../../compare/show-comparison.ts'
import { formatCount } from '../../format/count.ts'
import { formatDelta } from '../../format/delta.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { type Line, line, lineWidth, type Role, span } from '../../line/line.ts'
import { cutMiddle, cutPath, padStart } from '../../line/text.ts'
import { bytesOf, type TreeRow } from './compare-tree.ts'

/** Cells of a size, and of a difference with its sign. */
const SIZE_CELLS = 9
/** Levels deeper than this are indented no further. */
const MOST_INDENT = 8

export function comparedFilesHead(): Line {
  const [a, b, delta] = ['A', 'B', 'Δ'].map(name => padStart(name, SIZE_CELLS))
  return line(span(`  ${a}${b} ${delta}  path`, 'dim'))
}

const LETTERS = { added: 'A', removed: 'D', modified: 'M', moved: 'R' } as const
const ROLES: Readonly<Record<keyof typeof LETTERS, Role>> = {
  added: 'added',
  removed: 'removed',
  modified: 'modified',
  moved: 'accent',
}

/** One row of the tree: what became of it, the bytes of both sides, the difference, the name, and in what it differs. */
export function treeLine(files: ComparedFiles, selection: Selection, row: TreeRow, width: number, ascii: boolean): Line {
  if (row.kind === 'quiet') return quietLine(row)
  if (row.kind === 'left') return leftLine(row)
  const { at, inside, depth, isOpen } = row
  const { a, b } = bytesOf(files, at)
  const index = files.directories.rowAt(at)
  const change = index === undefined ? undefined : files.rows.change(index)
  const role: Role = change === undefined ? 'plain' : ROLES[change]
  const start = line(
    span(`${change === undefined ? ' ' : LETTERS[change]} `, role),
    span(cell(a), 'number'),
    span(cell(b), 'number'),
    span(` ${padStart(at.delta === 0 ? '·' : formatDelta(at.delta), SIZE_CELLS)}`, deltaRole(at.delta)),
    span(`  ${indent(depth)}`),
    at.isDirectory
      ? { ...span(triangle(isOpen, at.rows > 0, ascii), 'dim'), click: { command: 'compare.enter' } }
      : span('  ', 'dim'),
  )
  const said = remarks(files, selection, at, index)
  const name = `${displayPath(at.path.slice(inside === '' ? 0 : inside.length + 1) as FilePath)}${at.isDirectory ? '/' : ''}`
  const room = width - lineWidth(start)
  const cutName = at.isDirectory ? cutPath : cutMiddle
  return [...start, span(cutName(name, Math.max(12, room - said.length)), at.rows === 0 ? 'dim' : role), span(said, 'dim')]
}

function quietLine({ depth, count, mask }: Extract<TreeRow, { kind: 'quiet' }>): Line {
  const blank = ' '.repeat(SIZE_CELLS * 2)
  return line(
    span(`M ${blank} ${padStart('·', SIZE_CELLS)}  ${indent(depth)}  `, 'dim'),
    span(`${quietText(mask)} of ${formatCount(count)} files`, 'modified'),
  )
}

function leftLine({ depth, count }: Extract<TreeRow, { kind: 'left' }>): Line {
  const blank = ' '.repeat(SIZE_CELLS * 3 + 3)
  return line(span(`  ${blank}  ${indent(depth)}`), span(`${formatCount(count)} more are not listed`, 'dim'))
}

function quietText(mask: number): string {
  return classesOf(mask).join(', ')
}

function indent(depth: number): string {
  return '  '.repeat(Math.min(depth, MOST_INDENT))
}

function triangle(isOpen: boolean, hasChanges: boolean, ascii: boolean): string {
  if (ascii) return isOpen ? '- ' : hasChanges ? '+ ' : '. '
  return isOpen ? '▾ ' : hasChanges ? '▸ ' : '▹ '
}

function cell(bytes: number | undefined): string {
  return padStart(bytes === undefined ? '·' : formatSize(bytes), SIZE_CELLS)
}

export function deltaRole(delta: number): Role {
  return delta > 0 ? 'waste' : delta < 0 ? 'good' : 'dim'
}

/** Of a file in what it differs; of a directory how much does, or that all of it differs in owner or time alone. */
function remarks(files: ComparedFiles, selection: Selection, at: GrownPath, index: number | undefined): string {
  const own = index === undefined ? [] : classesAt(selection, index).filter(each => each !== 'moved')
  const from = index !== undefined && files.rows.change(index) === 'moved' ? files.rows.nodeBefore(index)?.path : undefined
  const words = [...own, ...(from === undefined ? [] : [`was ${displayPath(from)}`])]
  const text = words.length === 0 ? '' : `  ${words.join(', ')}`
  const below = at.rows - (index === undefined ? 0 : 1)
  if (!at.isDirectory || below === 0) return text
  if (at.rows === at.quiet) return `  ${quietText(at.quietMask)} of ${formatCount(at.rows)} ${at.rows === 1 ? 'path' : 'paths'}`
  return `${text}  ${formatCount(below)} below`
}
