import { contextsOf } from '../keys/contexts.ts'
import { activeBindings, keyLabel } from '../keys/key-map.ts'
import type { Binding, Context } from '../keys/keys.ts'
import { type Line, line, span } from '../line/line.ts'
import { padEnd } from '../line/text.ts'
import type { State } from '../state.ts'

/** The help page for the place the user is in: its own keys first. */
export function helpLines(state: State, width: number): readonly Line[] {
  const groups = Map.groupBy(activeBindings(state.keys, contextsOf(state)), ({ context }) => context)
  return [...groups].flatMap(([context, bindings]) => [
    line(span(contextTitle(context), 'title')),
    ...bindings.map(binding => helpLine(binding, state.settings.ascii)),
    ...(width > 0 ? [line('')] : []),
  ])
}

const TITLES: Readonly<Partial<Record<Context, string>>> = {
  global: 'Everywhere',
  image: 'With an image open',
  list: 'In every list',
  document: 'In documents',
}

/** `In the files`, for a view's context. */
function contextTitle(context: Context): string {
  return TITLES[context] ?? `In “${context}”`
}

function helpLine({ keys, help }: Binding, ascii: boolean): Line {
  const labels = keys.map(key => keyLabel(key, ascii)).join(' ')
  return line('  ', span(padEnd(labels, 18), 'accent'), help)
}
