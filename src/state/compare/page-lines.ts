import type { LayerPair } from '../../compare/align-layers.ts'
import type { FieldDifference } from '../../compare/content/field-differences.ts'
import type { GrowthPart } from '../../compare/directory-growth.ts'
import type { Growth } from '../../compare/growth.ts'
import type { PackageDifference } from '../../compare/package-differences.ts'
import type { ShownComparison } from '../../compare/show-comparison.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatCountDelta, formatDelta } from '../../format/delta.ts'
import { oneLine } from '../../format/file-text.ts'
import { commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { bar } from '../../line/bar.ts'
import { type Line, line, lineWidth, type Role, span } from '../../line/line.ts'
import { cut, cutPath, padEnd, padStart } from '../../line/text.ts'
import type { ComparedPlace, ComparePage } from '../model/compare.ts'
import { deltaRole } from './file-lines.ts'

/** The subject of a row of the summary; Enter goes to the page that has more of it, or to the directory of a part. */
export type SummaryRow =
  | { readonly kind: 'text'; readonly line: Line; readonly page?: ComparePage }
  | { readonly kind: 'part'; readonly part: GrowthPart }

/** Why B is larger or smaller than A: sizes, what an update pulls, the directories to blame, endings of names. */
export function summaryRows(
  { comparison, files }: ShownComparison,
  sides: { readonly a: ComparedPlace; readonly b: ComparedPlace },
  width: number,
): readonly SummaryRow[] {
  const { a, b, summary, settings } = comparison
  const { fact, grown } = writer(width)
  const entries =
    a.entries === null || b.entries === null ? [] : [grown('paths', a.entries, b.entries, formatCount, formatCountDelta)]
  return [
    fact('A', sides.a.label),
    fact('B', sides.b.label),
    ...verdict(summary).map((each): SummaryRow => ({ kind: 'text', line: line(span(each, 'good')) })),
    { kind: 'text', line: [] },
    onPage('layers', grown('compressed', a.size, b.size)),
    ...(a.content === null || b.content === null ? [] : [grown('content', a.content, b.content)]),
    ...entries,
    onPage('files', fact('files', countsText(summary))),
    ...optional('', summary.classes, fact),
    ...optional('ignored', summary.ignored, fact),
    onPage('layers', fact('pulled', pullText(summary))),
    onPage('settings', fact('settings', settings.length === 0 ? 'the same' : `${formatCount(settings.length)} differ`)),
    ...reasons(files),
  ]
}

/** The row, from which Enter goes to a page. */
function onPage(page: ComparePage, row: SummaryRow): SummaryRow {
  return row.kind === 'text' ? { ...row, page } : row
}

/** Below this width figures are not put in columns. */
const NARROW = 50

type Fact = (name: string, value: string) => SummaryRow

/** Rows of a name and a value, in the cells there are. */
function writer(width: number) {
  const isNarrow = width < NARROW
  const cells = isNarrow ? 11 : 12
  const fact: Fact = (name, value) => ({
    kind: 'text',
    line: line(span(padEnd(name, cells), 'dim'), span(cut(value, width - cells))),
  })
  const grown = (name: string, before: number, after: number, write = formatSize, writeDelta = formatDelta): SummaryRow => {
    const [left, right] = [write(before), write(after)]
    return {
      kind: 'text',
      line: line(
        span(padEnd(name, cells), 'dim'),
        span(isNarrow ? left : padStart(left, 9), 'number'),
        span(' → ', 'dim'),
        span(isNarrow ? `${right} ` : padEnd(right, 9), 'number'),
        span(writeDelta(after - before), deltaRole(after - before)),
      ),
    }
  }
  return { fact, grown }
}

type Summary = ShownComparison['comparison']['summary']

function countsText({ added, removed, changed, moved }: Summary): string {
  return `${formatCount(added)} added, ${formatCount(removed)} removed, ${formatCount(changed)} changed, ${formatCount(moved)} moved`
}

/** Classes with how often each was met; no row where there are none. */
function optional(name: string, counts: Readonly<Record<string, number>>, fact: Fact): readonly SummaryRow[] {
  const met = Object.entries(counts).filter(([, count]) => count > 0)
  return met.length === 0 ? [] : [fact(name, met.map(([each, count]) => `${each} ${formatCount(count)}`).join(', '))]
}

function pullText({ pull: { layers, bytes, bustedBytes } }: Summary): string {
  if (layers === 0) return 'nothing'
  const busted = bustedBytes === 0 ? '' : `, ${formatSize(bustedBytes)} of it only because times differ`
  return `${formatCount(layers)} ${layers === 1 ? 'layer' : 'layers'}, ${formatSize(bytes)}${busted}`
}

function verdict({ identical, recompressed, semantic }: Summary): readonly string[] {
  if (identical) return ['The same image.']
  if (recompressed) return ['The same content, recompressed.']
  return semantic ? ['The same but for what a rebuild changes: times, history, how layers are cut.'] : []
}

function reasons(files: ShownComparison['files']): readonly SummaryRow[] {
  const parts = (files?.parts ?? []).filter(({ delta }) => delta !== 0)
  const endings = [...(files?.extensions ?? [])]
    .filter(([, { delta }]) => delta !== 0)
    .sort(byBytes)
    .slice(0, ENDINGS)
  const blank: SummaryRow = { kind: 'text', line: [] }
  const title = (text: string): SummaryRow => ({ kind: 'text', line: line(span(text, 'title')) })
  return [
    ...(parts.length === 0
      ? []
      : [blank, title('WHY, BY DIRECTORY'), ...parts.map((part): SummaryRow => ({ kind: 'part', part }))]),
    ...(endings.length < 2 ? [] : [blank, title('BY ENDING'), ...endings.map(endingRow)]),
  ]
}

const ENDINGS = 6

function byBytes([name, one]: readonly [string, Growth], [other, two]: readonly [string, Growth]): number {
  return Math.abs(two.delta) - Math.abs(one.delta) || (name < other ? -1 : 1)
}

function endingRow([name, { delta, rows }]: readonly [string, Growth]): SummaryRow {
  const shown = name === '' ? 'no ending' : displayPath(name as FilePath)
  return {
    kind: 'text',
    line: line(
      span(padStart(formatDelta(delta), 9), deltaRole(delta)),
      span(`  ${padEnd(shown, 14)}`),
      span(changes(rows), 'dim'),
    ),
  }
}

function changes(rows: number): string {
  return `${formatCount(rows)} ${rows === 1 ? 'change' : 'changes'}`
}

const BAR_CELLS = 8

/** A directory to blame: its bytes, a bar beside the largest, its path. */
export function partLine(
  { path, isDirectory, isRest, delta, rows }: GrowthPart,
  largest: number,
  width: number,
  ascii: boolean,
): Line {
  const start = line(
    span(padStart(formatDelta(delta), 9), deltaRole(delta)),
    span(` ${bar(largest === 0 ? 0 : Math.abs(delta) / largest, BAR_CELLS, ascii)}  `, deltaRole(delta)),
  )
  const end = `${isRest ? '  the rest' : ''}  ${changes(rows)}`
  const name = `/${displayPath(path)}${isDirectory && path !== '' ? '/' : ''}`
  return [...start, span(cutPath(name, Math.max(12, width - lineWidth(start) - end.length))), span(end, 'dim')]
}

const SIGNS = { digest: '=', diffId: '=', history: '~', similar: '~' } as const

export function layersHead(): Line {
  return line(span('     A    B   size A   size B        Δ  content  command', 'dim'))
}

/** One row of the layers of both: shared, another content, new or gone. */
export function layerLine(
  { before, after, how, delta }: LayerPair,
  { comparison, files }: ShownComparison,
  images: { readonly a: Image; readonly b: Image },
  width: number,
): Line {
  const sign = before === null ? '+' : after === null ? '-' : how === null ? '~' : SIGNS[how]
  const role: Role = sign === '=' ? 'dim' : sign === '+' ? 'added' : sign === '-' ? 'removed' : 'modified'
  const size = (image: Image, position: number | null) =>
    padStart(position === null ? '·' : formatSize(image.layers[position]?.blob.size ?? 0), 9)
  const number = (position: number | null) => padStart(position === null ? '·' : String(position + 1), 5)
  const content = (files?.layers.get(`a:${before}`)?.delta ?? 0) + (files?.layers.get(`b:${after}`)?.delta ?? 0)
  const start = line(
    span(`${sign}`, role),
    span(`${number(before)}${number(after)}`),
    span(`${size(images.a, before)}${size(images.b, after)}`, 'number'),
    span(padStart(delta === 0 ? '·' : formatDelta(delta), 9), deltaRole(delta)),
    span(padStart(content === 0 ? '·' : formatDelta(content), 9), deltaRole(content)),
  )
  const step = (image: Image, position: number | null) =>
    image.steps.find(({ layer }) => layer !== undefined && layer === position)?.history
  const note = how === 'diffId' ? 'recompressed  ' : ''
  const command = commandText(after === null ? step(images.a, before) : step(images.b, after))
  const isOdd = comparison.layers.pairs.length === 0
  return [
    ...start,
    span(`  ${note}`, 'dim'),
    span(cut(isOdd ? '' : command, Math.max(0, width - lineWidth(start) - 2 - note.length)), role === 'dim' ? 'dim' : 'plain'),
  ]
}

/** A package: the bytes of its files, its kind and name, both versions. */
export function packageLine({ name, type, before, after, delta }: PackageDifference, width: number): Line {
  const role: Role = before === null ? 'added' : after === null ? 'removed' : 'modified'
  const versions = before === null ? `${after} is new` : after === null ? `${before} is gone` : `${before} → ${after}`
  const start = line(
    span(padStart(delta === 0 ? '·' : formatDelta(delta), 9), deltaRole(delta)),
    span(`  ${padEnd(escapeText(type), 7)}`, 'dim'),
  )
  const left = width - lineWidth(start)
  const cells = Math.max(8, Math.min(32, Math.floor(left * 0.4)))
  return [
    ...start,
    span(`${padEnd(escapeText(name), cells)} `, role),
    span(cut(escapeText(versions), Math.max(0, left - cells - 1))),
  ]
}

/** A setting that differs, in as many rows as it takes: its path, then both values. */
export function settingLines({ path, before, after }: FieldDifference, width: number): readonly Line[] {
  const value = (setting: unknown) => (setting === undefined ? 'nothing' : oneLine(JSON.stringify(setting)))
  if (isTexts(before) && isTexts(after)) {
    const [mine, theirs] = [new Set(before), new Set(after)]
    const gone = before
      .filter(each => !theirs.has(each))
      .map(each => line(span(cut(`  - ${escapeText(each)}`, width), 'removed')))
    const fresh = after.filter(each => !mine.has(each)).map(each => line(span(cut(`  + ${escapeText(each)}`, width), 'added')))
    if (gone.length + fresh.length > 0) return [line(span(cut(escapeText(path), width), 'name')), ...gone, ...fresh]
  }
  return [
    line(span(cut(escapeText(path), width), 'name')),
    line(span(cut(`  - ${value(before)}`, width), 'removed')),
    line(span(cut(`  + ${value(after)}`, width), 'added')),
  ]
}

function isTexts(setting: unknown): setting is readonly string[] {
  return Array.isArray(setting) && setting.every(each => typeof each === 'string')
}
