import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { modeText, targetText } from '../../format/file-text.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath, joinPath } from '../../layer/file-path.ts'
import { type Line, line, span } from '../../line/line.ts'
import { bar, cut, cutPath, padStart, wrap } from '../../line/text.ts'
import { childrenOf, type FileTable, hasChildren, isDirectory, nameAt, rowOf } from '../../list/file-table.ts'
import { linkTarget } from '../../overlay/resolve.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { contentFacts } from '../content/content-facts.ts'
import { contentRows } from '../content/content-lines.ts'
import { keyLabel } from '../keys/key-map.ts'
import type { ViewId } from '../keys/view-id.ts'
import type { Content } from '../model/content.ts'
import { soFar } from '../model/open-image.ts'
import type { PreviewSubject } from '../model/preview.ts'
import type { Row } from '../model/rows.ts'
import { focusedView, type State } from '../model/state.ts'
import { type Version, versionsOf } from '../model/versions.ts'
import { bare, factLines, goTo, layerWords, type PreviewRow } from './preview-row.ts'

type PathSubject = Extract<PreviewSubject, { kind: 'path' }>

/** The node that the preview of a path is about; undefined where no layer has it. */
export function nodeOf({ stack, path, layers }: PathSubject): TreeNode | undefined {
  return stack.snapshot(layers).find(path)
}

/** A path: one row of attributes, its life where it has one, then what is in it or behind it. */
export function pathRows(state: State, subject: PathSubject, width: number): readonly Row<PreviewRow>[] {
  const node = nodeOf(subject)
  if (node === undefined) return [bare(line(span('No layer has an entry for it.', 'dim')))]
  return [
    bare(line(span(cut(attributesOf(node), width), 'dim'))),
    ...lifeRows(state, subject, node, width),
    bare([]),
    ...insideRows(state, subject, node, width),
  ]
}

/** `22.8 kB  -rw-r--r--  0:0  layer 5`. */
function attributesOf(node: TreeNode): string {
  const size = node.type === 'file' ? [formatSize(node.size)] : []
  const names = node.type === 'file' && node.links > 1 ? [`${formatCount(node.links)} names`] : []
  return [...size, modeText(node.type, node.mode), `${node.uid}:${node.gid}`, `layer ${node.layer + 1}`, ...names].join('  ')
}

/** Layers that wrote, changed or removed the path, each with its command: of a path that only one layer wrote, that one. */
function lifeRows(state: State, { stack, path }: PathSubject, node: TreeNode, width: number): readonly Row<PreviewRow>[] {
  if (node.path === '') return []
  return versionsOf(stack, path).map(version => {
    const text = `${padStart(String(version.layer + 1), 4)} ${eventWords(version)}`
    const command = layerWords(state, version.layer).replace(/^\d+ {2}/, '')
    const role = version.hidden ? 'waste' : version.node === undefined ? 'removed' : 'plain'
    return goTo(
      line(span(text, role), span(`  ${cut(command, Math.max(0, width - text.length - 2))}`, 'dim')),
      path,
      version.layer,
    )
  })
}

function eventWords({ event, node, changed, hidden }: Version): string {
  if (node === undefined) return 'removes it'
  const what = changed.length > 0 ? `changes ${changed.join(', ')}` : event === 'implied' ? 'makes it on the way' : 'writes it'
  return hidden ? `${what}, hidden` : what
}

function insideRows(state: State, subject: PathSubject, node: TreeNode, width: number): readonly Row<PreviewRow>[] {
  if (node.type === 'directory') return directoryRows(state, subject, width)
  if (node.type === 'symlink') return linkRows(state, subject, node, width)
  if (node.type !== 'file') return []
  const { content, members } = state.slices.preview
  if (node.size === 0) return [bare(line(span('It is empty.', 'dim')))]
  if (content?.detected === undefined)
    return content?.failed === undefined ? [opening(state, subject, 'looks at it.')] : [bare(line(span(content.failed, 'error')))]
  if (members !== undefined) return memberRows(members, width)
  return beginning(state, subject, content, width)
}

/** Rows of a file's beginning that are kept: the file itself has the others. */
const BEGINNING = 200

function beginning(state: State, subject: PathSubject, content: Content, width: number): readonly Row<PreviewRow>[] {
  if (content.shape === 'facts') return factLines(contentFacts({ ...content, node: undefined, source: NOWHERE }), width)
  const rows = contentRows(content, width)
  const read = content.bytes.parts.reduce((sum, { bytes }) => sum + bytes.length, 0)
  const there = Math.min(BEGINNING, read < content.bytes.size && content.shape !== 'hex' ? rows.length - 1 : rows.length)
  const shown = rows
    .slice(0, content.shape === 'hex' ? Math.min(there, Math.ceil(read / 16)) : there)
    .map(each => bare(each.line))
  return rows.length <= shown.length ? shown : [...shown, opening(state, subject, 'shows all of it.', '… ')]
}

/** The source of a content whose attributes are told already. */
const NOWHERE = { kind: 'entry', image: 'shown', layer: 0, entry: 0 } as const

/** Keys that open what is under the cursor of a view; Enter goes to it from every other one, and from this pane. */
const OPENS_BY: Readonly<Partial<Record<ViewId, string>>> = { files: 'enter', treemap: 'enter', biggest: 'right' }

/** The way to all of it, by the key that has it where the focus is. */
function opening(state: State, { path, layers }: PathSubject, words: string, before = ''): Row<PreviewRow> {
  const key = OPENS_BY[focusedView(state)]
  const shown = `${keyLabel(key ?? 'enter', state.settings.ascii)} ${key === undefined ? 'goes to it.' : words}`
  return goTo(line(span(`${before}${shown}`, 'dim')), path, layers - 1)
}

const MOST_MEMBERS = 100

function memberRows(
  { count, members }: NonNullable<State['slices']['preview']['members']>,
  width: number,
): readonly Row<PreviewRow>[] {
  const head = `zip archive, ${count === undefined ? 'very many' : formatCount(count)} members`
  const biggest = members.toSorted((one, other) => other.size - one.size).slice(0, MOST_MEMBERS)
  return [
    bare(line(span(head, 'title'), span(members.length > 1 ? '  the largest first' : '', 'dim'))),
    ...biggest.map(({ name, size }) =>
      bare(line(span(padStart(formatSize(size), 9), 'number'), span(`  ${cutPath(escapeText(name), Math.max(8, width - 11))}`))),
    ),
  ]
}

/** Where the link leads, and what is there. */
function linkRows(state: State, { stack, layers }: PathSubject, node: TreeNode, width: number): readonly Row<PreviewRow>[] {
  const to = node.target === undefined ? '' : targetText(node.target)
  const target = linkTarget(stack.snapshot(layers), node.path)
  const head = wrap(`→ ${to}`, width).map(row => bare(line(span(row, 'accent'))))
  if (target === 'circle') return [...head, bare(line(span('From there it leads back to itself.', 'warning')))]
  if (target === undefined) return [...head, bare(line(span(`Nothing is there in this tree${soFar(state.image)}.`, 'warning')))]
  const shown = `/${displayPath(target.path)}`
  return [
    ...head,
    goTo(line(span(cut(shown, width), 'strong')), target.path, target.layer),
    bare(line(span(cut(attributesOf(target), width), 'dim'))),
    opening(state, { stack, path: node.path, layers, kind: 'path' }, 'follows it.'),
  ]
}

const BIGGEST = 5
/** Children that are looked at for the biggest: enough for every directory that people make. */
const LOOKED_AT = 50_000

function directoryRows(state: State, { stack, path, layers }: PathSubject, width: number): readonly Row<PreviewRow>[] {
  const { shown } = state.slices.files
  if (shown?.stack !== stack) return []
  const { table } = shown
  const { row, exact } = rowOf(table, path)
  if (!exact || !hasChildren(table, row)) return [bare(line(span(exact ? 'Nothing is in it.' : '', 'dim')))]
  const below = (table.ends[row] ?? 0) - row - 1
  const total = table.sizes[row] ?? 0
  const biggest = biggestOf(table, row)
  // A tree of some layers is known when they are read.
  const far = state.slices.files.scope === 'image' ? soFar(state.image) : ''
  const head = `${formatSize(total)} in ${formatCount(below)} ${below === 1 ? 'path' : 'paths'}${far}, the biggest:`
  const most = table.sizes[biggest[0] ?? 0] ?? 0
  return [
    bare(line(span(head, 'title'))),
    ...biggest.map(child => goTo(childLine(state, table, child, most, width), joinPath(path, nameAt(table, child)), layers - 1)),
  ]
}

const BAR = 8

function childLine({ settings }: State, table: FileTable, row: number, most: number, width: number): Line {
  const bytes = table.sizes[row] ?? 0
  const name = `${displayPath(joinPath('' as never, nameAt(table, row)))}${isDirectory(table, row) ? '/' : ''}`
  return line(
    span(padStart(formatSize(bytes), 9), 'number'),
    span(` ${bar(bytes / Math.max(1, most), BAR, settings.ascii)} `, 'accent'),
    span(cut(name, Math.max(8, width - 9 - BAR - 2))),
  )
}

function biggestOf(table: FileTable, directory: number): readonly number[] {
  const children: number[] = []
  for (const child of childrenOf(table, directory)) if (children.push(child) >= LOOKED_AT) break
  const size = (row: number) => table.sizes[row] ?? 0
  return children.toSorted((one, other) => size(other) - size(one)).slice(0, BIGGEST)
}
