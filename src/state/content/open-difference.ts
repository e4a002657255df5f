import { formatCount } from '../../format/count.ts'
import { formatSize } from '../../format/size.ts'
import { START } from '../../line/cursor.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { FACTS_BYTES } from '../model/difference.ts'
import type { Effect } from '../model/effect.ts'
import type { ImageId } from '../model/open-image.ts'
import { type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { jumpTo } from '../model/trail.ts'
import { attributeFacts } from './difference-facts.ts'

/** Where the two versions come from: one image's layers, or two images with a name each. */
export type DifferenceSides = {
  readonly before: ImageId
  readonly after: ImageId
  readonly labels?: { readonly before: string; readonly after: string }
  /** Lines above the difference: the commands of both layers. Escaped. */
  readonly notes?: readonly string[]
}

/** Opens the difference of two versions of a file, which may be two images', or of a file that only one side has. */
export function openDifference(
  state: State,
  before: TreeNode | undefined,
  after: TreeNode | undefined,
  { labels, notes = [], ...images }: DifferenceSides = { before: 'shown', after: 'shown' },
): Step<Effect> {
  const same = before !== undefined && before.sha256 !== undefined && before.sha256 === after?.sha256
  const refused = same ? 'The contents are the same.' : refusal(before, after)
  const jumped = withCursor(jumpTo(state, { over: 'difference' }), 'difference', START)
  const empty = new Uint8Array(0)
  const bytes = {
    before: before?.type === 'file' && refused === undefined ? undefined : empty,
    after: after?.type === 'file' && refused === undefined ? undefined : empty,
  }
  const facts = [...notes, ...attributeFacts(before, after)]
  const slice = { before, after, labels, bytes, lines: undefined, facts, refused, wrap: false, search: '' }
  const opened = withSlice(jumped, 'difference', slice)
  if (refused !== undefined) return [opened, []]
  return [opened, [...read(before, images.before, 'before'), ...read(after, images.after, 'after')]]
}

/** Why nothing is read. */
function refusal(before: TreeNode | undefined, after: TreeNode | undefined): string | undefined {
  const sides = [before, after].filter(node => node !== undefined)
  if (!sides.some(({ type }) => type === 'file')) return 'Neither side is a file with content.'
  if (Math.max(...sides.map(({ size }) => size)) <= FACTS_BYTES) return undefined
  const text = (node: TreeNode | undefined) =>
    node === undefined
      ? 'nothing'
      : `${formatSize(node.size)} (${formatCount(node.size)} bytes), sha256 ${node.sha256 ?? 'unknown'}`
  return `The contents are too large to be compared here; "peel diff A B --content PATH" finds the first byte that differs.\n${text(before)}\n${text(after)}`
}

function read(node: TreeNode | undefined, image: ImageId, side: 'before' | 'after'): readonly Effect[] {
  if (node?.type !== 'file' || node.content === undefined) return []
  return [{ type: 'read-file', image, tag: `difference-${side}`, ...node.content, range: { offset: 0, length: node.size } }]
}
