import { escapeText } from '../../escape.ts'
import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { type Line, line, span } from '../../line/line.ts'
import { padEnd, padStart } from '../../line/text.ts'
import type { ListedName, NameFacts } from '../../list/listing.ts'
import { keyLabel } from '../keys/key-map.ts'
import type { Command, CommandsOf } from '../keys/keys.ts'
import { type Level, levelName, referrerTagSubject } from '../model/browse.ts'
import { rowsOf } from '../model/rows.ts'
import { isMarked } from '../model/shared.ts'
import type { State } from '../model/state.ts'
import type { View } from '../model/view.ts'
import { BROWSE_COMMANDS, browseReceive, comparableName, withMore } from './browse-commands.ts'
import { rowSearchCommands } from './search-rows.ts'
import { tagLines } from './tag-facts.ts'

/** A registry's repositories, a repository's tags, an engine's images. */
export const BROWSE_VIEW: View<ListedName, CommandsOf<'browse' | 'rows'>> = {
  name: 'browse',
  contexts: ['browse', 'rows'],
  picks: true,
  title: state => {
    const level = state.slices.browse.at(-1)
    if (level === undefined) return { left: [], right: [] }
    return {
      left: line(span(`${escapeText(levelName(level.listing))}${filterText(level)}`, 'strong')),
      right: line(span(countText(state, level), 'dim')),
    }
  },
  head: (state, width) => headLine(state.slices.browse.at(-1), width),
  rows: ({ slices }, width) => {
    const level = slices.browse.at(-1)
    return level === undefined
      ? []
      : rowsOf(level.shown, each => rowLine(level, each, width, isMarked(slices.shared, comparableName(level, each))))
  },
  foot: (state, width) => tagLines(state, width, keyOf(state, 'browse.describe')),
  empty: ({ slices }) => emptyText(slices.browse.at(-1)),
  commands: { ...BROWSE_COMMANDS, ...rowSearchCommands<ListedName>('browse', ({ name }) => escapeText(name)) },
  receive: browseReceive,
  moved: withMore,
  idle: ({ slices }, row) => idleIn(slices.browse.at(-1), row),
  compares: ({ slices }, row) => comparableName(slices.browse.at(-1), row),
  copies: ({ slices }, chosen) => {
    if (chosen === undefined) return []
    const facts = slices.browse.at(-1)?.facts.get(chosen.name)
    const digest = facts === 'asking' ? undefined : facts?.digest
    return [
      { label: `name  ${escapeText(chosen.name)}`, command: 'copy', argument: `the name\n${chosen.name}` },
      ...(digest === undefined
        ? []
        : [{ label: `digest  ${digest}`, command: 'copy', argument: `the digest\n${digest}` } as const]),
    ]
  },
}

/** Commands without a use: of one name where none is listed, facts that are known or that no tag has, a name typed to an engine. */
function idleIn(level: Level | undefined, row: ListedName | undefined): readonly Command[] {
  const kind = level?.listing.kind
  const facts = row && level?.facts.get(row.name)
  return [
    ...(level?.status === 'more' ? [] : (['browse.more'] as const)),
    ...(kind === 'tags' && row !== undefined && (facts === undefined || facts === 'asking')
      ? []
      : (['browse.describe'] as const)),
    ...(kind === 'engine' ? (['browse.type'] as const) : []),
    ...(row === undefined ? (['browse.enter', 'rows.search'] as const) : []),
  ]
}

/** The key of a command as a person reads it. */
function keyOf({ keys, settings }: State, command: Command): string {
  return keyLabel(keys.find(each => each.command === command)?.keys[0] ?? ':', settings.ascii)
}

function filterText({ filter }: Level): string {
  return filter === '' ? '' : `  filter: ${escapeText(filter)}`
}

const WORD = { repositories: 'repository', tags: 'tag', engine: 'image' } as const
const WORDS = { repositories: 'repositories', tags: 'tags', engine: 'images' } as const

function countText({ screen: { opening } }: State, { names, shown, status, listing, filter }: Level): string {
  if (opening !== undefined) return `opening ${opening}…`
  if (status === 'failed') return 'not listed'
  const all = `${formatCount(names.length)} ${names.length === 1 ? WORD[listing.kind] : WORDS[listing.kind]}`
  const rest = status === 'loading' ? ', listing…' : status === 'more' ? ' so far, more with m' : ''
  return `${filter === '' ? '' : `${formatCount(shown.length)} of `}${all}${rest}`
}

function emptyText(level: Level | undefined): string {
  if (level === undefined) return ''
  if (level.error !== undefined) {
    const { message, hint } = level.error
    const typed = level.listing.kind === 'engine' ? '' : '\nPress i and type the name of a repository or a tag.'
    return `${escapeText(message)}${hint === undefined ? '' : `\n${escapeText(hint)}`}${typed}`
  }
  if (level.status === 'loading') return `Asking ${escapeText(levelName(level.listing))}…`
  if (level.filter === '') return `There are no ${WORDS[level.listing.kind]} here.`
  const filter = `“${escapeText(level.filter)}”`
  return level.status === 'more'
    ? `No name so far matches ${filter}; more are coming.`
    : `No name matches ${filter}. Esc shows all again.`
}

const SIZE_CELLS = 10
const CREATED_CELLS = 18
const NOTE_CELLS = 30
/** From this width on there is room to say what an image is for. */
const NOTES_FROM = 90

function nameCells(width: number): number {
  return Math.max(12, width - SIZE_CELLS - CREATED_CELLS - (width >= NOTES_FROM ? NOTE_CELLS : 0))
}

/** From so many cells of names on the head says in which order they are. */
const ORDER_FROM = 30

function headLine(level: Level | undefined, width: number): Line {
  if (level?.listing.kind === 'repositories') return line('repository')
  const [name, order] = level?.listing.kind === 'engine' ? ['image', 'newest first'] : ['tag', 'newest version first']
  const room = nameCells(width)
  const named = room < ORDER_FROM ? name : `${name}, ${order}`
  return line(padEnd(named, room), padStart('size', SIZE_CELLS), '  created')
}

function rowLine(level: Level, listed: ListedName, width: number, marked: boolean): Line {
  const { name } = listed
  if (level.listing.kind === 'repositories') return line(escapeText(name))
  const facts = level.facts.get(name) ?? listed.facts
  const about = level.listing.kind === 'tags' ? referrerTagSubject(name) : undefined
  const { size, created, note } = facts === undefined ? NOTHING : facts === 'asking' ? ASKING : shownFacts(facts)
  const mark = marked ? '* ' : ''
  return line(
    span(mark, 'accent'),
    span(padEnd(escapeText(name), nameCells(width) - mark.length), about === undefined ? 'plain' : 'dim'),
    span(padStart(size, SIZE_CELLS), 'number'),
    span(`  ${padEnd(created, CREATED_CELLS - 2)}`, 'dim'),
    ...(width >= NOTES_FROM ? [span(`  ${note || (about === undefined ? '' : `about ${about.slice(0, 12)}`)}`, 'dim')] : []),
  )
}

const NOTHING = { size: '', created: '', note: '' }
const ASKING = { size: '', created: 'asking…', note: '' }

function shownFacts({ size, created, note }: NameFacts): typeof NOTHING {
  return {
    size: size === undefined ? '' : formatSize(size),
    created: created?.slice(0, 16).replace('T', ' ') ?? '',
    note: note ?? '',
  }
}
