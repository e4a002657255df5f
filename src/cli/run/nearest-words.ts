import { editDistance } from '../../format/edit-distance.ts'

/** The names within `most` edits of a word, nearest first, three at most. */
export function nearestWords(word: string, names: readonly string[], most: number): readonly string[] {
  return names
    .map(name => ({ name, distance: editDistance(word.toLowerCase(), name, most) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}
