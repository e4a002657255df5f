import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { type Line, line, type Role, span } from '../../line/line.ts'
import { padEnd, padStart } from '../../line/text.ts'
import type { Stack } from '../../overlay/tree.ts'
import { describeEdit } from '../../rebuild/edit.ts'
import type { OpenImage } from '../model/open-image.ts'
import type { OtherImage, SummaryLayer } from '../model/rebuild-summary.ts'
import type { Row } from '../model/rows.ts'
import type { OpenPlan } from '../model/squash-plan.ts'
import { estimateLayers, hiddenWithin } from './plan-estimate.ts'

/** A row of the plan; its subject is the position of the layer that it is about, if it is about one. */
type PlanRow = Row<number | undefined>

const BRACKET_CELLS = 6

export const PLAN_HEAD = `    #       now${' '.repeat(BRACKET_CELLS + 6)}after  what happens`

/** The whole plan as rows: every layer of the image, what else changes, the sum, what to mind. */
export function planRows(image: OpenImage, open: OpenPlan, ascii: boolean): readonly PlanRow[] {
  const exact = open.measured
  const layers = exact?.layers ?? estimateLayers(image, open.plan)
  const total = exact?.before ?? image.image.layers.reduce((sum, { blob }) => sum + blob.size, 0)
  const after = exact?.after ?? layers.reduce((sum, each) => sum + each.after, 0)
  return [
    ...layerRows(image, open, layers, ascii),
    ...(exact?.others ?? []).map(each => text(otherImage(each))),
    BLANK,
    ...otherRows(open),
    text(totalLine(total, after, exact === undefined ? (isCertain(open) ? 'estimated' : 'at most') : undefined, ascii)),
    ...(exact === undefined ? [] : factRows(exact.tarSaved, exact.lostSharing)),
    ...warningRows(open).map(each => text(line(span(`  ${ascii ? '!' : '⚠'} `, 'warning'), span(each, 'warning')))),
  ]
}

const BLANK: PlanRow = { subject: undefined, line: [] }

function text(spans: Line): PlanRow {
  return { subject: undefined, line: spans }
}

function layerRows(image: OpenImage, open: OpenPlan, layers: readonly SummaryLayer[], ascii: boolean): readonly PlanRow[] {
  const inGroup = new Map<number, SummaryLayer>()
  for (const layer of layers) for (const position of layer.positions) inGroup.set(position, layer)
  const estimated = open.measured === undefined
  const sure = !estimated || isCertain(open)
  return image.image.layers.map(({ position, blob }) => {
    const group = inGroup.get(position) ?? { positions: [position], action: 'keep', before: blob.size, after: blob.size }
    const around = layers.find(({ positions }) => (positions[0] ?? 0) < position && position < (positions.at(-1) ?? 0))
    const speaks = position === speaker(group)
    const bracket = group.positions.length > 1 ? bracketOf(group, position, ascii) : around !== undefined ? '│' : ''
    return {
      subject: position,
      line: line(
        span(padStart(String(position + 1), 5)),
        span(padStart(formatSize(blob.size), 10), group.action === 'keep' ? 'dim' : 'number'),
        span(` ${padEnd(ascii ? bracket.replace('│', '|') : bracket, BRACKET_CELLS)}`, 'accent'),
        span(padStart(speaks ? afterText(group, estimated) : '', 10), group.action === 'keep' ? 'dim' : 'number'),
        span(
          `  ${speaks ? (sure || group.action !== 'keep' ? happens(image, group) : 'kept, except removed files') : ''}`,
          ROLES[group.action],
        ),
      ),
    }
  })
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
    case 'write':
      return group.positions.length === 1 ? 'written anew, without what is removed' : squashed(image.analysis?.stack, group)
  }
}

function squashed(stack: Stack | undefined, { positions }: SummaryLayer): string {
  const hidden = stack === undefined ? [] : hiddenWithin(stack, positions)
  const bytes = hidden.reduce((sum, each) => sum + each.bytes, 0)
  const few = `squashed: ${positions.length} layers into one`
  if (bytes === 0) return few
  const most = hidden.reduce((best, each) => (each.bytes > best.bytes ? each : best))
  return `squashed: ${formatSize(bytes)} ${hidden.every(({ cause }) => cause === most.cause) ? CAUSES[most.cause] : 'never shipped'}`
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

/** `guess` says how good the figures are that were not measured. */
function totalLine(before: number, after: number, guess: 'estimated' | 'at most' | undefined, ascii: boolean): Line {
  const percent = before === 0 ? 0 : Math.round(((after - before) / before) * 100)
  const sign = percent < 0 ? (ascii ? '-' : '−') : percent > 0 ? '+' : ''
  return line(
    span(padStart(formatSize(before), 15), 'strong'),
    span(`  ${ascii ? '->' : '→'}  `, 'dim'),
    span(`${guess === undefined ? '' : '~'}${formatSize(after)}`, 'strong'),
    span(`   ${sign}${Math.abs(percent)} %`, percent < 0 ? 'good' : percent > 0 ? 'warning' : 'dim'),
    span(`   ${guess === undefined ? 'measured' : `${guess}, being measured`}`, 'dim'),
  )
}

function factRows(tarSaved: number, lostSharing: number): readonly PlanRow[] {
  const less = tarSaved === 0 ? [] : [`${formatSize(Math.abs(tarSaved))} ${tarSaved > 0 ? 'less' : 'more'} when unpacked`]
  const shared = lostSharing === 0 ? [] : [`${formatSize(lostSharing)} of layers no longer shared with other images`]
  return [...less, ...shared].map(each => text(line(span(`${' '.repeat(17)}${each}`, 'dim'))))
}

function warningRows({ run, measured }: OpenPlan): readonly string[] {
  if (run.kind === 'failed')
    return [escapeText(run.error.message), ...(run.error.hint === undefined ? [] : [escapeText(run.error.hint)])]
  if (measured === undefined) return []
  return [
    ...(measured.changed ? [] : ['Nothing changes: the image would be copied as it is.']),
    ...measured.warnings.map(escapeText),
  ]
}
