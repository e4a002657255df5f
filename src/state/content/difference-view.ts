import { escapeText } from '../../escape.ts'
import { formatSize } from '../../format/size.ts'
import { displayPath } from '../../layer/file-path.ts'
import { type Line, line, type Role, span } from '../../line/line.ts'
import { padStart } from '../../line/text.ts'
import { decodeText, detectEncoding } from '../../list/text-encoding.ts'
import { shownText } from '../../list/text-rows.ts'
import { type DifferenceLine, type DifferenceSlice, differenceLines } from '../model/difference.ts'
import { rowsOf } from '../model/rows.ts'
import { type State, withSlice } from '../model/state.ts'
import type { View } from '../model/view.ts'

/** Two versions of a file, line by line. */
export const DIFFERENCE_VIEW: View<DifferenceLine> = {
  name: 'difference',
  contexts: ['difference'],
  picks: true,
  title: ({ slices }) => titleOf(slices.difference),
  rows: ({ slices }) => rowsOf(slices.difference?.lines ?? [], lineOf),
  empty: ({ slices }) => slices.difference?.refused ?? 'Reading both versions…',
  commands: {},
  receive: (state, action) => {
    const { difference } = state.slices
    if (difference === undefined) return undefined
    if (action.type === 'failed' && action.tag.startsWith('difference-')) {
      return [withSlice(state, 'difference', { ...difference, refused: escapeText(action.error.message) }), []]
    }
    if (action.type !== 'content') return undefined
    if (action.tag === 'difference-before') return [arrived(state, difference, { ...difference.bytes, before: action.bytes }), []]
    if (action.tag === 'difference-after') return [arrived(state, difference, { ...difference.bytes, after: action.bytes }), []]
    return undefined
  },
  crumbs: ({ slices }) =>
    slices.difference === undefined ? [] : [`/${displayPath(slices.difference.after.path)}`, 'difference'],
}

type Opened = NonNullable<DifferenceSlice>

function arrived(state: State, difference: Opened, bytes: Opened['bytes']): State {
  const known = { ...difference, bytes }
  if (bytes.before === undefined || bytes.after === undefined) return withSlice(state, 'difference', known)
  const [before, after] = [textOf(bytes.before), textOf(bytes.after)]
  if (before === undefined || after === undefined) {
    const refused = `The contents are binary and differ: ${formatSize(bytes.before.length)} and ${formatSize(bytes.after.length)}.`
    return withSlice(state, 'difference', { ...known, refused })
  }
  const lines = differenceLines(before, after)
  const refused = lines === undefined ? 'The contents have too little in common to be compared line by line.' : undefined
  return withSlice(state, 'difference', { ...known, lines, refused })
}

function textOf(bytes: Uint8Array): string | undefined {
  const { encoding, mark } = detectEncoding(bytes, true)
  return encoding === 'binary' ? undefined : decodeText(bytes.subarray(mark), encoding)
}

const LOOKS: Readonly<Record<DifferenceLine['kind'], { readonly mark: string; readonly role: Role }>> = {
  same: { mark: ' ', role: 'plain' },
  added: { mark: '+', role: 'added' },
  removed: { mark: '-', role: 'removed' },
  gap: { mark: '·', role: 'dim' },
}

function lineOf({ kind, text, before, after }: DifferenceLine): Line {
  const { mark, role } = LOOKS[kind]
  const number = (value: number | undefined) => padStart(value === undefined ? '' : String(value), 6)
  // Lines of megabytes exist; no row shows more than a few hundred cells.
  return line(span(`${number(before)}${number(after)} `, 'dim'), span(`${mark} ${shownText(text.slice(0, LONGEST))}`, role))
}

const LONGEST = 2000

function titleOf(difference: DifferenceSlice): { left: Line; right: Line } {
  if (difference === undefined) return { left: [], right: [] }
  const { before, after, lines } = difference
  const count = (kind: DifferenceLine['kind']) => (lines ?? []).filter(each => each.kind === kind).length
  return {
    left: line(span(`/${displayPath(after.path)}`)),
    right: line(
      span(`layer ${before.layer + 1} → ${after.layer + 1}  `, 'dim'),
      ...(lines === undefined ? [] : [span(`+${count('added')} `, 'added'), span(`-${count('removed')}`, 'removed')]),
    ),
  }
}
