import { patchLines } from '../../compare/content/unified-diff.ts'
import { escapeText } from '../../escape.ts'
import { baseName, displayPath, type FilePath } from '../../layer/file-path.ts'
import { START } from '../../line/cursor.ts'
import { type Line, line, span } from '../../line/line.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { DifferenceLine, DifferenceSlice } from '../model/difference.ts'
import type { Effect } from '../model/effect.ts'
import { fieldOf } from '../model/field.ts'
import { pathCopies } from '../model/ranked.ts'
import type { Rows } from '../model/rows.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'
import type { View } from '../model/view.ts'
import { type DifferenceRow, differenceRows } from './difference-rows.ts'
import { comparesContents, foundFirst, isUnfinished, keepDifference } from './open-difference.ts'
import { askSaveText } from './save-file.ts'

/** Two versions of a file, line by line; of what has no lines, the facts. */
export const DIFFERENCE_VIEW: View<DifferenceRow, CommandsOf<'difference'>> = {
  name: 'difference',
  contexts: ['difference'],
  picks: true,
  title: ({ slices }) => titleOf(slices.difference),
  rows: ({ slices }, width) => (slices.difference === undefined ? [] : differenceRows(slices.difference, width)),
  madeOf: ({ slices }) => [slices.difference],
  empty: ({ slices: { difference } }) =>
    difference?.refused ?? (difference && underWay(difference)) ?? 'There are no lines to compare.',
  commands: {
    'difference.next': (state, { rows }) => toNext(state, rows, 1),
    'difference.previous': (state, { rows }) => toNext(state, rows, -1),
    'difference.search': (state, { argument, rows }) =>
      argument === undefined ? askSearch(state) : search(state, argument, rows),
    'difference.search-end': state => change(state, { search: '' }),
    'difference.wrap': state => change(state, { wrap: !(state.slices.difference?.wrap ?? false) }),
    'difference.page': pageDifference,
    'difference.save': saveDifference,
  },
  receive: (state, action) => {
    const { difference } = state.slices
    if (difference === undefined) return undefined
    if (action.type === 'failed' && action.tag.startsWith('difference-')) {
      return [withSlice(state, 'difference', { ...difference, refused: escapeText(action.error.message) }), []]
    }
    if (action.type === 'first-difference') return [withSlice(state, 'difference', foundFirst(difference, action.first)), []]
    if (action.type === 'difference-found') {
      const { edits, lines } = action
      return [withSlice(state, 'difference', { ...difference, facts: [...difference.facts, ...action.facts], edits, lines }), []]
    }
    if (action.type !== 'content') return undefined
    if (action.tag === 'difference-before') return arrived(state, difference, { ...difference.bytes, before: action.bytes })
    if (action.tag === 'difference-after') return arrived(state, difference, { ...difference.bytes, after: action.bytes })
    return undefined
  },
  copies: ({ slices }) => (slices.difference === undefined ? [] : pathCopies(pathOf(slices.difference))),
  idle: ({ slices }) => (slices.difference?.lines?.length === 0 ? ['difference.next', 'difference.wrap', 'difference.save'] : []),
  guard: { slice: 'difference', step: keepDifference },
  crumbs: ({ slices }) => (slices.difference === undefined ? [] : [`/${displayPath(pathOf(slices.difference))}`, 'difference']),
}

type Opened = NonNullable<DifferenceSlice>

function pathOf({ before, after }: Opened): FilePath {
  return (after ?? before)?.path ?? ('' as FilePath)
}

function change(state: State, parts: Partial<Opened>): Step<Effect> {
  const { difference } = state.slices
  return difference === undefined ? [state, []] : [withSlice(state, 'difference', { ...difference, ...parts }), []]
}

function arrived(state: State, difference: Opened, bytes: Opened['bytes']): Step<Effect> {
  const known = { ...difference, bytes }
  return [withSlice(state, 'difference', known), comparesContents(known)]
}

/** The words for what is not there yet; undefined once all is. */
function underWay(difference: Opened): string | undefined {
  if (!isUnfinished(difference)) return undefined
  const { before, after } = difference.bytes
  return before === undefined || after === undefined ? 'Reading both versions…' : 'Comparing both versions…'
}

function titleOf(difference: DifferenceSlice): { left: Line; right: Line } {
  if (difference === undefined) return { left: [], right: [] }
  const { before, after, labels, lines } = difference
  const count = (kind: DifferenceLine['kind']) => (lines ?? []).filter(each => each.kind === kind).length
  const layer = (node: TreeNode | undefined) => (node === undefined ? 'none' : `${node.layer + 1}`)
  const waiting = underWay(difference)
  const sides = labels === undefined ? `layer ${layer(before)} → ${layer(after)}` : `${labels.before} → ${labels.after}`
  return {
    left: line(span(`/${displayPath(pathOf(difference))}`)),
    right: line(
      span(`${sides}  `, 'dim'),
      ...(waiting === undefined ? [] : [span(waiting, 'accent')]),
      ...(lines === undefined || lines.length === 0
        ? []
        : [span(`+${count('added')} `, 'added'), span(`-${count('removed')}`, 'removed')]),
    ),
  }
}

/** The next run of changed lines, or the next line with what is searched for. */
function toNext(state: State, rows: Rows<DifferenceRow>, by: 1 | -1): Step<Effect> {
  const text = state.slices.difference?.search ?? ''
  const wanted = (row: DifferenceRow) => (text === '' ? row.starts : row.text.toLowerCase().includes(text))
  const { index } = state.cursors.difference
  for (let at = index + by; at >= 0 && at < rows.length; at += by) {
    const row = rows.at(at)
    if (row !== undefined && wanted(row.subject))
      return [withCursor(state, 'difference', { ...state.cursors.difference, index: at }), []]
  }
  const what = text === '' ? 'change' : 'find'
  return note(state, by === 1 ? `There is no ${what} below.` : `There is no ${what} above.`)
}

function askSearch(state: State): Step<Effect> {
  const prompt = {
    type: 'prompt',
    label: '/',
    command: 'difference.search',
    live: true,
    cancel: 'difference.search-end',
  } as const
  return [{ ...state, dialog: { ...prompt, field: fieldOf(state.slices.difference?.search ?? '') } }, []]
}

/** Goes to the first line with the text at or below the cursor, as it is typed; an empty text ends the search. */
function search(state: State, typed: string, rows: Rows<DifferenceRow>): Step<Effect> {
  const text = typed.toLowerCase()
  const [searching] = change(state, { search: text })
  if (text === '') return [searching, []]
  const { index } = state.cursors.difference
  for (let offset = 0; offset < rows.length; offset++) {
    const at = (index + offset) % rows.length
    if (rows.at(at)?.subject.text.toLowerCase().includes(text) === true)
      return [withCursor(searching, 'difference', { ...START, index: at }), []]
  }
  return [searching, []]
}

/** The difference in the form that `patch` and `git apply` read; undefined where there are no lines, or too few in common. */
function patchOf({ before, after, edits }: Opened): string | undefined {
  if (edits === undefined) return undefined
  const pathIn = (node: TreeNode | undefined) => node && displayPath(node.path)
  return patchLines(edits, pathIn(before), pathIn(after))
    .map(each => `${each}\n`)
    .join('')
}

function patchName(difference: Opened): string {
  return `${displayPath(baseName(pathOf(difference)) as FilePath)}.patch`
}

function saveDifference(state: State): Step<Effect> {
  const { difference } = state.slices
  const patch = difference === undefined ? undefined : patchOf(difference)
  const waiting = difference && underWay(difference)
  if (difference === undefined || patch === undefined) return note(state, waiting ?? 'There are no lines to save.')
  return askSaveText(state, patch, patchName(difference))
}

/** The facts and the patch, in the pager. */
function pageDifference(state: State): Step<Effect> {
  const { difference } = state.slices
  if (difference === undefined) return [state, []]
  const waiting = underWay(difference)
  if (waiting !== undefined) return note(state, waiting)
  const above = [...difference.facts, ...(difference.refused === undefined ? [] : [difference.refused])]
  const text = [above.map(each => `${each}\n`).join(''), patchOf(difference) ?? ''].filter(each => each !== '').join('\n')
  return [state, [{ type: 'page-text', text, name: patchName(difference) }]]
}
