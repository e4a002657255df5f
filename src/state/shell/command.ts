import { type Cursor, type Motion, move } from '../../line/cursor.ts'
import { THEME_NAMES } from '../../line/theme-names.ts'
import { compareSquash, compareWith, shownOf } from '../compare/compare-run.ts'
import { save } from '../content/save-file.ts'
import { openFindings } from '../findings/findings-commands.ts'
import type { Command, CommandsOf, PlanCommand } from '../keys/keys.ts'
import { PANES, type PaneId, TABS, type TabId, VIEW_IDS, type ViewId } from '../keys/view-id.ts'
import { unmark } from '../marks/mark-commands.ts'
import { refusedOfArtifact } from '../marks/of-artifact.ts'
import type { Comparable } from '../model/compare.ts'
import type { Dialog, MenuItem } from '../model/dialog.ts'
import type { Effect } from '../model/effect.ts'
import { EMPTY_FIELD } from '../model/field.ts'
import { withLayer } from '../model/layer-steps.ts'
import { rowWidth } from '../model/layout.ts'
import { panesOf, startBelow, startFrom } from '../model/screen.ts'
import { atStart, focusedView, opens, type State, type Step, viewIn, withCursor, withPanes, withSlice } from '../model/state.ts'
import { chain, note } from '../model/step.ts'
import { goBack, jumpTo } from '../model/trail.ts'
import { readHeld, toggleReading } from '../reading/held-layers.ts'
import { serve } from '../serving/serving-commands.ts'
import { showShared } from '../shared/shared-run.ts'
import { openFinder } from './file-finder.ts'
import { givenTo, rowUnder } from './given.ts'
import { guardedCommand, heldCommand } from './guards.ts'
import { askWhichImage, askWhichPlatform } from './image-choices.ts'
import { forgetFilter, keepFilter, useFilter } from './kept-filters.ts'
import { areaOf, bodyHeight } from './pane.ts'
import { viewRows } from './view-rows.ts'
import { VIEWS } from './views.ts'

/** Runs a command of the key table: the focused view's own, else the shell's. */
export function runCommand(state: State, command: Command, argument: string | undefined): Step<Effect> {
  return heldCommand(state, command) ?? refusedOfArtifact(state, command) ?? guardedCommand(state, run(state, command, argument))
}

function run(state: State, command: Command, argument: string | undefined): Step<Effect> {
  const own = inView(state, focusedView(state), command, argument)
  if (own !== undefined) return own
  if (isMotion(command)) return moveFocused(state, cursor => move(cursor, command, ...listSize(state)))
  return isOfShell(command) ? SHELL[command](state, argument) : otherView(state, command, argument)
}

function inView(state: State, id: ViewId, command: Command, argument: string | undefined): Step<Effect> | undefined {
  return VIEWS[id].commands[command]?.(state, givenTo(state, id, argument))
}

/** A command of a view that has not the focus, from the palette or a menu. */
function otherView(state: State, command: Command, argument: string | undefined): Step<Effect> {
  for (const id of VIEW_IDS) {
    const step = inView(state, id, command, argument)
    if (step !== undefined) return step
  }
  return [state, []]
}

type Run = (state: State, argument: string | undefined) => Step<Effect>

/** Commands that no view answers. */
type ShellCommand = Exclude<Command, Motion | CommandsOf<ViewId | 'document' | 'rows'> | PlanCommand | 'treemap'>

function isOfShell(command: Command): command is ShellCommand {
  return command in SHELL
}

const SHELL: Readonly<Record<ShellCommand, Run>> = {
  'tab-next': state => turnTab(state, 1),
  'tab-previous': state => turnTab(state, -1),
  tab: (state, id) => showTab(state, TABS.find(tab => tab === id) ?? panesOf(state.screen).tab),
  'open-story': state => showTab(state, 'story'),
  'open-files': state => showTab(state, 'files'),
  'open-waste': state => showTab(state, 'waste'),
  'open-biggest': state => showTab(state, 'biggest'),
  'open-documents': state => showTab(state, isShown(state, 'manifest') ? 'config' : 'manifest'),
  'open-history': state => showTab(state, 'history'),
  'open-ids': state => showTab(state, 'ids'),
  'open-index': state => showTab(state, 'index'),
  'focus-layers': state => focus(state, 'layers'),
  'write-to': state => chain(runCommand(state, 'squash', undefined), next => runCommand(next, 'plan.destination', undefined)),
  'go-to-layer': (state, argument) => goToLayer(state, Number(argument)),
  'focus-details': state => [state.focus === 'details' ? state : jumpTo(state, { focus: 'details' }), []],
  'focus-main': state => focus(state, 'main'),
  'focus-next': state => focusBy(state, 1),
  'focus-previous': state => focusBy(state, -1),
  zoom: state => [withPanes(state, { zoom: !panesOf(state.screen).zoom }), []],
  back: state => returned(oneBack(state)) ?? [state, []],
  close: state => returned(oneBack(state)) ?? [state, [{ type: 'quit' }]],
  quit: state => [state, [{ type: 'quit' }]],
  repaint: state => [state, [{ type: 'repaint' }]],
  suspend: state => [state, [{ type: 'suspend' }]],
  help: state => [{ ...state, dialog: { type: 'help', top: 0 } }, []],
  findings: openFindings,
  palette: state => [{ ...state, dialog: { type: 'palette', field: EMPTY_FIELD, cursor: { index: 0, top: 0 } } }, []],
  mouse: state => {
    const settings = { ...state.settings, mouse: !state.settings.mouse }
    const said = settings.mouse ? 'Mouse on; hold Shift to select text.' : 'Mouse off; the terminal selects text.'
    const [next, effects] = note({ ...state, settings }, said)
    return [next, [...effects, { type: 'settings', settings }]]
  },
  'copy-menu': state => copyMenu(state),
  copy: (state, argument) => {
    const [what = '', ...text] = (argument ?? '').split('\n')
    return [state, [{ type: 'copy', what, text: text.join('\n') }]]
  },
  theme: state => [{ ...state, dialog: themeChoice(state) }, []],
  'set-theme': (state, argument) => {
    const settings = { ...state.settings, theme: argument ?? state.settings.theme }
    return [{ ...state, settings }, [{ type: 'settings', settings }]]
  },
  'keep-filter': keepFilter,
  'use-filter': (state, name) => useFilter(state, name, runCommand),
  'forget-filter': forgetFilter,
  'start-screen': state => [{ ...state, screen: startFrom(state.screen) }, [{ type: 'find' }]],
  unmark,
  'find-file': openFinder,
  'end-tour': state => [withSlice(state, 'tour', undefined), []],
  leave: (state, command) => run(state, command === 'close' ? 'close' : 'back', undefined),
  'choose-platform': state => askWhichPlatform(state),
  'choose-image': state => askWhichImage(state),
  compare: state => compareWith(state, underCursor(state)),
  share: showShared,
  serve: state => serve(state, underCursor(state)),
  reading: toggleReading,
  'read-held': (state, layer) => readHeld(state, layer === undefined ? undefined : Number(layer)),
  hold: state => [state, []],
  'compare-squash': compareSquash,
  'open-digest': (state, argument) => openDigest(state, argument),
  save: (state, destination) => save(state, destination),
}

/** The view that is seen again is told so. */
function returned(state: State | undefined): Step<Effect> | undefined {
  if (state === undefined) return undefined
  if (atStart(state) && state.slices.start.searching) return [state, [{ type: 'find' }]]
  return VIEWS[viewIn(state, 'main')].returned?.(state) ?? [state, []]
}

/** Esc and q take one thing off the stack: the start screen over an image, a zoom, a jump, the image that the start screen opened. */
function oneBack(state: State): State | undefined {
  const { screen } = state
  if (screen.kind === 'start' && screen.behind !== undefined) return withPanes(state, { opening: screen.opening })
  if (screen.kind !== 'image') return undefined
  if (screen.zoom && state.trail.length === 0) return withPanes(state, { zoom: false })
  const isOver = screen.overStart || state.slices.shared.page?.on === 'start'
  return goBack(state) ?? (isOver ? { ...state, screen: startBelow(screen) } : undefined)
}

function themeChoice({ settings }: State): Dialog {
  const items: readonly MenuItem[] = THEME_NAMES.map(name => ({ label: name, command: 'set-theme', argument: name }))
  return { type: 'choose', title: 'Theme', items, initial: Math.max(0, THEME_NAMES.indexOf(settings.theme)) }
}

/** The image that `=` and `@` mean: the one under the cursor, else the one on the screen. */
function underCursor(state: State): Comparable | undefined {
  const id = focusedView(state)
  const own = VIEWS[id].compares?.(state, rowUnder(state, id))
  return own ?? (state.image === undefined || atStart(state) ? undefined : shownOf(state.image))
}

function openDigest(state: State, digest: string | undefined): Step<Effect> {
  if (digest === undefined || state.image === undefined) return [state, []]
  return [opens(state, state.image.reference), [{ type: 'open', image: 'shown', reference: state.image.source, digest }]]
}

function copyMenu(state: State): Step<Effect> {
  const id = focusedView(state)
  const items: readonly MenuItem[] = VIEWS[id].copies?.(state, rowUnder(state, id)) ?? []
  if (items.length === 0) return note(state, 'Nothing to copy here.')
  return [{ ...state, dialog: { type: 'choose', title: 'Copy', items } }, []]
}

function turnTab(state: State, by: number): Step<Effect> {
  const index = (TABS.indexOf(panesOf(state.screen).tab) + by + TABS.length) % TABS.length
  return showTab(state, TABS[index] ?? 'files')
}

function showTab(state: State, tab: TabId): Step<Effect> {
  const turned: State = { ...withPanes(state, { tab, over: [] }), focus: 'main' }
  return VIEWS[tab].shown?.(turned) ?? [turned, []]
}

/** The layers with the cursor on one of them. */
function goToLayer(state: State, position: number): Step<Effect> {
  const image = state.image?.image
  if (image === undefined || image.layers[position] === undefined) return [state, []]
  const there = jumpTo(withLayer(state, position), { focus: 'layers' })
  return VIEWS.layers.moved?.(there) ?? [there, []]
}

/** Whether a tab has the focus, nothing lying on it. */
function isShown(state: State, tab: TabId): boolean {
  const panes = panesOf(state.screen)
  return state.focus === 'main' && panes.over.length === 0 && panes.tab === tab
}

function focus(state: State, pane: PaneId): Step<Effect> {
  return [{ ...state, focus: pane }, []]
}

function focusBy(state: State, by: number): Step<Effect> {
  return focus(state, PANES[(PANES.indexOf(state.focus) + by + PANES.length) % PANES.length] ?? 'main')
}

const MOTIONS: ReadonlySet<string> = new Set<Motion>([
  'up',
  'down',
  'page-up',
  'page-down',
  'half-up',
  'half-down',
  'first',
  'last',
])

function isMotion(command: string): command is Motion {
  return MOTIONS.has(command)
}

/** Length and visible rows of the focused view. */
export function listSize(state: State): readonly [length: number, height: number] {
  const id = focusedView(state)
  const area = areaOf(state, id)
  return [viewRows(state, id, rowWidth(area.width)).length, bodyHeight(state, area)]
}

/** Moves the cursor of the focused view and lets the view know. Documents scroll instead. */
export function moveFocused(state: State, to: (cursor: Cursor) => Cursor): Step<Effect> {
  const id = focusedView(state)
  const cursor = to(state.cursors[id])
  if (cursor === state.cursors[id]) return [state, []]
  const moved = withCursor(state, id, cursor)
  return VIEWS[id].moved?.(moved) ?? [moved, []]
}
