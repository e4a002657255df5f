import { escapeText } from '../../escape.ts'
import { START } from '../../line/cursor.ts'
import type { ListedName, Listing, NameFacts } from '../../list/listing.ts'
import type { CommandsOf } from '../keys/keys.ts'
import type { Action } from '../model/action.ts'
import { type Level, levelName, newLevel, referenceOf, withFilter, withNames } from '../model/browse.ts'
import type { Comparable } from '../model/compare.ts'
import type { Effect } from '../model/effect.ts'
import { EMPTY_FIELD, fieldOf } from '../model/field.ts'
import { startFrom } from '../model/screen.ts'
import { opens, type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { chain, note } from '../model/step.ts'
import type { View } from '../model/view.ts'
import { markImage, markImages } from './mark-image.ts'

/** Starts browsing at a registry or an engine; the place browsed before is left. */
export function startBrowsing(state: State, listing: Listing): Step<Effect> {
  return enterLevel(opens({ ...withSlice(state, 'browse', []), screen: startFrom(state.screen) }, undefined), listing)
}

export const BROWSE_COMMANDS: View<ListedName, CommandsOf<'browse'>>['commands'] = {
  'browse.enter': (state, { row }) => {
    const level = top(state)
    return level === undefined || row === undefined ? [state, []] : enterName(state, level, row.name)
  },
  'browse.describe': (state, { row }) => {
    const [level, name] = [top(state), row?.name]
    const reference = level === undefined || name === undefined ? undefined : referenceOf(level.listing, name)
    if (reference === undefined || name === undefined || level?.listing.kind !== 'tags') return [state, []]
    if (level.facts.get(name) !== undefined && level.facts.get(name) !== 'asking') return [state, []]
    return [replaceTop(state, withFacts(notAsking(level), name, 'asking')), [{ type: 'describe', reference }]]
  },
  'browse.mark': (state, { row }) => markImage(state, comparableName(top(state), row)),
  'browse.mark-all': state => {
    const level = top(state)
    return markImages(state, level?.shown.flatMap(each => comparableName(level, each) ?? []) ?? [])
  },
  'browse.more': state => [state, top(state)?.status === 'more' ? [{ type: 'list-more' }] : []],
  'browse.refresh': state => {
    const level = top(state)
    if (level === undefined) return [state, []]
    return enterLevel(withSlice(state, 'browse', state.slices.browse.slice(0, -1)), level.listing)
  },
  'browse.filter': (state, { argument: text }) => {
    const level = top(state)
    if (level === undefined) return [state, []]
    if (text !== undefined) return withMore(filtered(state, level, text))
    const prompt = { type: 'prompt', label: 'filter', command: 'browse.filter', live: true, cancel: 'browse.unfilter' } as const
    return [{ ...state, dialog: { ...prompt, field: fieldOf(level.filter) } }, []]
  },
  'browse.unfilter': state => {
    const level = top(state)
    return level === undefined ? [state, []] : withMore(filtered(state, level, ''))
  },
  'browse.type': (state, { argument: text }) => {
    const level = top(state)
    if (level === undefined || level.listing.kind === 'engine') return undefined
    if (text === undefined) return [{ ...state, dialog: typedName(level) }, []]
    const typed = text.trim()
    return typed === '' ? [state, []] : enterTyped(state, level.listing, typed)
  },
  'browse.back': state => oneLevelBack(state),
  back: state => (top(state) === undefined ? undefined : oneLevelBack(state)),
  close: state => (top(state) === undefined ? undefined : oneLevelBack(state)),
}

/** A listed name as an image; undefined for a repository, which has several. */
export function comparableName(level: Level | undefined, row: ListedName | undefined): Comparable | undefined {
  const reference = level === undefined || row === undefined ? undefined : referenceOf(level.listing, row.name)
  return reference === undefined ? undefined : { reference, label: escapeText(reference) }
}

/** Answers of the world that belong to the level on the screen. */
export function browseReceive(state: State, action: Action): Step<Effect> | undefined {
  const level = top(state)
  if (level === undefined) return undefined
  switch (action.type) {
    case 'listed': {
      const next = withMore(onSameName(replaceTop(state, withNames(level, action.names, action.more)), level))
      return action.notices.length === 0 ? next : chain(next, each => note(each, action.notices.join('  ')))
    }
    case 'described': {
      const name = level.names.find(each => referenceOf(level.listing, each.name) === action.reference)?.name
      if (name === undefined) return undefined
      return [replaceTop(state, withFacts(level, name, action.facts)), []]
    }
    case 'failed':
      if (action.tag === 'describe') return [replaceTop(state, notAsking(level)), []]
      if (action.tag !== 'list') return undefined
      return [replaceTop(state, { ...level, status: 'failed', error: action.error }), []]
    default:
      return undefined
  }
}

/** Names that come in between leave the cursor on the name it was on; at the top it stays at the top. */
function onSameName(state: State, before: Level): State {
  const { index, top } = state.cursors.browse
  const name = before.shown[index]?.name
  const now = index === 0 ? 0 : (state.slices.browse.at(-1)?.shown.findIndex(each => each.name === name) ?? -1)
  return now <= 0 || now === index ? state : withCursor(state, 'browse', { index: now, top: Math.max(0, top + now - index) })
}

function withFacts(level: Level, name: string, facts: NameFacts | 'asking'): Level {
  return { ...level, facts: new Map(level.facts).set(name, facts) }
}

/** One name is asked about at a time: the next question replaces it. */
function notAsking(level: Level): Level {
  return { ...level, facts: new Map([...level.facts].filter(([, facts]) => facts !== 'asking')) }
}

/** Rows from the end at which the next page is fetched. */
const AHEAD = 100

/** Asks for the next page when the cursor comes near the end, or when a filter leaves little to look at. */
export function withMore(state: State): Step<Effect> {
  const level = top(state)
  if (level === undefined || level.status !== 'more') return [state, []]
  return [state, level.shown.length - state.cursors.browse.index <= AHEAD ? [{ type: 'list-more' }] : []]
}

function enterName(state: State, { listing }: Level, name: string): Step<Effect> {
  if (listing.kind === 'repositories') return enterLevel(state, { kind: 'tags', host: listing.host, path: name })
  const reference = referenceOf(listing, name) ?? ''
  return [opens(state, escapeText(reference)), [{ type: 'open', image: 'shown', reference }]]
}

/** A repository, of which tags are listed, or `NAME:TAG` and `NAME@DIGEST`, which are opened; at tags, a tag. */
function enterTyped(state: State, listing: Listing, typed: string): Step<Effect> {
  if (listing.kind === 'engine') return [state, []]
  if (listing.kind === 'repositories') {
    const path = typed.startsWith(`${listing.host}/`) ? typed.slice(listing.host.length + 1) : typed.replace(/^\/+/, '')
    const full = listing.host === 'docker.io' && !path.includes('/') ? `library/${path}` : path
    if (!/[:@]/.test(path)) return enterLevel(state, { kind: 'tags', host: listing.host, path: full })
    const reference = `docker://${listing.host}/${path}`
    return [opens(state, escapeText(reference)), [{ type: 'open', image: 'shown', reference }]]
  }
  const reference = `docker://${listing.host}/${listing.path}${typed.includes(':') && !typed.startsWith(':') ? '@' : ':'}${typed.replace(/^[:@]/, '')}`
  return [opens(state, escapeText(reference)), [{ type: 'open', image: 'shown', reference }]]
}

function typedName({ listing }: Level) {
  const what = listing.kind === 'repositories' ? 'Repository of' : 'Tag or digest of'
  const label = `${what} ${escapeText(levelName(listing))}:`
  return { type: 'prompt', label, field: EMPTY_FIELD, command: 'browse.type', live: false } as const
}

/** The level is left with its cursor's place. */
function enterLevel(state: State, listing: Listing): Step<Effect> {
  const above = withPlace(state)
  const next = withSlice(state, 'browse', [...above, newLevel(listing)])
  return [
    withCursor(next, 'browse', START),
    [
      { type: 'abort', key: 'describe' },
      { type: 'list', listing },
    ],
  ]
}

function withPlace({ slices, cursors }: State): readonly Level[] {
  return slices.browse.map((level, index) =>
    index === slices.browse.length - 1 ? { ...notAsking(level), cursor: cursors.browse } : level,
  )
}

/**
 * Gives up the opening first, then a filter, then the level. A listing that is left is stopped; one that is
 * come back to and was not at its end goes on when it is asked for again.
 */
function oneLevelBack(state: State): Step<Effect> {
  if (state.screen.opening !== undefined) return [opens(state, undefined), [{ type: 'abort', key: 'open' }]]
  const level = top(state)
  if (level !== undefined && level.filter !== '') return withMore(filtered(state, level, ''))
  const left = withSlice(state, 'browse', state.slices.browse.slice(0, -1))
  const effects: Effect[] = [
    { type: 'abort', key: 'list' },
    { type: 'abort', key: 'describe' },
  ]
  const above = top(left)
  if (above === undefined) return [left, left.slices.start.searching ? [...effects, { type: 'find' }] : effects]
  const back = withCursor(left, 'browse', above.cursor)
  if (above.status === 'all' || above.status === 'failed') return [back, effects]
  return [
    replaceTop(back, { ...newLevel(above.listing), filter: above.filter }),
    [...effects, { type: 'list', listing: above.listing }],
  ]
}

function filtered(state: State, level: Level, text: string): State {
  return withCursor(replaceTop(state, withFilter(level, text)), 'browse', START)
}

function top({ slices }: State): Level | undefined {
  return slices.browse.at(-1)
}

function replaceTop(state: State, level: Level): State {
  return withSlice(state, 'browse', [...state.slices.browse.slice(0, -1), level])
}
