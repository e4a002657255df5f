import type { FirstDifference } from '../../compare/content/first-difference.ts'
import { isListing } from '../../layer/reading.ts'
import { START } from '../../line/cursor.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { type DifferenceSlice, FACTS_BYTES } from '../model/difference.ts'
import type { Effect, FilePlace } from '../model/effect.ts'
import { type ImageId, readingAt } from '../model/open-image.ts'
import { imageOf, type State, type Step, withCursor, withSlice } from '../model/state.ts'
import { jumpTo } from '../model/trail.ts'
import { attributeFacts, firstFacts, largeFacts } from './difference-facts.ts'

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
  const isLarge = refused === undefined && Math.max(before?.size ?? 0, after?.size ?? 0) > FACTS_BYTES
  const jumped = withCursor(jumpTo(state, { over: 'difference' }), 'difference', START)
  const empty = new Uint8Array(0)
  const isRead = (node: TreeNode | undefined) => node?.type === 'file' && refused === undefined && !isLarge
  const bytes = { before: isRead(before) ? undefined : empty, after: isRead(after) ? undefined : empty }
  const known = [...notes, ...attributeFacts(before, after), ...(isLarge ? largeFacts(before, after) : [])]
  const slice = { before, after, labels, bytes, lines: undefined, facts: known, refused, wrap: false, search: '' }
  if (refused !== undefined) return [withSlice(jumped, 'difference', slice), []]
  if (!isLarge) {
    const reads = [...read(before, images.before, 'before'), ...read(after, images.after, 'after')]
    return [withSlice(jumped, 'difference', slice), reads]
  }
  const [left, right] = [placeOf(state, before, images.before), placeOf(state, after, images.after)]
  if (left === undefined || right === undefined) return [withSlice(jumped, 'difference', { ...slice, lines: [] }), []]
  const looking = withSlice(jumped, 'difference', { ...slice, facts: [...known, LOOKING] })
  return [looking, [{ type: 'first-difference', tag: 'difference-first', before: left, after: right }]]
}

const LOOKING = 'looking for the first byte that differs…'

/** Where a large file is read from; undefined for what is none, and for one that would be fetched: that takes a person's word. */
function placeOf(state: State, node: TreeNode | undefined, image: ImageId): FilePlace | undefined {
  const open = imageOf(state, image)
  if (node?.type !== 'file' || node.content === undefined || open === undefined) return undefined
  const reading = readingAt(open, node.content.layer)
  return reading === undefined || (open.remote && isListing(reading)) ? undefined : { image, ...node.content }
}

/** The answer takes the place of the words that it is looked for. */
export function foundFirst(difference: NonNullable<DifferenceSlice>, first: FirstDifference): NonNullable<DifferenceSlice> {
  return { ...difference, lines: [], facts: [...difference.facts.filter(each => each !== LOOKING), ...firstFacts(first)] }
}

/** Why nothing is read. */
function refusal(before: TreeNode | undefined, after: TreeNode | undefined): string | undefined {
  return [before, after].some(node => node?.type === 'file') ? undefined : 'Neither side is a file with content.'
}

function read(node: TreeNode | undefined, image: ImageId, side: 'before' | 'after'): readonly Effect[] {
  if (node?.type !== 'file' || node.content === undefined) return []
  return [{ type: 'read-file', image, tag: `difference-${side}`, ...node.content, range: { offset: 0, length: node.size } }]
}
