import type { MouseEvent } from '../state/model/action.ts'
import type { Dialog } from '../state/model/dialog.ts'
import type { Effect } from '../state/model/effect.ts'
import type { State } from '../state/model/state.ts'
import { createProgram, type Program } from '../state/perform/program.ts'
import type { World } from '../state/perform/world.ts'
import { workPercent } from '../state/plan/work-progress.ts'
import { App, isTooSmall } from './app.tsx'
import type { OnReady } from './dialog.tsx'
import { clipboardSequence } from './terminal/clipboard.ts'
import type { TerminalHost } from './terminal/host.ts'
import { createTerminalProgress } from './terminal/progress.ts'
import { openScreen, type TerminalOwner } from './terminal/screen.ts'
import { type ColourDepth, colourDepth, groundOf } from './theme.ts'

/** The world without the terminal, which is ours. */
export type OutsideWorld = Omit<World, 'copy' | 'repaint' | 'suspend' | 'quit' | 'page'> & {
  /** Runs the user's pager on the bytes inside `handOver`, which lends it the terminal. @throws ImageError */
  page(bytes: AsyncIterable<Uint8Array>, name: string, signal: AbortSignal, handOver: HandOver): Promise<void>
}

/** The program once the screen is open. */
type Shown = {
  screen?: TerminalOwner
  /** To be waited for before the terminal is given back. */
  rest?: () => Promise<void>
}

type HandOver = (run: () => Promise<void>) => Promise<void>

export type RunOptions = {
  readonly host: TerminalHost
  readonly world: OutsideWorld
  readonly first: State
  readonly effects: readonly Effect[]
  /** `--color`: `auto` lets the environment decide. */
  readonly colour?: 'always' | 'never' | 'auto'
}

/**
 * Shows the program on a terminal until the user quits, a signal ends it or the line is lost. Resolves with the exit
 * status: 0, or 128 and the signal's number. Rejects with an uncaught exception, after the terminal was restored.
 */
export async function runTerminal({ host, world, first, effects, colour = 'auto' }: RunOptions): Promise<number> {
  const end = Promise.withResolvers<number>()
  const shown: Shown = {}
  const program = createProgram(
    withTerminal(world, host, shown, error => (error === undefined ? end.resolve(0) : end.reject(error))),
    first,
    effects,
    notify => (shown.screen === undefined ? setImmediate(notify) : shown.screen.gate.schedule(notify)),
  )
  const screen = show(program, host, depthFor(host, colour), status => {
    // The terminal is gone, or the program was told to end.
    delete shown.rest
    end.resolve(status)
  })
  shown.screen = screen
  shown.rest = () => screen.gate.rest()
  const setMouse = () => screen.setMouse(program.state().settings.mouse)
  setMouse()
  const showProgress = createTerminalProgress(sequence => screen.send(sequence), host.env)
  const unsubscribe = program.subscribe(() => {
    setMouse()
    showProgress(workPercent(program.state()))
  })
  const stopCrash = host.onCrash(end.reject)
  screen.ended.catch(end.reject)
  try {
    return await end.promise
  } finally {
    await shown.rest?.()
    unsubscribe()
    screen.close()
    stopCrash()
    await program.close()
  }
}

function withTerminal(world: OutsideWorld, host: TerminalHost, shown: Shown, quit: World['quit']): World {
  const handOver: HandOver = run => shown.screen?.handOver(run) ?? Promise.resolve()
  return {
    open: (...all) => world.open(...all),
    list: (...all) => world.list(...all),
    describe: (...all) => world.describe(...all),
    find: signal => world.find(signal),
    search: (...all) => world.search(...all),
    serve: (...all) => world.serve(...all),
    looker: signal => world.looker(signal),
    loadSet: (...all) => world.loadSet(...all),
    complete: (text, of) => world.complete(text, of),
    saveSettings: settings => world.saveSettings(settings),
    page: (bytes, name, signal) => world.page(bytes, name, signal, handOver),
    copy: text => {
      const sequence = clipboardSequence(text, host.env)
      if (sequence !== undefined) shown.screen?.send(sequence)
      return sequence !== undefined
    },
    repaint: () => shown.screen?.repaint(),
    suspend: () => handOver(() => host.stop()),
    quit,
  }
}

function show(program: Program, host: TerminalHost, depth: ColourDepth, onLost: (status: number) => void): TerminalOwner {
  let ready: Dialog | undefined
  let firstItem = () => 0
  const onReady: OnReady = (dialog, first) => {
    ready = dialog
    firstItem = first
  }
  const light = groundOf(host.env)
  if (light !== undefined) program.dispatch({ type: 'ground', light })
  return openScreen(host, onSuspender => <App program={program} depth={depth} onSuspender={onSuspender} onReady={onReady} />, {
    onKey: key => program.dispatch({ type: 'key', key }),
    onPaste: text => program.dispatch({ type: 'paste', text }),
    onMouse: pressesApart(program, () => firstItem()),
    onGround: light => program.dispatch({ type: 'ground', light }),
    onResize: (columns, rows) => program.dispatch({ type: 'resize', columns, rows }),
    onLost,
    toInk: () => {
      const { dialog, size } = program.state()
      if (dialog?.type !== 'choose' || isTooSmall(size)) return 'no'
      return dialog === ready ? 'ready' : 'waiting'
    },
    keeps: key => KEPT.has(key),
  })
}

/** A press that opened or closed a dialog and the one after it are no double click: they are on two things. */
function pressesApart(program: Program, firstItem: () => number): (event: MouseEvent) => void {
  let pressedIn: Dialog | undefined
  return event => {
    const { dialog } = program.state()
    const kind = event.kind === 'double' && pressedIn !== dialog ? 'press' : event.kind
    pressedIn = dialog
    program.dispatch({ type: 'mouse', event: { ...event, kind, firstItem: firstItem() } })
  }
}

/** Keys that close, end or repaint whatever is open, a select input too, and the numbers of its items. */
const KEPT: ReadonlySet<string> = new Set(['escape', 'q', 'ctrl-c', 'ctrl-l', 'ctrl-z', ...'123456789'])

function depthFor({ env }: TerminalHost, colour: 'always' | 'never' | 'auto'): ColourDepth {
  if (colour === 'never') return 'none'
  return colourDepth(colour === 'always' ? { ...env, NO_COLOR: undefined } : env)
}
