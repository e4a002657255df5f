import type { Digest } from '../blob/digest.ts'
import type { Changeset } from '../layer/changeset.ts'
import type { Steps } from '../overlay/steps.ts'
import { commonSubsequence, type Gap, gapsBetween, type Match } from './align.ts'
import { pathSimilarity } from './path-similarity.ts'

/** The facts of a layer that an alignment compares. */
export type ComparedLayer = {
  readonly position: number
  readonly digest: Digest
  readonly diffID: Digest | undefined
  /** Bytes of the blob. */
  readonly size: number
  readonly createdBy: string | undefined
  /** Undefined where the layer was not read: it is aligned by its documents only. */
  readonly changeset: Changeset | undefined
}

/** Two layers that belong together, or one without a partner: then the other position, and `how`, are null. */
export type LayerPair = {
  readonly before: number | null
  readonly after: number | null
  readonly how: 'digest' | 'diffId' | 'history' | 'similar' | null
  /** Compressed bytes that B has more. */
  readonly delta: number
}

type Layers = readonly ComparedLayer[]
type Found = { readonly match: Match; readonly how: 'digest' | 'diffId' | 'history' | 'similar' }

/** Layers whose sets of paths are less alike than this do not belong together. */
const LEAST_SIMILARITY = 0.5
/** So many pairs of layers of one gap are looked into at most. */
const MOST_LOOKS = 256

/**
 * The layers of two images side by side: first those with the same DiffID, between these the ones made by the same instruction,
 * between these again the ones with mostly the same paths. Order is kept on both sides.
 */
export function* alignLayers(a: Layers, b: Layers): Steps<readonly LayerPair[]> {
  const anchors = commonSubsequence(a.map(contentKey), b.map(contentKey)).map((match): Found => {
    const [left, right] = match
    return { match, how: a[left]?.digest === b[right]?.digest ? 'digest' : 'diffId' }
  })
  const byHistory = within(anchors, a, b, gap => {
    const keys = (layers: Layers, [from, to]: Match) => layers.slice(from, to).map(({ createdBy }) => createdBy || undefined)
    return commonSubsequence(keys(a, gap.left), keys(b, gap.right))
  })
  const known = merged(anchors, byHistory, 'history')
  const similar: Match[] = []
  for (const gap of gapsOf(known, a, b)) similar.push(...(yield* similarIn(a, b, gap)))
  return pairsOf(merged(known, similar, 'similar'), a, b)
}

/** Whether the documents leave layers on both sides between two pairs: only then are contents looked at. */
export function needsContents(a: Layers, b: Layers, pairs: readonly LayerPair[]): boolean {
  const found = pairs.flatMap(({ before, after, how }): Found[] =>
    before === null || after === null || how === null ? [] : [{ match: [before, after], how }],
  )
  return gapsOf(found, a, b).some(({ left, right }) => left[1] > left[0] && right[1] > right[0])
}

function contentKey({ diffID, digest }: ComparedLayer): string {
  return diffID ?? digest
}

function gapsOf(found: readonly Found[], a: Layers, b: Layers): readonly Gap[] {
  return gapsBetween(
    found.map(({ match }) => match),
    [a.length, b.length],
  )
}

function within(found: readonly Found[], a: Layers, b: Layers, look: (gap: Gap) => readonly Match[]): Match[] {
  return gapsOf(found, a, b).flatMap(gap => look(gap).map(([left, right]): Match => [left + gap.left[0], right + gap.right[0]]))
}

function merged(found: readonly Found[], more: readonly Match[], how: Found['how']): readonly Found[] {
  return [...found, ...more.map(match => ({ match, how }))].sort((one, other) => one.match[0] - other.match[0])
}

/** The most alike pair first, then what lies before and after it. */
function* similarIn(a: Layers, b: Layers, { left, right }: Gap): Steps<Match[]> {
  const [rows, columns] = [left[1] - left[0], right[1] - right[0]]
  if (rows === 0 || columns === 0 || rows * columns > MOST_LOOKS) return []
  const looks: { readonly match: Match; readonly share: number; readonly key: string }[] = []
  for (let one = left[0]; one < left[1]; one++)
    for (let other = right[0]; other < right[1]; other++) {
      const [mine, theirs] = [a[one], b[other]]
      if (mine?.changeset === undefined || theirs?.changeset === undefined) continue
      const share = yield* pathSimilarity(mine.changeset, theirs.changeset)
      // The same of two equal shares whichever image comes first.
      const key = `${one + other} ${[mine.digest, theirs.digest].sort().join()}`
      if (share >= LEAST_SIMILARITY) looks.push({ match: [one, other], share, key })
    }
  looks.sort((one, other) => other.share - one.share || (one.key < other.key ? -1 : 1))
  const taken: Match[] = []
  for (const { match } of looks)
    if (taken.every(([one, other]) => Math.sign(match[0] - one) * Math.sign(match[1] - other) > 0)) taken.push(match)
  return taken
}

function pairsOf(found: readonly Found[], a: Layers, b: Layers): readonly LayerPair[] {
  const pairs: LayerPair[] = []
  const size = (layers: Layers, position: number) => layers[position]?.size ?? 0
  let [left, right] = [0, 0]
  const alone = (toLeft: number, toRight: number) => {
    for (; left < toLeft; left++) pairs.push({ before: left, after: null, how: null, delta: -size(a, left) })
    for (; right < toRight; right++) pairs.push({ before: null, after: right, how: null, delta: size(b, right) })
  }
  for (const { match, how } of found) {
    const [before, after] = match
    alone(before, after)
    pairs.push({ before, after, how, delta: size(b, after) - size(a, before) })
    ;[left, right] = [before + 1, after + 1]
  }
  alone(a.length, b.length)
  return pairs
}
