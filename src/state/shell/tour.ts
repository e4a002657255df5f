import { cutLine, type Line, line, span } from '../../line/line.ts'
import { keyLabel } from '../keys/key-map.ts'
import type { Command } from '../keys/keys.ts'
import { tourRows } from '../model/layout.ts'
import { panesOf } from '../model/screen.ts'
import { type State, viewIn, withSlice } from '../model/state.ts'
import type { TourSlice } from '../model/tour.ts'

/** One hint: the keys that it names, and the state that it has led to. */
type Hint = {
  readonly text: (key: (command: Command) => string) => string
  readonly isDone: (state: State) => boolean
}

/** The story of the demo image, told by the keys that find it: a deleted key, a copy by chown, a squash without them. */
export const TOUR: readonly Hint[] = [
  {
    text: key => `Half is hidden. ${key('down')}, then ${key('story.enter')}, opens a key that was deleted.`,
    isDone: state => viewIn(state, 'main') === 'file',
  },
  {
    text: key => `Layer 8 deleted it, layer 5 still ships it. ${key('back')}: back.`,
    isDone: state => panesOf(state.screen).over.length === 0,
  },
  {
    text: key => `HIDDEN: who shipped, who hid. ${key('focus-layers')}, then ${key('layers.matrix')}: the matrix.`,
    isDone: state => panesOf(state.screen).over.includes('matrix'),
  },
  {
    text: key => `chown in layer 7 shipped /app again. ${key('squash')} plans a squash.`,
    isDone: state => panesOf(state.screen).over.includes('plan'),
  },
  {
    text: key =>
      `${key('plan.take-litter')} takes out litter, ${key('plan.destination')} says where to, ${key('plan.write')} writes it.`,
    isDone: ({ slices }) => slices.beside !== undefined,
  },
  { text: () => 'Smaller, and the key is gone. “peel IMAGE” opens yours.', isDone: () => false },
]

/** The tour goes on when what its hint asks for has been done. */
export function followTour(state: State, tour: NonNullable<TourSlice>): State {
  if (TOUR[tour.step]?.isDone(state) !== true) return state
  return withSlice(state, 'tour', { step: tour.step + 1 })
}

/** Letters are easier to say. */
const ARROW = /^(?:up|down|left|right)$/

/** The row above the footer: the hint, and the key that ends the tour. */
export function tourLine(state: State, tour: NonNullable<TourSlice>): readonly Line[] {
  const hint = TOUR[tour.step]
  if (hint === undefined || tourRows(state) === 0) return []
  const { columns } = state.size
  const label = (command: Command) => {
    const keys = state.keys.find(each => each.command === command)?.keys ?? []
    return keyLabel((ARROW.test(keys[0] ?? '') ? keys[1] : undefined) ?? keys[0] ?? ':', state.settings.ascii)
  }
  const start = line(span(` ${tour.step + 1}/${TOUR.length} `, 'cursor'), span(` ${hint.text(label)}`, 'strong'))
  return [
    cutLine(
      line(...start, '  ', { ...span(`${label('end-tour')} ends the tour`, 'dim'), click: { command: 'end-tour' } }),
      columns,
    ),
  ]
}
