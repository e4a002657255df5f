import { move, START } from '../../line/cursor.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { copyFix, markFixes } from '../marks/fix-marks.ts'
import type { Effect } from '../model/effect.ts'
import { filterPrompt } from '../model/filter-prompt.ts'
import {
  allFindings,
  type FindingRow,
  type FindingsSlice,
  filterFindings,
  groupKey,
  groupsOf,
  turnedTo,
} from '../model/findings.ts'
import type { Rows } from '../model/rows.ts'
import { panesOf } from '../model/screen.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { goBack, jumpTo } from '../model/trail.ts'
import type { View } from '../model/view.ts'
import { goToFinding } from './finding-place.ts'

export const FINDINGS_COMMANDS: View<FindingRow, CommandsOf<'findings'>>['commands'] = {
  'findings.enter': (state, { row }) =>
    row === undefined ? [state, []] : row.kind === 'rule' ? turn(state, row) : goToFinding(state, row.finding),
  'findings.open': (state, { row, rows }) => {
    if (row === undefined) return [state, []]
    if (row.kind === 'finding') return goToFinding(state, row.finding)
    return row.isOpen ? [moved(state, rows), []] : turn(state, row)
  },
  'findings.close': (state, { row, rows }) => close(state, row, rows),
  'findings.mark': (state, { row, rows }) => {
    if (row === undefined) return [state, []]
    const [next, effects] = markFixes(state, row.kind === 'rule' ? row.group.findings : [row.finding])
    return [next.slices.marks === state.slices.marks ? next : moved(next, rows), effects]
  },
  'findings.explain': (state, { row }) => {
    const finding = row?.kind === 'rule' ? row.group.findings[0] : row?.finding
    if (finding === undefined) return [state, []]
    return [withCursor(withFindings(jumpTo(state, { over: 'explanation' }), { explained: finding }), 'explanation', START), []]
  },
  'findings.copy-fix': (state, { row }) => copyFix(state, row?.kind === 'rule' ? row.group.findings[0] : row?.finding),
  'findings.filter': (state, { argument: text }) => {
    const { filter } = state.slices.findings
    if (text === undefined) return [{ ...state, dialog: filterPrompt('findings', filter) }, []]
    return text === filter ? [state, []] : [withCursor(withFindings(state, { filter: text }), 'findings', START), []]
  },
  'findings.unfilter': state => [withFindings(state, { filter: '' }), []],
  'findings.expand-all': state => [withFindings(state, { turned: turnedTo(groups(state), true) }), []],
  'findings.collapse-all': state => [
    withCursor(withFindings(state, { turned: turnedTo(groups(state), false) }), 'findings', START),
    [],
  ],
  back: state => (state.slices.findings.filter === '' ? undefined : [withFindings(state, { filter: '' }), []]),
}

/** `!`: the page of findings, and back from it. */
export function openFindings(state: State): Step<Effect> {
  const onTop = panesOf(state.screen).over.at(-1) === 'findings'
  if (onTop && state.focus === 'main') return [goBack(state) ?? state, []]
  return [onTop ? { ...state, focus: 'main' } : jumpTo(state, { over: 'findings' }), []]
}

/** The page with one rule's findings open and the cursor on it. */
export function openFindingsOf(state: State, id: string): Step<Effect> {
  const jumped = withFindings(jumpTo(state, { over: 'findings' }), { filter: '' })
  const all = groups(jumped)
  const group = all.find(each => each.id === id)
  if (group === undefined) return [jumped, []]
  // Others are as they are at first, so that the rows before the rule can be counted.
  const others = turnedTo(
    all.filter(each => each !== group),
    false,
  )
  const turned = new Set([...others, ...turnedTo([group], true)])
  return [withCursor(withFindings(jumped, { turned }), 'findings', { index: all.indexOf(group), top: 0 }), []]
}

function groups({ image, slices: { story, findings } }: State) {
  return groupsOf(filterFindings(allFindings(image, story.findings), findings.filter))
}

function withFindings(state: State, change: Partial<FindingsSlice>): State {
  return withSlice(state, 'findings', { ...state.slices.findings, ...change })
}

function turn(state: State, { group }: FindingRow): Step<Effect> {
  const turned = new Set(state.slices.findings.turned)
  const key = groupKey(group)
  if (!turned.delete(key)) turned.add(key)
  return [withFindings(state, { turned }), []]
}

/** Folds the rule, or goes to the row of the rule that the finding is of. */
function close(state: State, row: FindingRow | undefined, rows: Rows<FindingRow>): Step<Effect> {
  if (row === undefined) return [state, []]
  if (row.kind === 'rule') return row.isOpen ? turn(state, row) : [state, []]
  for (let index = state.cursors.findings.index; index >= 0; index--) {
    const above = rows.at(index)?.subject
    if (above?.kind === 'rule' && above.group === row.group)
      return [withCursor(state, 'findings', { ...state.cursors.findings, index }), []]
  }
  return [state, []]
}

/** One row down, as marking goes on in every list. */
function moved(state: State, rows: Rows<FindingRow>): State {
  const height = Math.max(1, state.size.rows - 5)
  return withCursor(state, 'findings', move(state.cursors.findings, 'down', rows.length, height))
}
