import type { GrowthPart } from '../../compare/directory-growth.ts'
import type { Growth } from '../../compare/growth.ts'
import type { PackageDifference } from '../../compare/package-differences.ts'
import type { ShownComparison } from '../../compare/show-comparison.ts'
import { escapeText } from '../../escape.ts'
import { countOf, formatCount } from '../../format/count.ts'
import { formatCountDelta, formatDelta } from '../../format/delta.ts'
import { commandText } from '../../format/history-text.ts'
import { formatSize } from '../../format/size.ts'
import type { Image } from '../../image/load.ts'
import { displayPath, type FilePath } from '../../layer/file-path.ts'
import { type Line, line, lineWidth, span } from '../../line/line.ts'
import { bar, cut, cutPath, padEnd, padStart } from '../../line/text.ts'
import type { ComparePage, OpenComparison, PackageLookup } from '../model/compare.ts'
import { deltaRole } from './file-lines.ts'

/** The subject of a row of the summary; Enter goes to the page that has more of it, or to the directory of a part. */
export type SummaryRow =
  | { readonly kind: 'text'; readonly line: Line; readonly page?: ComparePage }
  | { readonly kind: 'part'; readonly part: GrowthPart; readonly line: Line }

/** The room that the rows are drawn in, and the images, whose commands name layers. */
export type SummarySpace = {
  readonly width: number
  readonly ascii: boolean
  readonly images: { readonly a: Image | undefined; readonly b: Image | undefined }
  /** How far both sides are read, where only their documents are compared so far; escaped. */
  readonly reading: readonly string[]
}

type Drawn = Pick<SummarySpace, 'width' | 'ascii'>

/** Why B is larger or smaller than A: sizes, what an update pulls, then the causes: directories, packages, layers, endings. */
export function summaryRows(
  { comparison, files }: ShownComparison,
  { sides, packages, isExplained }: OpenComparison,
  space: SummarySpace,
): readonly SummaryRow[] {
  const { a, b, summary, settings } = comparison
  const isEarly = space.reading.length > 0
  const { fact, grown } = writer(space.width)
  const entries =
    a.entries === null || b.entries === null ? [] : [grown('paths', a.entries, b.entries, formatCount, formatCountDelta)]
  return [
    fact('A', sides.a.label),
    fact('B', sides.b.label),
    ...(isEarly ? [] : verdict(summary)).map((each): SummaryRow => ({ kind: 'text', line: line(span(each, 'good')) })),
    BLANK,
    onPage('layers', grown('compressed', a.size, b.size)),
    ...(a.content === null || b.content === null ? [] : [grown('content', a.content, b.content)]),
    ...entries,
    ...(isEarly ? [] : [onPage('files', fact('files', countsText(summary))), ...optional('', summary.classes, fact)]),
    ...(isEarly || isExplained ? [] : [fact('', 'looking for files that differ by noise only…')]),
    ...optional('ignored', summary.ignored, fact),
    onPage('layers', fact('pulled', pullText(summary))),
    ...(isEarly ? [] : [onPage('packages', fact('packages', packagesText(packages)))]),
    onPage('settings', fact('settings', differText(settings.length))),
    ...(isEarly ? [BLANK, ...space.reading.map(text => fact('', text))] : []),
    ...(files === undefined ? [] : reasons(files, packages, space)),
  ]
}

const BLANK: SummaryRow = { kind: 'text', line: [] }

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
  return `${countOf(layers, 'layer')}, ${formatSize(bytes)}${busted}`
}

function verdict({ identical, recompressed, semantic }: Summary): readonly string[] {
  if (identical) return ['The same image.']
  if (recompressed) return ['The same content, recompressed.']
  return semantic ? ['The same but for what a rebuild changes: times, history, how layers are cut.'] : []
}

function differText(count: number): string {
  return count === 0 ? 'the same' : `${formatCount(count)} ${count === 1 ? 'differs' : 'differ'}`
}

function packagesText(packages: PackageLookup | undefined): string {
  if (packages === undefined || packages.state === 'reading') return 'looking…'
  if (packages.state === 'failed') return packages.why
  const { length = 0 } = packages.compared?.packages ?? {}
  return differText(length)
}

/** Rows of each table, the others added up in one: each sums to the difference of the contents. */
const MOST = 5

type Reason = { readonly name: string; readonly delta: number; readonly rows: number }

function reasons(
  { parts, layers, extensions }: NonNullable<ShownComparison['files']>,
  packages: PackageLookup | undefined,
  space: SummarySpace,
): readonly SummaryRow[] {
  const compared = packages?.state === 'found' ? packages.compared : undefined
  const owners: readonly Reason[] = (compared?.packages ?? []).map(each => ({
    name: `${escapeText(each.name)} ${versionsText(each)}`,
    delta: each.delta,
    rows: 0,
  }))
  const others: readonly Reason[] =
    compared === undefined
      ? []
      : [
          { ...compared.others, name: 'packages in the same version' },
          { ...compared.unowned, name: 'no package' },
        ]
  return [
    ...directoryTable(parts, space),
    ...(owners.length === 0 ? [] : table('BY PACKAGE', [...owners, ...others], 'others', 'packages', space)),
    ...table('BY LAYER', layerReasons(layers, space.images), 'other layers', 'layers', space),
    ...table('BY ENDING', endingReasons(extensions), 'other endings', undefined, space),
  ]
}

function directoryTable(all: readonly GrowthPart[], { width, ascii }: Drawn): readonly SummaryRow[] {
  const parts = all.filter(({ delta }) => delta !== 0)
  if (parts.length === 0) return []
  const largest = Math.max(...parts.map(({ delta }) => Math.abs(delta)))
  const rows = parts.map((part): SummaryRow => ({ kind: 'part', part, line: partLine(part, largest, width, ascii) }))
  return [BLANK, title('WHY, BY DIRECTORY'), ...rows]
}

function title(text: string): SummaryRow {
  return { kind: 'text', line: line(span(text, 'title')) }
}

/** A table of causes, the most bytes first; none where it would have one row that says what the sum says already. */
function table(
  name: string,
  all: readonly Reason[],
  others: string,
  page: ComparePage | undefined,
  { width, ascii }: Drawn,
): readonly SummaryRow[] {
  const reasons = all.filter(({ delta }) => delta !== 0).sort(byBytes)
  if (reasons.length < (page === 'packages' ? 1 : 2)) return []
  const left = reasons.slice(MOST)
  const sum = (of: 'delta' | 'rows') => left.reduce((total, each) => total + each[of], 0)
  const rest =
    left.length === 0 ? [] : [{ name: `${formatCount(left.length)} ${others}`, delta: sum('delta'), rows: sum('rows') }]
  const rows = [...reasons.slice(0, MOST), ...rest]
  const largest = Math.max(0, ...rows.map(({ delta }) => Math.abs(delta)))
  const lines = rows.map(each => reasonLine(each, each.delta / (largest || 1), width, ascii))
  return [
    BLANK,
    title(name),
    ...lines.map((each): SummaryRow => ({ kind: 'text', line: each, ...(page !== undefined && { page }) })),
  ]
}

function byBytes(one: Reason, other: Reason): number {
  return Math.abs(other.delta) - Math.abs(one.delta) || (one.name < other.name ? -1 : 1)
}

function layerReasons(layers: ReadonlyMap<string, Growth>, { a, b }: SummarySpace['images']): readonly Reason[] {
  return [...layers].map(([key, { delta, rows }]) => {
    const [side, position] = [key.startsWith('a:') ? 'A' : 'B', Number(key.slice(2))]
    return { name: `layer ${position + 1} of ${side}  ${commandOf(side === 'A' ? a : b, position)}`, delta, rows }
  })
}

/** The command that made a layer, escaped. */
export function commandOf(image: Image | undefined, position: number | null): string {
  return commandText(image?.steps.find(({ layer }) => layer !== undefined && layer === position)?.history)
}

function endingReasons(extensions: ReadonlyMap<string, Growth>): readonly Reason[] {
  return [...extensions].map(([name, growth]) => ({
    ...growth,
    name: name === '' ? 'no ending' : displayPath(name as FilePath),
  }))
}

/** `1.2 → 1.3`, escaped. */
export function versionsText({ before, after }: PackageDifference): string {
  if (before === null) return escapeText(`${after} is new`)
  return escapeText(after === null ? `${before} is gone` : before === after ? before : `${before} → ${after}`)
}

const BAR_CELLS = 8

/** Bytes, and a bar beside the largest of its table. */
function startOf(delta: number, share: number, ascii: boolean): Line {
  return line(
    span(padStart(formatDelta(delta), 9), deltaRole(delta)),
    span(` ${bar(Math.abs(share), BAR_CELLS, ascii)}  `, deltaRole(delta)),
  )
}

function reasonLine({ name, delta, rows }: Reason, share: number, width: number, ascii: boolean): Line {
  const start = startOf(delta, share, ascii)
  const end = rows === 0 ? '' : `  ${countOf(rows, 'change')}`
  return [...start, span(cut(name, Math.max(12, width - lineWidth(start) - end.length))), span(end, 'dim')]
}

/** A directory to blame: its bytes, a bar beside the largest, its path. */
function partLine({ path, isDirectory, isRest, delta, rows }: GrowthPart, largest: number, width: number, ascii: boolean): Line {
  const start = startOf(delta, delta / largest, ascii)
  const end = `${isRest ? '  the rest' : ''}  ${countOf(rows, 'change')}`
  const name = `/${displayPath(path)}${isDirectory && path !== '' ? '/' : ''}`
  return [...start, span(cutPath(name, Math.max(12, width - lineWidth(start) - end.length))), span(end, 'dim')]
}
