import { Box, useApp, useInput } from 'ink'
import { useEffect, useSyncExternalStore } from 'react'
import { span } from '../line/line.ts'
import type { MenuItem } from '../state/model/dialog.ts'
import { isPage } from '../state/model/dialog.ts'
import { type PaneArea, SMALLEST, sheetRows } from '../state/model/layout.ts'
import { atStart, type State } from '../state/model/state.ts'
import type { Program } from '../state/perform/program.ts'
import { footerLines } from '../state/shell/footer.ts'
import { headerLine } from '../state/shell/header.ts'
import { layout, paneLines } from '../state/shell/pane.ts'
import { sheetLines } from '../state/shell/sheet.ts'
import { tabBarLine } from '../state/shell/tab-bar.ts'
import { ChooseDialog, type OnReady } from './dialog.tsx'
import { paint } from './paint.ts'
import { Pane } from './pane.tsx'
import { Row } from './row.tsx'
import type { OnSuspender } from './terminal/screen.ts'
import { type ColourDepth, type Theme, themeFor } from './theme.ts'

export type AppProps = {
  readonly program: Program
  readonly depth: ColourDepth
  readonly onSuspender?: OnSuspender
  /** Which choice is mounted and can take keys. */
  readonly onReady: OnReady
}

/** The whole screen, exactly as high as the terminal: header, panes, a sheet when a dialog is open, footer. */
export function App({ program, depth, onSuspender, onReady }: AppProps) {
  const state = useSyncExternalStore(program.subscribe, program.state)
  const { suspendTerminal } = useApp()
  useEffect(() => onSuspender?.(suspendTerminal), [onSuspender, suspendTerminal])
  // Keys come through the pump; this only makes Ink hold raw mode.
  useInput(() => {})
  const theme = themeFor(state.settings, depth, state.light)
  const { columns, rows } = state.size
  if (isTooSmall(state.size)) return <TooSmall state={state} />
  const onChoose = (choice: MenuItem) => {
    const argument = choice.argument === undefined ? {} : { argument: choice.argument }
    program.dispatch({ type: 'chosen', command: choice.command, ...argument })
  }
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Row text={paint(headerLine(state), theme, columns)} />
      {isPage(state.dialog) || atStart(state) ? null : <Row text={paint(tabBarLine(state), theme, columns)} />}
      {isPage(state.dialog) ? null : <Panes state={state} theme={theme} />}
      <Sheet state={state} theme={theme} onChoose={onChoose} onReady={onReady} />
      <Pane lines={footerLines(state).map(spans => ({ spans, selected: false }))} width={columns} theme={theme} />
    </Box>
  )
}

/** Whether nothing but that is said: no dialog is drawn then, and none takes keys. */
export function isTooSmall({ columns, rows }: State['size']): boolean {
  return columns < SMALLEST.columns || rows < SMALLEST.rows
}

function Panes({ state, theme }: { readonly state: State; readonly theme: Theme }) {
  const { panes, rule } = layout(state)
  const pane = (area: PaneArea) => <Pane key={area.pane} lines={paneLines(state, area)} width={area.width} theme={theme} />
  if (rule === undefined) return <>{panes.map(pane)}</>
  const mark = { spans: [span(state.settings.ascii ? '|' : '│', 'dim')], selected: false } as const
  return (
    <Box height={rule.height} flexShrink={0}>
      <Box flexDirection="column" width={rule.column}>
        {panes.filter(({ column }) => column < rule.column).map(pane)}
      </Box>
      <Pane lines={Array.from({ length: rule.height }, () => mark)} width={1} theme={theme} />
      {panes.filter(({ column }) => column > rule.column).map(pane)}
    </Box>
  )
}

type SheetProps = {
  readonly state: State
  readonly theme: Theme
  readonly onChoose: (choice: MenuItem) => void
  readonly onReady: OnReady
}

function Sheet({ state, theme, onChoose, onReady }: SheetProps) {
  const { dialog, size, settings } = state
  if (dialog === undefined || dialog.type === 'prompt') return null
  const { columns } = size
  if (dialog.type !== 'choose') return <Pane lines={sheetLines(state)} width={columns} theme={theme} />
  const { ascii } = settings
  const rows = sheetRows(state)
  return <ChooseDialog key={dialog.title} {...{ dialog, columns, rows, ascii, theme, onChoose, onReady }} />
}

function TooSmall({ state }: { readonly state: State }) {
  const { columns, rows } = state.size
  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Row text="The terminal is too small." />
      <Row text={`${columns}x${rows}; needs ${SMALLEST.columns}x${SMALLEST.rows}.`} />
    </Box>
  )
}
