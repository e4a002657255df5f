import { editDistance } from '../../format/edit-distance.ts'

/** The word that a mistyped one most likely means: at most two letters wrong, one in words of five and fewer. */
export function nearestWord<Word extends string>(typed: string, words: readonly Word[]): Word | undefined {
  const limit = typed.length > 5 ? 2 : 1
  const near = words
    .map(word => ({ word, distance: editDistance(typed.slice(0, 40), word, limit) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
  return near[0]?.word
}
