import type { FirstDifference } from '../../compare/content/first-difference.ts'
import { isListing } from '../../layer/reading.ts'
import { START } from '../../line/cursor.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { type DifferenceSlice, FACTS_BYTES } from '../model/difference.ts'
import { type Effect, effectKey, type FilePlace } from '../model/effect.ts'
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
  const isRead = (node: TreeNode | undefined) =>
    node?.content !== undefined && node.type === 'file' && refused === undefined && !isLarge
  const bytes = { before: isRead(before) ? undefined : empty, after: isRead(after) ? undefined : empty }
  const known = [...notes, ...attributeFacts(before, after), ...(isLarge ? largeFacts(before, after) : [])]
  const shown = { lines: undefined, edits: undefined, refused, wrap: false, search: '' }
  const slice = { before, after, labels, from: images, bytes, facts: known, ...shown }
  const asked = isLarge ? asksForFirst(state, slice) : []
  const isAsked = !isLarge || asked.length > 0
  const opened = { ...slice, facts: isLarge && isAsked ? [...known, LOOKING] : known, lines: isAsked ? undefined : [] }
  return [withSlice(jumped, 'difference', opened), isLarge ? asked : [...readsContents(opened), ...comparesContents(opened)]]
}

type Opened = NonNullable<DifferenceSlice>

/** Whether something of it is still to come. */
export function isUnfinished({ lines, refused }: Opened): boolean {
  return lines === undefined && refused === undefined
}

/** All that an unfinished difference waits for, from where it is. */
function asksAgain(state: State, difference: Opened): readonly Effect[] {
  const { before, after } = difference
  if (Math.max(before?.size ?? 0, after?.size ?? 0) > FACTS_BYTES) return asksForFirst(state, difference)
  return [...readsContents(difference), ...comparesContents(difference)]
}

function asksForFirst(state: State, { before, after, from }: Opened): readonly Effect[] {
  const [left, right] = [placeOf(state, before, from.before), placeOf(state, after, from.after)]
  return left && right ? [{ type: 'first-difference', tag: 'difference-first', before: left, after: right }] : []
}

function readsContents({ before, after, from, bytes, refused }: Opened): readonly Effect[] {
  if (refused !== undefined) return []
  const [left, right] = [bytes.before ? undefined : before, bytes.after ? undefined : after]
  return [...read(left, from.before, 'before'), ...read(right, from.after, 'after')]
}

/** Compares both contents once they are there. */
export function comparesContents({ bytes: { before, after }, refused }: Opened): readonly Effect[] {
  return before && after && refused === undefined ? [{ type: 'difference', tag: 'difference-lines', before, after }] : []
}

/** Ends what is done for a difference that was left or took the place of another, and goes on with one that was come back to. */
export function keepDifference(before: State, [next, effects]: Step<Effect>): Step<Effect> {
  const [left, shown] = [before.slices.difference, next.slices.difference]
  if (left === shown || (left !== undefined && shown !== undefined && isSameOpening(left, shown) && !isBehind(left, shown))) {
    return [next, effects]
  }
  const ends = left !== undefined && isUnfinished(left) ? endsOf(left) : []
  const isBegun = effects.some(each => 'tag' in each && each.tag.startsWith('difference-'))
  const begins = shown === undefined || !isUnfinished(shown) || isBegun ? [] : asksAgain(next, shown)
  return [next, [...ends, ...effects, ...begins]]
}

function isSameOpening(one: Opened, other: Opened): boolean {
  return one.before === other.before && one.after === other.after
}

/** Whether a difference is shown as it was before an answer came. */
function isBehind(left: Opened, shown: Opened): boolean {
  const { before, after } = shown.bytes
  return (
    isUnfinished(shown) &&
    (!isUnfinished(left) || (before ?? left.bytes.before) !== before || (after ?? left.bytes.after) !== after)
  )
}

function endsOf({ before, after, from }: Opened): readonly Effect[] {
  const effects: readonly Effect[] = [
    ...read(before, from.before, 'before'),
    ...read(after, from.after, 'after'),
    { type: 'difference', tag: 'difference-lines', before: NO_BYTES, after: NO_BYTES },
  ]
  return [...effects.map(effectKey), 'first-difference:difference-first'].map(key => ({ type: 'abort', key }))
}

const NO_BYTES = new Uint8Array(0)

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
