import type { Content } from '../model/content.ts'
import { layoutOf, rowWidth } from '../model/layout.ts'
import { type State, withSlice } from '../model/state.ts'

/** The views that show bytes. */
export type ContentId = 'manifest' | 'config' | 'file' | 'blob'

export function setContent(state: State, id: ContentId, content: Content): State {
  return withSlice(state, id, content)
}

/** Cells of a row of the right pane, where contents are shown. */
export function contentWidth(state: State): number {
  const area = layoutOf(state, () => 1).panes.find(({ pane, folded }) => pane === 'main' && !folded)
  return rowWidth(area?.width ?? state.size.columns)
}
