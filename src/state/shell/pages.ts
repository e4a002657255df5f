import { escapeText } from '../../escape.ts'
import { type Line, line, span } from '../../line/line.ts'
import { padEnd, wrap } from '../../line/text.ts'
import type { PageDialog } from '../model/dialog.ts'
import { diagnosticsOf } from '../model/image-diagnostics.ts'
import { activeBindings, keyLabel } from '../model/key-map.ts'
import type { Binding, KeyContext } from '../model/keys.ts'
import type { State } from '../model/state.ts'
import { contextsOf } from './views.ts'

const PAGES: {
  readonly [Type in PageDialog['type']]: {
    readonly title: string
    readonly lines: (state: State, width: number) => readonly Line[]
  }
} = {
  help: { title: 'KEYS', lines: helpLines },
  findings: { title: 'PROBLEMS', lines: diagnosticsLines },
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
  document: 'In documents',
}

/** `In the files`, for a view's context. */
function contextTitle(context: KeyContext): string {
  return TITLES[context] ?? `In “${context}”`
}

const KEY_CELLS = 18

function helpRows({ keys, help }: Binding, ascii: boolean, width: number): readonly Line[] {
  const labels = keys.map(key => keyLabel(key, ascii)).join(' ')
  return wrap(help, Math.max(20, width - KEY_CELLS - 4)).map((text, row) =>
    line('  ', span(padEnd(row === 0 ? labels : '', KEY_CELLS), 'accent'), text),
  )
}

/** Cells of `error` and `warning` with a blank behind them. */
const SEVERITY_CELLS = 9

/** The diagnostics of the image, by document or layer. */
export function diagnosticsLines({ image }: State, width: number): readonly Line[] {
  const found = image === undefined ? [] : diagnosticsOf(image)
  if (found.length === 0)
    return [
      line(span('No problems in the documents and layers that were read. What peel check finds stands on the story (0).', 'dim')),
    ]
  const places = Map.groupBy(found, ({ layer }) => layer)
  return [...places].flatMap(([layer, diagnostics]) => [
    line(span(layer === undefined ? 'Documents' : `Layer ${layer + 1}`, 'title')),
    ...diagnostics.flatMap(({ severity, message }) =>
      wrap(escapeText(message), Math.max(20, width - SEVERITY_CELLS - 4)).map((text, row) =>
        line('  ', span(padEnd(row === 0 ? severity : '', SEVERITY_CELLS), severity === 'info' ? 'plain' : severity), text),
      ),
    ),
    line(''),
  ])
}
