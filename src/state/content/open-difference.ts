import { START } from '../../line/cursor.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { DIFFERENCE_BYTES } from '../model/difference.ts'
import type { Effect } from '../model/effect.ts'
import type { ImageId } from '../model/open-image.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { jumpTo } from '../model/trail.ts'

/** Opens the difference of two versions of a file, which may be two images'. */
export function openDifference(
  state: State,
  before: TreeNode,
  after: TreeNode,
  images: { readonly before: ImageId; readonly after: ImageId } = { before: 'shown', after: 'shown' },
): Step<Effect> {
  const same = before.sha256 !== undefined && before.sha256 === after.sha256
  const large = Math.max(before.size, after.size) > DIFFERENCE_BYTES
  const refused = same
    ? 'The contents are the same; only what the list of versions names has changed.'
    : large
      ? 'The contents differ and are too large to be compared line by line.'
      : undefined
  const jumped = withCursor(jumpTo(state, { over: 'difference' }), 'difference', START)
  const bytes = { before: undefined, after: undefined }
  const opened = withSlice(jumped, 'difference', { before, after, bytes, lines: undefined, refused })
  if (refused !== undefined) return [opened, []]
  return [opened, [...read(before, images.before, 'before'), ...read(after, images.after, 'after')]]
}

function read({ content, size }: TreeNode, image: ImageId, side: 'before' | 'after'): readonly Effect[] {
  if (content === undefined) return []
  return [{ type: 'read-file', image, tag: `difference-${side}`, ...content, range: { offset: 0, length: size } }]
}
