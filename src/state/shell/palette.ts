import uFuzzy from '@leeoniya/ufuzzy'
import { escapeText } from '../../escape.ts'
import { commandText } from '../../format/history-text.ts'
import { THEME_NAMES } from '../../line/theme-names.ts'
import { activeBindings } from '../keys/key-map.ts'
import type { KeyContext } from '../keys/key-row.ts'
import type { Binding, Command } from '../keys/keys.ts'
import { TABS, type TabId } from '../keys/view-id.ts'
import { isIdleOfArtifact } from '../marks/of-artifact.ts'
import { panesOf } from '../model/screen.ts'
import { atStart, type State, withPanes } from '../model/state.ts'
import { placeOf } from './context-place.ts'
import { filterInUse, keptFilters } from './kept-filters.ts'
import { TAB_ENTRIES } from './tab-entries.ts'
import { contextsOf } from './views.ts'

/** One row of the palette: a command of any pane, a tab, a layer, a setting. */
export type PaletteEntry = {
  readonly label: string
  /** The command's keys, so that one learns them. */
  readonly keys: readonly string[]
  readonly command: Command
  readonly argument?: string
  /** The tab whose view the command belongs to: it is opened first. */
  readonly tab?: TabId
  /** Why it cannot be run now. */
  readonly reason?: string
  /** Whether it marks, removes, writes or the like: one letter never finds it. */
  readonly changes: boolean
  /** Words that find it besides its label; the first is its alias when it begins with a colon. */
  readonly words: string
}

/** A query that is one of these words runs this, whatever else has the letters: the habits of vim and k9s. */
const ALIASES: Readonly<Record<string, Command>> = {
  q: 'quit',
  'q!': 'quit',
  quit: 'quit',
  e: 'start-screen',
  w: 'write-to',
}

/** Entries that match `query`, the best first; all that can be run now where nothing is typed. */
export function paletteEntries(state: State, query: string): readonly PaletteEntry[] {
  const entries = allEntries(state)
  const typed = query.trim().toLowerCase()
  if (typed === '') return listed(entries)
  // A whole name goes before what only has its letters.
  const alias = ALIASES[typed] ?? TAB_ENTRIES.find(({ word }) => word === typed)?.command ?? typed
  const named = entries.filter(({ command, argument }) => command === alias && argument === undefined).slice(0, 1)
  const number = /^(?:layer )?(\d+)$/.exec(typed)?.[1]
  const layer =
    number === undefined
      ? []
      : entries.filter(({ command, argument }) => command === 'go-to-layer' && argument === String(Number(number) - 1))
  const kept = entries.filter(({ command, argument }) => command === 'use-filter' && argument?.toLowerCase() === typed)
  const first = [...named, ...kept, ...layer]
  const rest = ranked(entries, typed).filter(entry => !first.includes(entry) && (typed.length > 1 || !entry.changes))
  // Commands that cannot be run now come last.
  return [...first, ...rest.filter(({ reason }) => reason === undefined), ...rest.filter(({ reason }) => reason !== undefined)]
}

/** Commands that end the program, or close what is open. */
const ENDS: ReadonlySet<Command> = new Set(['quit', 'back', 'leave', 'suspend'])

/** The entries that can be run now: those that change nothing first, then marks, removals and writes, ways out last. */
function listed(entries: readonly PaletteEntry[]): readonly PaletteEntry[] {
  const possible = entries.filter(
    ({ reason, tab, argument }) => reason === undefined && tab === undefined && argument === undefined,
  )
  const rank = ({ command, changes }: PaletteEntry) => (ENDS.has(command) ? 2 : changes ? 1 : 0)
  return possible.toSorted((a, b) => rank(a) - rank(b))
}

const matcher = new uFuzzy({ intraMode: 1, interLft: 1 })

function ranked(entries: readonly PaletteEntry[], typed: string): readonly PaletteEntry[] {
  const texts = entries.map(({ label, words }) => `${label} ${words}`.toLowerCase())
  const [found, info, order] = matcher.search(texts, typed, 1)
  if (found === null) return []
  const indexes = order === null || info === null ? found : order.map(at => info.idx[at] ?? -1)
  return indexes.flatMap(index => entries[index] ?? [])
}

function allEntries(state: State): readonly PaletteEntry[] {
  // Nearest first: what the pane in front can do is likelier than what works everywhere.
  const active = new Set(activeBindings(state.keys, contextsOf(state)))
  const commands = [...active, ...state.keys.filter(binding => !active.has(binding))].filter(({ palette }) => palette !== false)
  return [
    ...[...ownEntries(state), keepEntry(state), ...commands.map(binding => entryOf(state, binding, active.has(binding)))].map(
      entry => (isIdleOfArtifact(state, entry.command) ? { ...entry, reason: 'of an image with layers' } : entry),
    ),
    ...layerEntries(state),
    ...filterEntries(state),
    ...themeEntries(),
  ]
}

/** Words that people look for in a tab whose label does not say it. */
const MORE_WORDS: Readonly<Partial<Record<Command, string>>> = { 'open-story': 'litter check' }

/** Entries of the palette alone. */
function ownEntries(state: State): readonly PaletteEntry[] {
  const reason = reasonOf(state, 'image')
  return [
    {
      label: 'Plan a squash and say where it is written to',
      keys: [],
      command: 'write-to',
      ...(reason !== undefined && { reason }),
      changes: true,
      words: 'save export',
    },
    { label: 'Quit', keys: ['ctrl-c'], command: 'quit', changes: false, words: 'exit leave' },
  ]
}

function entryOf(state: State, binding: Binding, active: boolean): PaletteEntry {
  const { help, keys, command, context } = binding
  const tab = active ? undefined : tabOf(context)
  const reason = active || tab !== undefined ? reasonOf(state, context) : unreachable(state, context)
  return {
    label: tab === undefined ? help : `${tab}: ${help}`,
    keys,
    command,
    ...(tab !== undefined && { tab }),
    ...(reason !== undefined && { reason }),
    changes: CHANGES.test(command),
    words: `${command.replace(/[.-]/g, ' ')} ${TAB_ENTRIES.find(each => each.command === command)?.word ?? ''} ${MORE_WORDS[command] ?? ''}`,
  }
}

/** Commands that mark, remove, save, write, copy, or start and end a registry. */
const CHANGES =
  /mark|remove|drop|write|squash|undo|litter|\.set|times|format|platforms|\.save|save-|compress|replace|range|\.copy|^compare$|^serve/

function tabOf(context: KeyContext): TabId | undefined {
  return TABS.find(tab => tab === context)
}

function reasonOf(state: State, context: KeyContext): string | undefined {
  return context !== 'global' && context !== 'start' && context !== 'browse' && atStart(state)
    ? 'with an image on the screen'
    : undefined
}

function unreachable(state: State, context: KeyContext): string {
  return reasonOf(state, context) ?? placeOf(context)
}

function layerEntries({ image, screen }: State): readonly PaletteEntry[] {
  if (image === undefined || screen.kind === 'start') return []
  return image.image.steps.flatMap(({ layer, history }) => {
    if (layer === undefined) return []
    const label = `Layer ${layer + 1}: ${commandText(history)}`
    return [{ label, keys: [], command: 'go-to-layer', argument: String(layer), changes: false, words: '' } as const]
  })
}

/** The filter that is on, kept under a name. */
function keepEntry(state: State): PaletteEntry {
  const label = 'Keep the filter under a name'
  const entry = { label, keys: [], command: 'keep-filter', changes: true, words: 'save name' } as const
  return filterInUse(state) === undefined ? { ...entry, reason: 'where a filter of files is on' } : entry
}

function filterEntries({ image, screen, settings }: State): readonly PaletteEntry[] {
  if (image === undefined || screen.kind === 'start') return []
  return keptFilters(settings).flatMap(({ name, text, isOwn }): PaletteEntry[] => {
    const shared = { keys: [], argument: name, words: '' }
    const [shown, forgotten] = [escapeText(`${name}: ${text}`), escapeText(name)]
    const use = { ...shared, label: `Filter ${shown}`, command: 'use-filter', changes: false } as const
    return isOwn ? [use, { ...shared, label: `Forget the filter ${forgotten}`, command: 'forget-filter', changes: true }] : [use]
  })
}

function themeEntries(): readonly PaletteEntry[] {
  return THEME_NAMES.map(
    name =>
      ({
        label: `Theme ${name}`,
        keys: [],
        command: 'set-theme',
        argument: name,
        changes: false,
        words: 'colours settings',
      }) as const,
  )
}

/** The state in which the entry's command means what its words say: its tab open and focused. */
export function readyFor(state: State, { tab }: PaletteEntry): State {
  if (tab === undefined || atStart(state)) return state
  return { ...withPanes(state, { tab, over: [], zoom: panesOf(state.screen).zoom }), focus: 'main' }
}
