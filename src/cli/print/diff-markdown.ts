import { differenceAt } from '../../compare/selection.ts'
import { escapeText } from '../../escape.ts'
import { countOf, formatCount } from '../../format/count.ts'
import { formatCountDelta, formatDelta } from '../../format/delta.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import type { DiffPrinted } from './diff-json.ts'

/** A bot finds its own comment by this line, and writes it anew. */
const MARKER = '<!-- peel -->'
/** Rows of the table of files: a comment is read, not searched. */
const MOST_FILES = 40
const MOST_SETTINGS = 20
const MOST_PACKAGES = 20

/** `peel diff --markdown`: a comment for a pull request, the largest changes first, lists folded. */
export function* diffMarkdown({ comparison, packages: compared, top }: DiffPrinted): Generator<string> {
  const { a, b, summary, settings, files } = comparison
  yield MARKER
  yield `### ${code(a.reference)} → ${code(b.reference)}`
  yield ''
  yield '| | before | after | change |'
  yield '|---|---:|---:|---:|'
  yield `| compressed | ${formatSize(a.size)} | ${formatSize(b.size)} | ${formatDelta(summary.delta.compressed)} |`
  if (a.content !== null && b.content !== null) {
    yield `| content | ${formatSize(a.content)} | ${formatSize(b.content)} | ${formatDelta(b.content - a.content)} |`
  }
  if (a.entries !== null && b.entries !== null) {
    yield `| paths | ${formatCount(a.entries)} | ${formatCount(b.entries)} | ${formatCountDelta(summary.delta.entries)} |`
  }
  const { pull } = summary
  const busted = pull.bustedBytes === 0 ? '' : ` (${formatSize(pull.bustedBytes)} only because times differ)`
  yield `| pulled by an update | | ${countOf(pull.layers, 'layer')} | ${formatSize(pull.bytes)}${busted} |`
  yield ''
  yield verdict(comparison)
  const packages = compared?.packages ?? []
  yield* folded('Packages', packages.length, ['package', 'before', 'after', 'bytes'], packages.slice(0, MOST_PACKAGES), each => [
    code(`${each.type} ${each.name}`),
    each.before === null ? '' : code(each.before),
    each.after === null ? '' : code(each.after),
    formatDelta(each.delta),
  ])
  yield* folded('Settings', settings.length, ['setting', 'before', 'after'], settings.slice(0, MOST_SETTINGS), each => [
    code(each.path),
    setting(each.before),
    setting(each.after),
  ])
  const positions = [...(top?.positions.subarray(0, MOST_FILES) ?? [])]
  yield* folded('Files', files?.indexes.length ?? 0, ['', 'path', 'what', 'bytes'], positions, position => {
    if (files === undefined) return []
    const { path, change, classes, from, delta } = differenceAt(files, position)
    const shown = from === undefined ? code(displayPath(path)) : `${code(displayPath(from))} → ${code(displayPath(path))}`
    return [change, shown, classes.filter(each => each !== 'moved').join(', '), formatDelta(delta)]
  })
}

function verdict({ summary }: DiffPrinted['comparison']): string {
  const { identical, recompressed, semantic, added, removed, changed, moved } = summary
  if (identical) return '**The same image.**'
  if (recompressed) return '**The same content, recompressed.**'
  if (semantic) return '**The same but for what a rebuild changes**: times, history, how layers are cut and compressed.'
  const counts = [
    `${formatCount(added)} added`,
    `${formatCount(removed)} removed`,
    `${formatCount(changed)} changed`,
    `${formatCount(moved)} moved`,
  ]
  return `**${counts.join(', ')}**`
}

/** A table that opens with a click; nothing for an empty one. */
function* folded<Row>(
  title: string,
  count: number,
  head: readonly string[],
  rows: readonly Row[],
  cells: (row: Row) => readonly string[],
): Generator<string> {
  if (count === 0) return
  const shown = rows.length < count ? `, the first ${formatCount(rows.length)} of them` : ''
  yield ''
  yield `<details><summary>${title}: ${formatCount(count)}${shown}</summary>`
  yield ''
  yield `| ${head.join(' | ')} |`
  yield `|${head.map(each => (each === 'bytes' ? '---:' : '---')).join('|')}|`
  for (const row of rows) yield `| ${cells(row).join(' | ')} |`
  yield ''
  yield '</details>'
}

const LONGEST = 120

function setting(value: unknown): string {
  return value === undefined ? '' : code(JSON.stringify(value))
}

/** A stranger's text as code: no markup, no table's border, no mention of a person comes out of it. */
function code(text: string): string {
  const shown = escapeText(text)
  const short = shown.length > LONGEST ? `${shown.slice(0, LONGEST - 1)}…` : shown
  const runs = short.match(/`+/g) ?? []
  const fence = '`'.repeat(Math.max(0, ...runs.map(({ length }) => length)) + 1)
  const padding = short.startsWith('`') || short.endsWith('`') || short === '' ? ' ' : ''
  return `${fence}${padding}${short.replaceAll('|', '\\|')}${padding}${fence}`
}
