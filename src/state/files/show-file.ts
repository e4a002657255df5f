import type { FilePath } from '../../layer/file-path.ts'
import type { Effect } from '../model/effect.ts'
import { withLayer } from '../model/layer-steps.ts'
import { type State, type Step, withSlice } from '../model/state.ts'
import { jumpTo } from '../model/trail.ts'
import { revealPath } from './files-refresh.ts'

/** Goes to a path in the file list, in the tree up to the layer that wrote it. */
export function showInFiles(state: State, path: FilePath, layer: number): Step<Effect> {
  const image = state.image?.image
  if (image === undefined) return [state, []]
  const jumped = withLayer(jumpTo(state, { tab: 'files' }), layer)
  const files = { ...jumped.slices.files, scope: 'upto' as const, filter: undefined, search: undefined, hideUnchanged: false }
  return revealPath(withSlice(jumped, 'files', files), path)
}
