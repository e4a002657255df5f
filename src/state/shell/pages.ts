import { type Line, line, span } from '../../line/line.ts'
import { padEnd, wrap } from '../../line/text.ts'
import { activeBindings, keyLabel } from '../keys/key-map.ts'
import type { KeyContext } from '../keys/key-row.ts'
import type { Binding } from '../keys/keys.ts'
import type { PageDialog } from '../model/dialog.ts'
import type { State } from '../model/state.ts'
import { contextsOf } from './views.ts'

const PAGES: {
  readonly [Type in PageDialog['type']]: {
    readonly title: string
    readonly lines: (state: State, width: number) => readonly Line[]
  }
} = {
  help: { title: 'KEYS', lines: helpLines },
}

export function pageTitle({ type }: PageDialog): string {
  return PAGES[type].title
}

/** All lines of the page, for a screen of `width` cells. */
export function pageLines(state: State, { type }: PageDialog, width: number): readonly Line[] {
  return PAGES[type].lines(state, width)
}

/** The help page for the place the user is in: its own keys first. */
function helpLines(state: State, width: number): readonly Line[] {
  const groups = Map.groupBy(activeBindings(state.keys, contextsOf(state)), ({ context }) => context)
  return [...groups].flatMap(([context, bindings]) => [
    line(span(contextTitle(context), 'title')),
    ...bindings.flatMap(binding => helpRows(binding, state.settings.ascii, width)),
    ...(width > 0 ? [line('')] : []),
  ])
}

const TITLES: Readonly<Partial<Record<KeyContext, string>>> = {
  global: 'Everywhere',
  image: 'With an image open',
  list: 'In every list',
  rows: 'In lists that are searched',
  document: 'In documents',
  preview: 'In lists that the details follow',
}

/** `In the files`, for a view's context. */
function contextTitle(context: KeyContext): string {
  return TITLES[context] ?? `In “${context}”`
}

const KEY_CELLS = 18

function helpRows({ keys, help }: Binding, ascii: boolean, width: number): readonly Line[] {
  const labels = keys.length === 0 ? ':' : keys.map(key => keyLabel(key, ascii)).join(' ')
  return wrap(help, Math.max(20, width - KEY_CELLS - 4)).map((text, row) =>
    line('  ', span(padEnd(row === 0 ? labels : '', KEY_CELLS), 'accent'), text),
  )
}
