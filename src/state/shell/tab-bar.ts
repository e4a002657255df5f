import { type Line, lineWidth, type Span, span } from '../../line/line.ts'
import { keyLabel } from '../keys/key-map.ts'
import type { State } from '../model/state.ts'
import { openEntry, TAB_ENTRIES } from './tab-entries.ts'

/** The second row: every tab at its place with its key, the open one inverse. Narrow screens have the keys alone. */
export function tabBarLine(state: State): Line {
  const { columns } = state.size
  const fits = (line: Line) => lineWidth(line) <= columns
  const choices = [barOf(state, 'all', '  '), barOf(state, 'all', ' '), barOf(state, 'open', '  '), barOf(state, 'open', ' ')]
  return choices.find(fits) ?? barOf(state, 'open', ' ')
}

function barOf(state: State, words: 'all' | 'open', gap: string): Line {
  const open = openEntry(state)
  const spans: Span[] = [span(' ')]
  for (const entry of TAB_ENTRIES) {
    const key = state.keys.find(({ command }) => command === entry.command)?.keys[0]
    const isOpen = entry === open
    const word = isOpen ? entry.word.toUpperCase() : entry.word
    const shown = words === 'all' || isOpen
    const label = key === undefined ? '' : keyLabel(key, state.settings.ascii)
    const click = { command: entry.command }
    if (spans.length > 1) spans.push(span(gap))
    if (isOpen) spans.push({ ...span(`${label}${label === '' ? '' : ' '}${word}`, 'cursor'), click })
    else {
      spans.push({ ...span(label, 'accent'), click })
      if (shown) spans.push({ ...span(`${label === '' ? '' : ' '}${word}`, 'dim'), click })
    }
  }
  return spans
}
