import { moveTo } from '../../line/cursor.ts'
import type { Effect } from '../model/effect.ts'
import { type State, type Step, withCursor } from '../model/state.ts'
import { storyRows } from '../model/story.ts'

/** `n` and `N`: the first row of the next part of the story, or of the part before; its rows are the worst first. */
export function goToPart(state: State, by: 1 | -1): Step<Effect> {
  const to = partBeside(state, by)
  const { length } = storyRows(state.slices.story)
  if (to === undefined) return [state, []]
  return [withCursor(state, 'story', moveTo(state.cursors.story, to, length, Math.max(1, state.size.rows - 5))), []]
}

/** Where `goToPart` leads; undefined where there is no such part. */
export function partBeside({ slices, cursors }: State, by: 1 | -1): number | undefined {
  const firsts = storyRows(slices.story).flatMap(({ kind }, index) => (kind === 'heading' ? [index + 1] : []))
  const { index } = cursors.story
  return by === 1 ? firsts.find(first => first - 1 > index) : firsts.findLast(first => first < index)
}
