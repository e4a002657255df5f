import type { Effect } from '../model/effect.ts'
import { selectedLayer } from '../model/layer-steps.ts'
import { isSameSubject, type PreviewSubject } from '../model/preview.ts'
import { atStart, focusedView, type State, type Step, withSlice } from '../model/state.ts'
import { chain } from '../model/step.ts'
import { showSubject } from '../preview/preview-content.ts'
import { isPreviewShown } from './footer.ts'
import { rowUnder } from './given.ts'
import { VIEWS } from './views.ts'

/** A cursor rests after so long without another key: until then the preview stays as it is, which costs a slow line nothing. */
const REST_MILLISECONDS = 80

/**
 * The preview follows the cursor of the pane that has the focus, once it rests; the key that moves on cancels what was being
 * read. Going into the preview itself shows at once what the cursor was on.
 */
export function followCursor(before: State, step: Step<Effect>): Step<Effect> {
  const [state] = step
  if (atStart(state) || state.image === undefined) return step
  if (state.focus === 'details') {
    const subject = before.focus === 'details' || atStart(before) ? undefined : subjectOf(before)
    return subject === undefined ? step : chain(step, next => showSubject(next, subject))
  }
  const wanted = isPreviewShown(state) ? subjectOf(state) : undefined
  const { preview } = state.slices
  if (wanted === undefined || isSameSubject(wanted, preview.wanted)) return step
  return chain(step, next => [
    withSlice(next, 'preview', { ...preview, wanted }),
    [
      { type: 'abort', key: 'read-file:preview' },
      { type: 'rest', milliseconds: REST_MILLISECONDS },
    ],
  ])
}

/** The subject under the cursor of the focused view; where it has none to look into, the layer under the cursor of the layers. */
function subjectOf(state: State): PreviewSubject | undefined {
  const id = focusedView(state)
  const own = VIEWS[id].previews?.(state, rowUnder(state, id))
  if (own !== undefined) return own
  const layer = selectedLayer(state)?.position
  return layer === undefined ? undefined : { kind: 'layer', layer }
}
