import type { LayerPair } from '../../compare/align-layers.ts'
import { START } from '../../line/cursor.ts'
import { openDifference } from '../content/open-difference.ts'
import type { CommandsOf } from '../keys/keys.ts'
import { COMPARE_PAGES, type ComparePage, IGNORE_SETS, type OpenComparison, toggled } from '../model/compare.ts'
import type { Effect } from '../model/effect.ts'
import type { Rows } from '../model/rows.ts'
import { type State, type Step, withCursor } from '../model/state.ts'
import { note } from '../model/step.ts'
import type { View } from '../model/view.ts'
import type { CompareRow } from './compare-row.ts'
import { startComparison, withComparison } from './compare-run.ts'
import { directoriesToOpen, pathsTo, toggledRow } from './compare-tree.ts'

type Compare = (state: State, comparison: OpenComparison) => Step<Effect>

/** Runs `act` where something is compared. */
function on(state: State, act: Compare): Step<Effect> {
  const { comparison } = state.slices.compare
  return comparison === undefined ? [state, []] : act(state, comparison)
}

export const COMPARE_COMMANDS: View<CompareRow, CommandsOf<'compare'>>['commands'] = {
  'compare.enter': (state, { row }) => on(state, (now, comparison) => enter(now, comparison, row, 'toggle')),
  'compare.open': (state, { row }) => on(state, (now, comparison) => enter(now, comparison, row, 'open')),
  'compare.close': (state, { row, rows }) => on(state, (now, comparison) => close(now, comparison, row, rows)),
  'compare.page': state => turn(state, 1),
  'compare.page-back': state => turn(state, -1),
  'compare.summary': state => show(state, 'summary'),
  'compare.files': state => show(state, 'files'),
  'compare.layers': state => show(state, 'layers'),
  'compare.packages': state => show(state, 'packages'),
  'compare.settings': state => show(state, 'settings'),
  'compare.ignore': state =>
    on(state, (now, comparison) => {
      const ignore = IGNORE_SETS[(IGNORE_SETS.indexOf(comparison.ignore) + 1) % IGNORE_SETS.length] ?? 'exact'
      const [next, effects] = startComparison(withComparison(now, { ...comparison, ignore }))
      const [said, more] = note(next, IGNORED[ignore])
      return [said, [...effects, ...more]]
    }),
  'compare.unchanged': state =>
    on(state, (now, comparison) => [withComparison(now, { ...comparison, unchanged: !comparison.unchanged }), []]),
  'compare.swap': state =>
    on(state, (now, comparison) => {
      const { a, b } = comparison.sides
      const turned = {
        ...comparison,
        sides: { a: b, b: a },
        shown: undefined,
        early: undefined,
        isExplained: false,
        packages: undefined,
        pair: comparison.pair && turnedPair(comparison.pair),
      }
      return startComparison(withComparison(now, turned))
    }),
  /** Esc leaves a pair of layers before it leaves the comparison. */
  back: state => {
    const { comparison } = state.slices.compare
    return comparison && leavePair(state, comparison)
  },
  'compare.next': (state, { rows }) => toChange(state, rows, 1),
  'compare.previous': (state, { rows }) => toChange(state, rows, -1),
  'compare.expand-all': state =>
    on(state, (now, comparison) => {
      const files = comparison.shown?.files
      return files === undefined ? [now, []] : [withComparison(now, { ...comparison, open: directoriesToOpen(files) }), []]
    }),
  'compare.collapse-all': state =>
    on(state, (now, comparison) => [
      withComparison(withCursor(now, 'compare', START), { ...comparison, open: new Set(), listed: new Set() }),
      [],
    ]),
}

/** Steps out of the changes of one pair of layers, back to the list of all. */
function leavePair(state: State, comparison: OpenComparison): Step<Effect> | undefined {
  const { pair, shown } = comparison
  if (pair === undefined) return undefined
  const index = shown?.comparison.layers.pairs.findIndex(each => isSamePair(each, pair)) ?? 0
  const next = withCursor(state, 'compare', { ...START, index: Math.max(0, index) })
  return startComparison(withComparison(next, { ...comparison, pair: undefined, page: 'layers' }))
}

function turnedPair({ before, after, how, delta }: LayerPair): LayerPair {
  return { before: after, after: before, how, delta: -delta }
}

function isSamePair(one: LayerPair, other: LayerPair): boolean {
  return one.before === other.before && one.after === other.after
}

const IGNORED = {
  exact: 'Everything that differs is shown.',
  semantic: 'Times and history do not count: a rebuild changes them by itself.',
  content: 'Only contents count, and what was added, removed or moved.',
} as const

function turn(state: State, by: number): Step<Effect> {
  return on(state, (now, { page }) => {
    const index = (COMPARE_PAGES.indexOf(page) + by + COMPARE_PAGES.length) % COMPARE_PAGES.length
    return show(now, COMPARE_PAGES[index] ?? 'summary')
  })
}

function show(state: State, page: ComparePage): Step<Effect> {
  return on(state, (now, comparison) => {
    const { pair } = comparison
    if (comparison.page === page && pair === undefined) return [now, []]
    const turned = withComparison(withCursor(now, 'compare', START), { ...comparison, page, pair: undefined })
    return pair === undefined ? [turned, []] : startComparison(turned)
  })
}

/** Goes into what is under the cursor: a part of the summary to its directory, a directory, a file's difference. */
function enter(state: State, comparison: OpenComparison, row: CompareRow | undefined, how: 'toggle' | 'open'): Step<Effect> {
  if (row?.kind === 'part') {
    const open = new Set([...comparison.open, ...pathsTo(row.part.path)])
    return [withComparison(withCursor(state, 'compare', START), { ...comparison, page: 'files', open }), []]
  }
  if (row?.kind === 'text') return row.page === undefined ? [state, []] : show(state, row.page)
  if (row?.kind === 'quiet')
    return [withComparison(state, { ...comparison, listed: toggled(comparison.listed, row.at.path) }), []]
  if (row?.kind === 'pair') return enterPair(state, comparison, row.pair)
  if (row?.kind !== 'path') return [state, []]
  if (!row.at.isDirectory) return lookAt(state, comparison, row)
  if (how === 'open' && row.isOpen) return [state, []]
  return [withComparison(state, { ...comparison, open: toggledRow(comparison.open, row) }), []]
}

/** Lists what the layers of a pair made or removed of all that differs; of layers with the same content says that. */
function enterPair(state: State, comparison: OpenComparison, pair: LayerPair): Step<Effect> {
  if (pair.how === 'digest') return note(state, 'Both images have this very layer: it changes the same in both.')
  if (pair.how === 'diffId') return note(state, 'The two layers have the same content: only their compression differs.')
  if (comparison.shown === undefined) return note(state, 'The layers are still being read.')
  const asked = { ...comparison, pair, page: 'files', open: new Set<string>(), listed: new Set<string>() } as const
  return startComparison(withComparison(withCursor(state, 'compare', START), asked))
}

/** The difference of a file's two contents; a file that one side has not against nothing. */
function lookAt(state: State, { shown, sides }: OpenComparison, { at }: Extract<CompareRow, { kind: 'path' }>): Step<Effect> {
  const files = shown?.files
  const row = files?.directories.rowAt(at)
  if (files === undefined || row === undefined) return note(state, 'The file is the same on both sides.')
  const [before, after] = [files.rows.nodeBefore(row), files.rows.nodeAfter(row)]
  if (before === undefined && after === undefined) return [state, []]
  return openDifference(state, before, after, {
    before: sides.a.image,
    after: sides.b.image,
    labels: { before: sides.a.label, after: sides.b.label },
  })
}

function close(state: State, comparison: OpenComparison, row: CompareRow | undefined, rows: Rows<CompareRow>): Step<Effect> {
  if (row?.kind !== 'path' && row?.kind !== 'quiet') return [state, []]
  if (row.kind === 'path' && row.isOpen) {
    return [withComparison(state, { ...comparison, open: toggledRow(comparison.open, row) }), []]
  }
  const { index } = state.cursors.compare
  const above = rows.slice(0, index).findLastIndex(({ subject }) => subject.kind === 'path' && subject.depth < row.depth)
  return above === -1 ? [state, []] : [withCursor(state, 'compare', { ...state.cursors.compare, index: above }), []]
}

/** The next row that is a change itself, not only a directory around some. */
function toChange(state: State, rows: Rows<CompareRow>, by: 1 | -1): Step<Effect> {
  return on(state, (now, { shown }) => {
    const isChange = (subject: CompareRow) =>
      subject.kind === 'quiet' ||
      subject.kind === 'package' ||
      subject.kind === 'part' ||
      (subject.kind === 'setting' && subject.names) ||
      (subject.kind === 'path' && shown?.files?.directories.rowAt(subject.at) !== undefined) ||
      (subject.kind === 'pair' && subject.pair.how !== 'digest')
    const { index } = now.cursors.compare
    for (let at = index + by; at >= 0 && at < rows.length; at += by) {
      const row = rows.at(at)
      if (row !== undefined && isChange(row.subject))
        return [withCursor(now, 'compare', { ...now.cursors.compare, index: at }), []]
    }
    return note(now, by === 1 ? 'There is no change below.' : 'There is no change above.')
  })
}
