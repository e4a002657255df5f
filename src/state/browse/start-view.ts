import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { registryHost } from '../../image/registry-host.ts'
import { type Line, line, span } from '../../line/line.ts'
import { cutMiddle, padEnd, padStart, widthOf } from '../../line/text.ts'
import type { Listing } from '../../list/listing.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { Comparable } from '../model/compare.ts'
import type { Dialog } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import { EMPTY_FIELD } from '../model/field.ts'
import { rowsOf } from '../model/rows.ts'
import { isMarked } from '../model/shared.ts'
import { type StartItem, shownItems } from '../model/start.ts'
import { opens, type State, type Step, withSlice } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { startBrowsing } from './browse-commands.ts'
import { markImage } from './mark-image.ts'
import { searchStart, unsearch, withCandidates } from './start-search.ts'

/** The start screen: what can be opened from here. */
export const START_VIEW: View<StartItem, CommandsOf<'start'>> = {
  name: 'open an image',
  contexts: ['start'],
  picks: true,
  title: ({ slices, screen: { opening } }) => ({
    left: slices.start.search === undefined ? [] : line(span(`search: ${escapeText(slices.start.search.text)}`, 'strong')),
    right: line(span(opening === undefined ? countText(slices.start) : `opening ${opening}…`, 'dim')),
  }),
  rows: (state, width) => {
    // There is nothing to choose from while the one image that was asked for is opened.
    if (state.screen.kind === 'opening') return []
    const shown = shownItems(state.slices.start)
    const cells = columnsFor(shown, width)
    return rowsOf(shown, each => rowLine(each, cells, isMarked(state.slices.shared, comparableOf(each))))
  },
  empty: ({ slices: { start }, screen }) => {
    if (screen.kind === 'opening') return `Opening ${screen.opening}…`
    if (start.searching) return 'Looking for images here…'
    if (start.search === undefined) return 'No image found here.\nPress i and type a path or a registry reference.'
    return start.search.isReading
      ? 'Looking at the images…'
      : 'No image that is known here answers to that.\nEsc shows all of them.'
  },
  commands: {
    'start.open': (state, { row }) => (row === undefined ? [state, []] : open(state, row)),
    'start.type': askPlace,
    'start.open-typed': (state, { argument = '' }) => openTyped(state, argument),
    'start.browse': (state, { argument = '' }) => browseTyped(state, argument),
    'start.search': (state, { argument }) => searchStart(state, argument),
    'start.unsearch': unsearch,
    'start.mark': (state, { row }) => markImage(state, comparableOf(row)),
    'start.refresh': state => [
      withSlice(state, 'start', { ...state.slices.start, candidates: [], searching: true }),
      [{ type: 'find' }],
    ],
    back: state => {
      if (state.screen.opening !== undefined) return [opens(state, undefined), [{ type: 'abort', key: 'open' }]]
      return state.slices.start.search === undefined ? undefined : unsearch(state)
    },
  },
  idle: (_, row) => (row === undefined ? ['start.open'] : []),
  compares: (_, row) => comparableOf(row),
  receive: (state, action) => {
    if (action.type === 'found') return withCandidates(state, action.candidates)
    if (action.type === 'completed') return completed(state, action.text, action.offers)
    const { start } = state.slices
    if (action.type !== 'searched' || action.text !== start.search?.text) return undefined
    const { hits, images, isReading, text } = action
    return [withSlice(state, 'start', { ...start, search: { hits, images, isReading, text } }), []]
  },
}

/** `12 here · 3 recent`; of a search `3 of 40 images` */
function countText({ candidates, searching, search }: State['slices']['start']): string {
  if (searching) return 'looking…'
  if (search !== undefined)
    return `${formatCount(search.hits.length)} of ${formatCount(search.images)} images${search.isReading ? ' so far' : ''}`
  return (['here', 'recent'] as const)
    .map(group => ({ group, count: candidates.filter(each => each.group === group).length }))
    .filter(({ count }) => count > 0)
    .map(({ group, count }) => `${count} ${group}`)
    .join(' · ')
}

const TYPED: Dialog = {
  type: 'prompt',
  label: 'open',
  hint: 'a path, oci:DIR, docker://REF, a reference, a registry; Tab completes',
  field: EMPTY_FIELD,
  command: 'start.open-typed',
  live: false,
  completes: 'place',
}

function askPlace(state: State): Step<Effect> {
  return [{ ...state, dialog: TYPED }, [{ type: 'complete', text: '', of: 'place' }]]
}

/** Offers belong to the text they were looked up for. */
function completed(state: State, text: string, offers: readonly string[]): Step<Effect> | undefined {
  const { dialog } = state
  if (dialog?.type !== 'prompt' || dialog.completes !== 'place' || dialog.field.text !== text) return undefined
  return [{ ...state, dialog: { ...dialog, offers } }, []]
}

/** A place that is listed and not opened: a registry by its host alone, all of the local engine. */
function listingOf(reference: string): Listing | undefined {
  if (reference === 'docker-daemon:') return { kind: 'engine' }
  const host = registryHost(reference)
  return host === undefined ? undefined : { kind: 'repositories', host }
}

function open(state: State, { reference, label, group }: StartItem): Step<Effect> {
  if (reference === '') return askPlace(state)
  const slash = reference.indexOf('/')
  if (group === 'registry')
    return startBrowsing(state, { kind: 'tags', host: reference.slice(0, slash), path: reference.slice(slash + 1) })
  const listing = listingOf(reference)
  if (listing !== undefined) return startBrowsing(state, listing)
  return [opens(state, label), [{ type: 'open', image: 'shown', reference }]]
}

/** The candidate as an image; undefined for what is typed or listed first. */
function comparableOf(row: StartItem | undefined): Comparable | undefined {
  if (row === undefined || row.reference === '' || listingOf(row.reference) !== undefined) return undefined
  return { reference: row.reference, label: row.label }
}

function browseTyped(state: State, reference: string): Step<Effect> {
  const listing = listingOf(reference)
  return listing === undefined ? [state, []] : startBrowsing(state, listing)
}

function openTyped(state: State, typed: string): Step<Effect> {
  const reference = typed.trim()
  const listing = listingOf(reference)
  if (listing !== undefined) return startBrowsing(state, listing)
  return reference === '' ? [state, []] : [opens(state, escapeText(reference)), [{ type: 'open', image: 'shown', reference }]]
}

const GROUPS: Readonly<Record<StartItem['group'], string>> = {
  here: 'here',
  recent: 'recent',
  engine: 'engine',
  registry: 'registry',
  demo: 'built in',
}

type Columns = { readonly label: number; readonly size: number }

const GROUP_CELLS = 11
const SIZE_CELLS = 10
/** Cells that a detail needs at least to say something. */
const DETAIL_CELLS = 25

/** Labels take what they need, sizes a column where there are any: the rest is for the details. */
function columnsFor(candidates: readonly StartItem[], width: number): Columns {
  const size = candidates.some(each => each.size !== undefined) ? SIZE_CELLS : 0
  const longest = candidates.reduce((most, { label }) => Math.max(most, widthOf(label)), 0)
  return { label: Math.max(10, Math.min(longest, width - GROUP_CELLS - size - DETAIL_CELLS)), size }
}

function rowLine({ group, label, size, detail }: StartItem, cells: Columns, marked: boolean): Line {
  return line(
    span(marked ? '*' : ' ', 'accent'),
    span(`${padEnd(GROUPS[group], GROUP_CELLS - 1)}`, 'dim'),
    span(padEnd(cutMiddle(label, cells.label), cells.label)),
    span(padStart(size === undefined ? '' : formatSize(size), cells.size), 'number'),
    span(`  ${detail}`, 'dim'),
  )
}
