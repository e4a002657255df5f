/** Positions in two sequences that belong together, ascending in both. */
export type Match = readonly [left: number, right: number]

/** Cells of the table for the longest common subsequence; an image has some dozens of layers, a hostile one thousands. */
const MOST_CELLS = 1_000_000

/**
 * The longest common subsequence of two sequences of keys; undefined keys match nothing. Of several longest ones it is the same
 * whichever sequence comes first, so that a comparison turned round is the inverse. Where the table would be too large, what is
 * common to both at the beginning and the end, and between them each key with its first occurrence.
 */
export function commonSubsequence(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): readonly Match[] {
  if (isAfter(a, b)) return commonSubsequence(b, a).map(([left, right]) => [right, left])
  const matches: Match[] = []
  let start = 0
  while (start < a.length && a[start] !== undefined && a[start] === b[start]) matches.push([start, start++])
  let [end, last] = [a.length, b.length]
  const tail: Match[] = []
  while (end > start && last > start && a[end - 1] !== undefined && a[end - 1] === b[last - 1]) tail.push([--end, --last])
  const [middle, other] = [a.slice(start, end), b.slice(start, last)]
  const inner = middle.length * other.length <= MOST_CELLS ? longest(middle, other) : firstOccurrences(middle, other)
  return [...matches, ...inner.map(([left, right]): Match => [left + start, right + start]), ...tail.reverse()]
}

function isAfter(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): boolean {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const [left = '', right = ''] = [a[index], b[index]]
    if (left !== right) return left > right
  }
  return a.length > b.length
}

function longest(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): Match[] {
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  const lengthAt = (left: number, right: number) => lengths[left * width + right] ?? 0
  const isSame = (left: number, right: number) => a[left] !== undefined && a[left] === b[right]
  for (let left = a.length - 1; left >= 0; left--)
    for (let right = b.length - 1; right >= 0; right--)
      lengths[left * width + right] = isSame(left, right)
        ? lengthAt(left + 1, right + 1) + 1
        : Math.max(lengthAt(left + 1, right), lengthAt(left, right + 1))
  const matches: Match[] = []
  for (let [left, right] = [0, 0]; left < a.length && right < b.length; ) {
    if (isSame(left, right)) matches.push([left++, right++])
    else if (lengthAt(left + 1, right) >= lengthAt(left, right + 1)) left++
    else right++
  }
  return matches
}

function firstOccurrences(a: readonly (string | undefined)[], b: readonly (string | undefined)[]): Match[] {
  const places = new Map<string, number>()
  for (const [index, key] of b.entries()) if (key !== undefined && !places.has(key)) places.set(key, index)
  const matches: Match[] = []
  let next = 0
  for (const [left, key] of a.entries()) {
    const right = key === undefined ? undefined : places.get(key)
    if (right === undefined || right < next) continue
    matches.push([left, right])
    next = right + 1
  }
  return matches
}

/** A stretch of both sequences between two matches: from (inclusive) and to (exclusive) on either side. */
export type Gap = { readonly left: Match; readonly right: Match }

/** The stretches that no match covers, in order; empty ones left out. */
export function gapsBetween(matches: readonly Match[], lengths: Match): readonly Gap[] {
  const gaps: Gap[] = []
  let [left, right] = [0, 0]
  for (const [nextLeft, nextRight] of [...matches, lengths]) {
    if (nextLeft > left || nextRight > right) gaps.push({ left: [left, nextLeft], right: [right, nextRight] })
    ;[left, right] = [nextLeft + 1, nextRight + 1]
  }
  return gaps
}
