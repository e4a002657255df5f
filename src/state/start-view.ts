import { type Line, line, span } from './line.ts'
import { formatSize } from './size.ts'
import type { Candidate } from './start.ts'
import { padEnd, padStart } from './text.ts'
import type { View } from './view.ts'

/** The start screen: what can be opened from here. */
export const START_VIEW: View = {
  name: 'open an image',
  contexts: ['start'],
  picks: true,
  title: ({ slices, opening }) => ({
    left: [],
    right: line(span(opening === undefined ? (slices.start.searching ? 'looking…' : '') : `opening ${opening}…`, 'dim')),
  }),
  length: ({ slices }) => slices.start.candidates.length,
  rows: ({ slices }, from, to, width) => slices.start.candidates.slice(from, to).map(each => row(each, width)),
  empty: ({ slices }) =>
    slices.start.searching
      ? 'Looking for images here…'
      : 'No image found here.\nPress i and type a path or a registry reference.',
  update: (state, command) => {
    if (command === 'start.open') {
      const chosen = state.slices.start.candidates[state.cursors.start.index]
      if (chosen === undefined) return [state, []]
      return [{ ...state, opening: chosen.label }, [{ type: 'open', reference: chosen.reference }]]
    }
    if (command === 'start.refresh') {
      return [{ ...state, slices: { ...state.slices, start: { candidates: [], searching: true } } }, [{ type: 'find' }]]
    }
    return undefined
  },
  receive: (state, action) => {
    if (action.type !== 'found') return undefined
    return [{ ...state, slices: { ...state.slices, start: { candidates: action.candidates, searching: false } } }, []]
  },
}

const GROUPS: Readonly<Record<Candidate['group'], string>> = { here: 'here', recent: 'recent', demo: 'built in' }

function row(candidate: Candidate, width: number): Line {
  const size = candidate.size === undefined ? '' : formatSize(candidate.size)
  const name = Math.max(10, Math.min(60, width - 44))
  return line(
    span(` ${padEnd(GROUPS[candidate.group], 9)}`, 'dim'),
    span(padEnd(candidate.label, name)),
    span(padStart(size, 10), 'number'),
    span(`  ${candidate.detail}`, 'dim'),
  )
}
