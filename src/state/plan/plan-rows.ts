import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { layerNumber } from '../../line/layer-number.ts'
import { type Line, line, lineWidth, type Role, span } from '../../line/line.ts'
import { cutPath, padEnd, padStart } from '../../line/text.ts'
import { describeEdit, removedPath } from '../../rebuild/edit.ts'
import { hiddenWithin } from '../../space/hiding-pairs.ts'
import { type OpenImage, soFar } from '../model/open-image.ts'
import type { OtherImage, SummaryLayer } from '../model/rebuild-summary.ts'
import type { Row } from '../model/rows.ts'
import type { OpenPlan } from '../model/squash-plan.ts'
import type { State } from '../model/state.ts'
import { estimateLayers } from './plan-estimate.ts'
import { type Leaving, leavingOf } from './plan-leaving.ts'
import { type PlanSum, sumOf } from './plan-sum.ts'

/** The subject of a row of the plan: a layer by its position, something that leaves, or nothing that a key acts on. */
export type PlanSubject =
  | { readonly kind: 'layer'; readonly position: number }
  | { readonly kind: 'leaving'; readonly leaving: Leaving }
  | undefined

type PlanRow = Row<PlanSubject>

const BRACKET_CELLS = 6

/** Names of the columns that have figures, and of all. */
export const PLAN_FIGURES = `    #       now${' '.repeat(BRACKET_CELLS + 6)}after`
export const PLAN_HEAD = `${PLAN_FIGURES}  what happens`

/** The whole plan as rows: what happens to the layers, what leaves and what could, what else changes, what it costs. */
export function planRows({ image, slices, settings: { ascii } }: State, width: number): readonly PlanRow[] {
  const { plan: open, story } = slices
  if (image === undefined || open === undefined) return []
  const exact = open.measured
  const layers = exact?.layers ?? estimateLayers(image, open.plan)
  const leaving = leavingOf(image, open, story.findings)
  return [
    ...layerRows(image, open, layers, ascii),
    ...(exact?.others ?? []).map(each => text(otherImage(each))),
    BLANK,
    ...leavingRows(leaving, story.checked, width),
    ...otherRows(open),
    ...costRows(sumOf(image, open), exact?.tarSaved ?? 0, exact?.lostSharing ?? 0),
    ...warningRows(open).map(each => text(line(span(`  ${ascii ? '!' : '⚠'} `, 'warning'), span(each, 'warning')))),
  ]
}

const BLANK: PlanRow = { subject: undefined, line: [] }

function text(spans: Line): PlanRow {
  return { subject: undefined, line: spans }
}

/** Which layers change is not known before it was measured. */
const KEPT_MOSTLY = 'kept, except removed files'

/** A run of as many layers that one thing happens to is one row. */
const FOLDED = 7

function layerRows(image: OpenImage, open: OpenPlan, layers: readonly SummaryLayer[], ascii: boolean): readonly PlanRow[] {
  const inGroup = new Map<number, SummaryLayer>()
  for (const layer of layers) for (const position of layer.positions) inGroup.set(position, layer)
  const rows: PlanRow[] = []
  for (let position = 0; position < image.image.layers.length; ) {
    const run = open.isUnfolded ? [] : runAt(layers, position)
    if (run.length >= FOLDED) {
      rows.push(foldedRow(image, run, inGroup, open))
      position += run.length
    } else {
      rows.push(layerRow(image, open, position, { layers, inGroup, ascii }))
      position++
    }
  }
  return rows
}

/** The positions from one on that one written layer replaces, or that are kept as they are. */
function runAt(layers: readonly SummaryLayer[], from: number): readonly number[] {
  const at = layers.findIndex(({ positions }) => positions[0] === from)
  const first = layers[at]
  if (first === undefined) return []
  const end = (positions: readonly number[]) => positions.at(-1) ?? from
  let to = end(first.positions)
  if (first.action === 'keep')
    for (let next = at + 1; layers[next]?.action === 'keep' && layers[next]?.positions[0] === to + 1; next++) to++
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

/** `1–100  421 MB → 312 MB  squashed…`. */
function foldedRow(
  image: OpenImage,
  run: readonly number[],
  inGroup: ReadonlyMap<number, SummaryLayer>,
  open: OpenPlan,
): PlanRow {
  const [first = 0, last = 0] = [run[0], run.at(-1)]
  const groups = [...new Set(run.flatMap(position => inGroup.get(position) ?? []))]
  const now = run.reduce((sum, position) => sum + (image.image.layers[position]?.blob.size ?? 0), 0)
  const after = groups.reduce((sum, each) => sum + each.after, 0)
  const [group] = groups
  const action = group?.action ?? 'drop'
  const estimated = open.measured === undefined
  const isSure = !estimated || isCertain(open)
  const kept = `${run.length} layers, ${isSure ? 'kept' : KEPT_MOSTLY}`
  return {
    subject: { kind: 'layer', position: first },
    line: line(
      span(`${first + 1}–${last + 1}`.padStart(7)),
      span(padStart(formatSize(now), 8), action === 'keep' ? 'dim' : 'plain'),
      span(` ${padEnd('→', BRACKET_CELLS)}`, 'accent'),
      span(padStart(`${estimated && (action !== 'keep' || !isSure) ? '~' : ''}${formatSize(after)}`, 10)),
      span(`  ${group === undefined || action === 'keep' ? kept : happens(image, group)}`, ROLES[action]),
    ),
  }
}

type Groups = {
  readonly layers: readonly SummaryLayer[]
  readonly inGroup: ReadonlyMap<number, SummaryLayer>
  readonly ascii: boolean
}

function layerRow(image: OpenImage, open: OpenPlan, position: number, { layers, inGroup, ascii }: Groups): PlanRow {
  const size = image.image.layers[position]?.blob.size ?? 0
  const estimated = open.measured === undefined
  const sure = !estimated || isCertain(open)
  const group = inGroup.get(position) ?? { positions: [position], action: 'keep', before: size, after: size }
  const around = layers.find(({ positions }) => (positions[0] ?? 0) < position && position < (positions.at(-1) ?? 0))
  const speaks = position === speaker(group)
  const bracket = group.positions.length > 1 ? bracketOf(group, position, ascii) : around !== undefined ? '│' : ''
  return {
    subject: { kind: 'layer', position },
    line: line(
      ...layerNumber(position, 5),
      span(padStart(formatSize(size), 10), group.action === 'keep' ? 'dim' : 'plain'),
      span(` ${padEnd(ascii ? bracket.replace('│', '|') : bracket, BRACKET_CELLS)}`, 'accent'),
      span(padStart(speaks ? afterText(group, estimated) : '', 10), group.action === 'keep' ? 'dim' : 'plain'),
      span(`  ${speaks ? (sure || group.action !== 'keep' ? happens(image, group) : KEPT_MOSTLY) : ''}`, ROLES[group.action]),
    ),
  }
}

/** Rows of the bytes that leave and could leave, each with its check box. */
function leavingRows(leaving: readonly Leaving[], isChecked: boolean, width: number): readonly PlanRow[] {
  const bytes = leaving.reduce((sum, each) => sum + (each.isChosen ? each.more : 0), 0)
  const looking = isChecked ? [] : [text(line(span('      looking for litter and secrets…', 'dim')))]
  if (leaving.length === 0) return looking.length === 0 ? [] : [...looking, BLANK]
  const head = line(span('LEAVES', 'title'), span(`  ${formatSize(bytes)} of files`, 'dim'))
  return [
    text(head),
    ...leaving.map(each => ({ subject: { kind: 'leaving', leaving: each } as const, line: leavingLine(each, width) })),
    ...looking,
    BLANK,
  ]
}

function leavingLine({ title, bytes, more, edits, hidden, isChosen, isUrgent }: Leaving, width: number): Line {
  const told = isUrgent ? bytes : more
  const removed = edits.flatMap(edit => {
    const path = removedPath(edit)
    return path === undefined ? [] : [`/${displayPath(path)}`]
  })
  const paths = [...removed, ...hidden.map(({ path, layer }) => `/${displayPath(path)}, layer ${layer + 1}`)]
  const start = line(
    span(`  ${isChosen ? '[x]' : '[ ]'} `, isChosen ? 'accent' : 'plain'),
    span(padStart(told === 0 ? '' : formatSize(told), 8)),
    span(`  ${title}`, isUrgent ? 'error' : 'plain'),
  )
  const others = paths.length > 1 ? `, and ${formatCount(paths.length - 1)} more` : ''
  const room = width - lineWidth(start) - 2 - others.length
  return paths[0] === undefined || room < 8 ? start : [...start, span(`  ${cutPath(paths[0], room)}${others}`, 'dim')]
}

/** `421 MB → 300 MB  linux/arm64, all of it`, in the columns of the layers. */
function otherImage({ platform, before, after }: OtherImage): Line {
  const what = before === after ? 'kept' : 'rewritten alike'
  const cells = padEnd('', 5)
  return line(
    span(`${cells}${padStart(formatSize(before), 10)}`, 'number'),
    span(padEnd('', BRACKET_CELLS + 1)),
    span(padStart(formatSize(after), 10), 'number'),
    span(`  ${platform}: ${what}`),
  )
}

const ROLES: Readonly<Record<SummaryLayer['action'], Role>> = {
  keep: 'dim',
  recompress: 'modified',
  write: 'plain',
  drop: 'removed',
  rebase: 'modified',
}

/** The row of a run that says what becomes of it: the one in its middle. */
function speaker({ positions }: SummaryLayer): number {
  return positions[positions.length >> 1] ?? 0
}

/** `┐ ├──────→ ┘` around a run; the arrow is in the speaker's row. */
function bracketOf(group: SummaryLayer, position: number, ascii: boolean): string {
  const [first, last] = [group.positions[0], group.positions.at(-1)]
  const arrow = ascii ? '--->' : '───→'
  if (position === first) return ascii ? '\\' : '┐'
  if (position === speaker(group)) return `${ascii ? (position === last ? '+' : '|') : position === last ? '┴' : '├'}${arrow}`
  return position === last ? (ascii ? '/' : '┘') : '│'
}

function afterText({ action, after }: SummaryLayer, estimated: boolean): string {
  if (action === 'drop') return '·'
  return `${estimated && action !== 'keep' ? '~' : ''}${formatSize(after)}`
}

function happens(image: OpenImage, group: SummaryLayer): string {
  switch (group.action) {
    case 'keep':
      return 'kept'
    case 'recompress':
      return 'recompressed'
    case 'drop':
      return 'dropped, with everything it brings'
    case 'rebase':
      return 'the old base, replaced by the new one'
    case 'write':
      return group.positions.length === 1 ? 'written anew, without what is removed' : squashed(image, group)
  }
}

function squashed(image: OpenImage, { positions }: SummaryLayer): string {
  const hidden = image.analysis === undefined ? [] : hiddenWithin(image.analysis.stack, positions)
  const bytes = hidden.reduce((sum, each) => sum + each.bytes, 0)
  const few = `squashed: ${positions.length} layers into one`
  if (bytes === 0) return few
  const most = hidden.reduce((best, each) => (each.bytes > best.bytes ? each : best))
  return `squashed: ${formatSize(bytes)}${soFar(image)} ${hidden.every(({ cause }) => cause === most.cause) ? CAUSES[most.cause] : 'never shipped'}`
}

const CAUSES: Readonly<Record<ReturnType<typeof hiddenWithin>[number]['cause'], string>> = {
  overwritten: 'overwritten, never shipped',
  'metadata-only': 'written once, with its final owner',
  removed: 'deleted, never shipped',
  opaque: 'replaced, never shipped',
  'type-changed': 'replaced, never shipped',
  repeated: 'repeated, written once',
}

/** Edits that no layer row speaks of; of removals, what they found. */
function otherRows({ plan, measured }: OpenPlan): readonly PlanRow[] {
  const removed = measured?.removed ?? []
  const shown = plan.edits.filter(({ type }) => type !== 'squash' && type !== 'drop-layer')
  const rows = shown.map(edit => {
    const what = describeEdit(edit)
    const found = edit.type === 'remove' ? removed.find(part => part.what === what) : undefined
    const amount =
      found === undefined
        ? ''
        : `  ${formatCount(found.paths)} ${found.paths === 1 ? 'path' : 'paths'}, ${formatSize(found.bytes)}`
    const role: Role = edit.type === 'remove' ? 'removed' : 'modified'
    return text(line(span(`  ${edit.type === 'remove' ? '-' : '~'} ${escapeText(what)}`, role), span(amount, 'dim')))
  })
  return rows.length === 0 ? [] : [...rows, BLANK]
}

/** Which layers removals and clamped times touch is known once they were read for it. */
function isCertain({ plan }: OpenPlan): boolean {
  return plan.edits.every(({ type }) => type !== 'remove' && type !== 'clamp-times')
}

/** Rows about the result and its costs. */
function costRows({ isUnpacked }: PlanSum, tarSaved: number, lostSharing: number): readonly PlanRow[] {
  const unpacked = isUnpacked ? ['layers are not compressed there: compression does not apply'] : []
  const less = tarSaved === 0 ? [] : [`${formatSize(Math.abs(tarSaved))} ${tarSaved > 0 ? 'less' : 'more'} when unpacked`]
  const shared = lostSharing === 0 ? [] : [`costs ${formatSize(lostSharing)} of layers no longer shared with other images`]
  return [...unpacked, ...less, ...shared].map(each => text(line(span(`      ${each}`, 'dim'))))
}

const MOST_CONFLICTS = 200

function moreConflicts(count: number): readonly string[] {
  return count <= MOST_CONFLICTS
    ? []
    : [`and ${formatCount(count - MOST_CONFLICTS)} more conflicts: peel rebase --dry-run lists them`]
}

function warningRows({ run, measured }: OpenPlan): readonly string[] {
  if (run.kind === 'failed')
    return [escapeText(run.error.message), ...(run.error.hint === undefined ? [] : [escapeText(run.error.hint)])]
  if (measured === undefined) return []
  return [
    ...(measured.changed ? [] : ['Nothing changes: the image would be copied as it is.']),
    ...(measured.rebase?.conflicts ?? []).slice(0, MOST_CONFLICTS),
    ...moreConflicts(measured.rebase?.conflicts.length ?? 0),
    ...measured.warnings.map(escapeText),
  ]
}
