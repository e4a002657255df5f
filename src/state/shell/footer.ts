import { formatSize } from '../../format/size.ts'
import { paceWords, rateOf } from '../../format/transfer-rate.ts'
import { type Line, line, lineWidth, span, spread } from '../../line/line.ts'
import { cutMiddle } from '../../line/text.ts'
import { activeBindings, keyLabel } from '../keys/key-map.ts'
import type { Command } from '../keys/keys.ts'
import { isIdleOfArtifact } from '../marks/of-artifact.ts'
import { messageLines } from '../model/layout.ts'
import { isSettled, readingTotals } from '../model/open-image.ts'
import { atStart, focusedView, type State } from '../model/state.ts'
import { heldText } from '../reading/held-layers.ts'
import { rowUnder } from './given.ts'
import { workingView } from './guards.ts'
import { layout } from './pane.ts'
import { promptLine } from './prompt-line.ts'
import { tourLine } from './tour.ts'
import { contextsOf, VIEWS } from './views.ts'

/** The last row, or more where a message needs them: where the user is, the keys worth knowing here, what is being read; or a message; or a typed text. */
export function footerLines(state: State): readonly Line[] {
  const message = messageLines(state)
  const { tour } = state.slices
  return [...(tour === undefined ? [] : tourLine(state, tour)), ...(message.length > 0 ? message : [footerLine(state)])]
}

function footerLine(state: State): Line {
  const { columns } = state.size
  const { dialog } = state
  if (dialog?.type === 'prompt') return promptLine(dialog, columns)
  if (dialog !== undefined)
    return line(span(` ${dialogHint(dialog.type, state.settings.ascii)}  `, 'dim'), {
      ...span('Esc close', 'dim'),
      click: { command: 'leave' },
    })
  const crumbs = crumbsOf(state)
  // Where the user is matters most: hints give way from the right, down to the way in and the ways to every command.
  const room = Math.max(20, Math.min(36, columns - 14), columns - Math.min(lineWidth(crumbs), Math.floor(columns * 0.45)) - 2)
  const tail = [...progressOf(state, room - LASTING_CELLS), span(' ')]
  return spread(crumbs, [...fittingHints(hintsOf(state), room - lineWidth(tail)), ...tail], columns)
}

/** Keys by their names where their signs cannot be shown. */
function dialogHint(type: string, ascii: boolean): string {
  const hint = DIALOG_HINTS[type] ?? ''
  return ascii ? hint.replace('⏎', 'Enter').replace('↑↓', 'Up Down') : hint
}

const DIALOG_HINTS: Readonly<Record<string, string>> = {
  choose: '⏎ choose',
  help: '↑↓ scroll',
  'find-file': '⏎ go to it  ↑↓ pick',
  palette: '⏎ run  ↑↓ pick',
}

function crumbsOf(state: State): Line {
  const { image, screen } = state
  if (image === undefined || screen.kind !== 'image')
    return line(span(screen.opening === undefined ? ' peel' : ` opening ${screen.opening}…`, 'dim'))
  const places = VIEWS[focusedView(state)].crumbs?.(state) ?? []
  // A span each: the longest, a path most of the time, gives way first.
  const rest = places.flatMap(place => [span(' › ', 'dim'), span(place, 'dim')])
  return line(' ', span(cutMiddle(shortReference(image.reference), 32), 'dim'), ...rest)
}

/** The last part of a reference: the header has all of it. */
function shortReference(reference: string): string {
  return /[^/]+\/?$/.exec(reference)?.[0] ?? reference
}

type Hint = { readonly line: Line; readonly lasts: boolean }

/** A key and its word for each binding that has one. */
function hintsOf(state: State): readonly Hint[] {
  const id = focusedView(state)
  const row = rowUnder(state, id)
  const idle = VIEWS[id].idle?.(state, row) ?? []
  const copies = (VIEWS[id].copies?.(state, row) ?? []).length > 0
  const bindings = activeBindings(state.keys, contextsOf(state)).filter(
    ({ hint, keys, command }) =>
      hint !== undefined &&
      keys.length > 0 &&
      !idle.includes(command) &&
      (copies || command !== 'copy-menu') &&
      !isIdleOfArtifact(state, command) &&
      // A pane that is on the screen already needs no hint.
      !(command === 'focus-details' && isPreviewShown(state)),
  )
  return bindings.map(({ keys, hint, command }) => ({
    line: [
      { ...span(keyLabel(keys[0] ?? '', state.settings.ascii), 'accent'), click: { command } },
      { ...span(` ${hint}`, 'dim'), click: { command } },
      span('  '),
    ],
    lasts: LASTING.has(command),
  }))
}

/** Whether the pane that follows the cursor is on the screen. */
export function isPreviewShown(state: State): boolean {
  return layout(state).panes.some(({ pane }) => pane === 'details')
}

/** The hints that stay: the ways to every command and to the help. */
const LASTING_CELLS = 21

/** The progress of reading the layers, how fast, and how long it will take: as much of it as there is room for. */
function progressOf(state: State, room: number): Line {
  const { image } = state
  const working = workingView(state)
  if (working !== undefined) {
    // The view's own title has it already.
    const text = focusedView(state) === working.id ? '' : ` ${working.text} ·`
    const click = { command: 'back' } as const
    return [span(text, 'accent'), { ...span(' Esc', 'accent'), click }, { ...span(' cancels', 'dim'), click }]
  }
  if (image === undefined || atStart(state) || isSettled(image)) return []
  if (heldText(image) !== undefined) {
    const click = { command: 'reading' } as const
    const key = keyLabel(state.keys.find(({ command }) => command === 'reading')?.keys[0] ?? ':', state.settings.ascii)
    const unread = span(` ${formatSize(image.held?.bytes ?? 0)} not read `, 'plain')
    return [unread, { ...span(key, 'accent'), click }, { ...span(' reads', 'dim'), click }]
  }
  const { done, total } = readingTotals(image)
  const read = image.progress.filter(({ status }) => status === 'read' || status === 'failed').length
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100)
  const share = `${read}/${image.progress.length} ${String(percent).padStart(3)} %`
  // Of a file on this machine no line is slow: nothing was counted yet, as the thread is in the middle of a piece.
  const pace = image.remote || rateOf(image.pace) !== 0 ? paceWords(image.pace, total - done) : []
  const texts = [
    [`reading ${share}`, ...pace],
    [share, ...pace],
    [share, ...pace.slice(1)],
  ].map(words => ` ${words.join(' · ')}`)
  const fitting = texts.find(text => text.length <= room) ?? texts.at(-1)
  return fitting === undefined ? [] : [span(fitting, 'plain')]
}

/** Hints that every footer ends with, where the view has them. */
const LASTING: ReadonlySet<Command> = new Set(['copy-menu', 'palette', 'help'])

/** As many hints as fit whole: first go those between the view's first one and those that every footer has, the way to the help last of all. */
function fittingHints(hints: readonly Hint[], width: number): Line {
  const kept = [...hints]
  const lines = () => kept.flatMap(each => each.line)
  while (lineWidth(lines()) > width && kept.length > 1) {
    const own = kept.filter(({ lasts }) => !lasts).length
    kept.splice(own > 1 ? own - 1 : kept.length > 2 ? 1 : 0, 1)
  }
  return lines()
}
