import type { Comparable } from '../model/compare.ts'
import type { Effect } from '../model/effect.ts'
import { isMarked, isSameComparable, MOST_MARKED } from '../model/shared.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import { note } from '../model/step.ts'

/** Marks an image for the page of shared layers, or takes its mark away. */
export function markImage(state: State, image: Comparable | undefined): Step<Effect> {
  const { shared } = state.slices
  if (image === undefined) return note(state, 'There is no image here to mark.')
  const marked = isMarked(shared, image)
    ? shared.marked.filter(each => !isSameComparable(each, image))
    : [...shared.marked, image]
  return marks(state, marked)
}

/** Marks all of `images`, or none of them where all are marked. */
export function markImages(state: State, images: readonly Comparable[]): Step<Effect> {
  const { shared } = state.slices
  const others = shared.marked.filter(each => !images.some(image => isSameComparable(each, image)))
  const all = images.every(image => isMarked(shared, image))
  return marks(state, all ? others : [...others, ...images])
}

function marks(state: State, marked: readonly Comparable[]): Step<Effect> {
  const { shared } = state.slices
  if (marked.length > MOST_MARKED) return note(state, `No more than ${MOST_MARKED} images can be marked.`)
  return note(withSlice(state, 'shared', { ...shared, marked }), markedText(marked.length))
}

function markedText(count: number): string {
  if (count === 0) return 'No image is marked.'
  if (count === 1) return 'One image is marked: mark another one, then & shows the layers they share.'
  return `${count} images are marked: & shows the layers they share.`
}
