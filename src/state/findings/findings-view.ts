import { type Finding, SEVERITIES } from '../../check/finding.ts'
import { editsFor } from '../../check/fixes.ts'
import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type Line, line, lineWidth, type Span, span } from '../../line/line.ts'
import { cut, cutPath, padEnd, padStart, widthOf } from '../../line/text.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { fixCopies, isFixMarked } from '../marks/fix-marks.ts'
import {
  allFindings,
  countsOf,
  type FindingGroup,
  type FindingRow,
  filterFindings,
  findingRows,
  groupsOf,
  severityWords,
} from '../model/findings.ts'
import { pathCopies } from '../model/ranked.ts'
import { rowsOf } from '../model/rows.ts'
import type { State } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { findingLayers, severityRole } from './finding-lines.ts'
import { FINDINGS_COMMANDS } from './findings-commands.ts'

/** Everything that is wrong with the image: a row a rule, the worst first, its findings below it. */
export const FINDINGS_VIEW: View<FindingRow, CommandsOf<'findings'>> = {
  name: 'findings',
  contexts: ['findings'],
  picks: true,
  title: state => ({ left: countsLine(state), right: rulesLine(state) }),
  head: (_, width) => line(span(`  ${padEnd('severity', SEVERITY)}${padStart('#', COUNT)}  what`), headEnd(width)),
  rows: (state, width) => rowsOf(findingRows(shownGroups(state), state.slices.findings), row => rowLine(state, row, width)),
  madeOf: ({ image, slices, settings }) => [image, slices.story.findings, slices.findings, slices.marks, settings.ascii],
  empty: emptyText,
  commands: FINDINGS_COMMANDS,
  idle: ({ slices }, row) => {
    if (row === undefined) return slices.findings.filter === '' ? [...OF_A_FINDING, 'findings.filter'] : OF_A_FINDING
    const { findings } = row.kind === 'finding' ? { findings: [row.finding] } : row.group
    return findings.some(each => editsFor(each).length > 0) ? [] : ['findings.mark']
  },
  previews: (_, row) => {
    const finding = row && firstOf(row)
    return finding && { kind: 'finding', finding, others: row.kind === 'finding' ? 0 : row.group.count - 1 }
  },
  copies: (_, row) => (row === undefined ? [] : [...fixCopies(firstOf(row)), ...pathCopies(firstOf(row)?.path ?? undefined)]),
  crumbs: () => ['findings'],
}

/** Commands without a use where nothing is listed. */
const OF_A_FINDING = ['findings.enter', 'findings.explain', 'findings.mark', 'findings.copy-fix'] as const

/** Groups of the findings that the filter keeps. */
function shownGroups({ image, slices: { story, findings } }: State): readonly FindingGroup[] {
  return groupsOf(filterFindings(allFindings(image, story.findings), findings.filter))
}

function firstOf(row: FindingRow): Finding | undefined {
  return row.kind === 'finding' ? row.finding : row.group.findings[0]
}

/** Cells of the columns. */
const [SEVERITY, COUNT, SIZE, ID] = [8, 4, 9, 28]
/** From this width on the id of the rule has a column. */
const ID_FROM = 96

function headEnd(width: number): Span {
  const free = width - 2 - SEVERITY - COUNT - 6
  return span(
    width < ID_FROM ? padStart('size', free) : `${padStart(padEnd('  rule', ID), free - SIZE)}${padStart('size', SIZE)}`,
  )
}

function rowLine(state: State, row: FindingRow, width: number): Line {
  const { group } = row
  const isAlone = row.kind === 'finding' && group.findings.length === 1
  const bytes = row.kind === 'rule' ? group.bytes : row.finding.bytes
  const end = line(
    ...(width < ID_FROM ? [] : [span(`  ${padEnd(row.kind === 'rule' || isAlone ? group.id : '', ID - 2)}`, 'dim')]),
    span(padStart(bytes === 0 ? '' : formatSize(bytes), SIZE), 'number'),
  )
  const start = row.kind === 'rule' || isAlone ? ruleStart(state, row) : findingStart(state, row.finding)
  const text = row.kind === 'rule' ? ruleText(group) : isAlone ? aloneText(row.finding, group) : placeText(row.finding)
  const room = width - lineWidth(start) - lineWidth(end)
  const shown = fitted(text, room)
  return line(...start, ...shown, span(' '.repeat(Math.max(0, room - lineWidth(shown)))), ...end)
}

function ruleStart(state: State, row: FindingRow): Line {
  const { ascii } = state.settings
  const { severity, count, findings } = row.group
  const fold = row.kind !== 'rule' ? ' ' : ascii ? (row.isOpen ? '-' : '+') : row.isOpen ? '▾' : '▸'
  return line(
    span(findings.every(each => isFixMarked(state.slices.marks, each)) ? '*' : ' ', 'accent'),
    row.kind === 'rule' ? { ...span(fold), click: { command: 'findings.enter' } } : fold,
    span(padEnd(severity, SEVERITY), severityRole(severity)),
    span(padStart(formatCount(count), COUNT), 'dim'),
    '  ',
  )
}

function findingStart(state: State, finding: Finding): Line {
  const mark = isFixMarked(state.slices.marks, finding) ? '*' : ' '
  return line(span(mark, 'accent'), ' '.repeat(1 + SEVERITY + COUNT + 2))
}

/** A path is not cut to fewer cells. */
const PATH = 12

/** A title that gives way to the layers behind it, and a path that takes what is left. */
type RowText = { readonly words: Span; readonly layers: string; readonly path: string }

function ruleText({ title, inBase }: FindingGroup): RowText {
  return { words: span(`${title}${inBase ? ' (in the base image)' : ''}`, inBase ? 'dim' : 'plain'), layers: '', path: '' }
}

function aloneText(finding: Finding, group: FindingGroup): RowText {
  return { ...ruleText(group), layers: findingLayers(finding), path: pathOf(finding) }
}

function placeText(finding: Finding): RowText {
  const layers = findingLayers(finding)
  if (finding.path === null) return { words: span(layers, 'dim'), layers: '', path: finding.detail }
  return { words: span(layers, 'dim'), layers: '', path: pathOf(finding) }
}

function pathOf({ path }: Finding): string {
  return path === null ? '' : `/${displayPath(path)}`
}

function fitted({ words, layers, path }: RowText, room: number): Line {
  // The layers give way to the path.
  const hasRoom = room >= widthOf(words.text) + widthOf(layers) + Math.min(PATH, widthOf(path)) + 4
  const behind = layers === '' || !(hasRoom || path === '') ? [] : [span(`  ${layers}`, 'dim')]
  const text = cut(words.text, Math.max(0, room - lineWidth(behind)))
  const shown = [{ ...words, text }, ...behind]
  const left = room - lineWidth(shown) - 2
  if (path === '' || left < Math.min(PATH, widthOf(path))) return shown
  return [...shown, span('  '), span(path.startsWith('/') ? cutPath(path, left) : cut(path, left), 'dim')]
}

/** How many of each severity, and whether that is all. */
function countsLine(state: State): Line {
  const { image, slices } = state
  const counts = countsOf(allFindings(image, slices.story.findings))
  const parts = SEVERITIES.filter(severity => counts[severity] > 0).flatMap((severity, index) => [
    ...(index === 0 ? [] : [span(' · ', 'dim')]),
    span(severityWords(severity, counts[severity]), severityRole(severity)),
  ])
  const { filter } = slices.findings
  return line(
    ...parts,
    ...(slices.story.checked ? [] : [span(parts.length === 0 ? 'checking' : ' so far', 'accent')]),
    ...(filter === '' ? [] : [span(` · filter ${escapeText(filter)}`, 'accent')]),
  )
}

function rulesLine(state: State): Line {
  const groups = shownGroups(state)
  const fixable = groups.filter(({ findings }) => findings.some(each => editsFor(each).length > 0)).length
  if (groups.length === 0) return []
  return line(span(`${groups.length} ${groups.length === 1 ? 'rule' : 'rules'}, ${fixable} fixable`, 'dim'))
}

function emptyText({ image, slices }: State): string {
  if (slices.findings.filter !== '')
    return `No finding${slices.story.checked ? '' : ' so far'} matches “${escapeText(slices.findings.filter)}”. Esc shows all again.`
  if (slices.story.checked) return 'Nothing was found that is wrong.'
  const read = image?.progress.filter(({ status }) => status === 'read').length ?? 0
  return `Nothing was found so far: ${read} of ${image?.progress.length ?? 0} layers are read.`
}
