/** The word that a mistyped one most likely means: at most two letters wrong, one in words of five and fewer. */
export function nearestWord<Word extends string>(typed: string, words: readonly Word[]): Word | undefined {
  const limit = typed.length > 5 ? 2 : 1
  const near = words
    .map(word => ({ word, distance: distanceOf(typed.slice(0, 40), word) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
  return near[0]?.word
}

/** Levenshtein's distance, with two swapped letters counted as one. */
function distanceOf(one: string, other: string): number {
  let before: number[] = []
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1]
      let best = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1)
      next.push(best)
    }
    before = row
    row = next
  }
  return row[other.length] ?? 0
}
