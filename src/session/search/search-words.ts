/** Words that say nothing about an image. */
const EMPTY_WORDS = new Set(
  'a an and any are as at be by can do for from give good have i image images in is it like me my need needs of on one or our please some something that the thing this to use want we what which with would you'.split(
    ' ',
  ),
)

const CJK = /[\u3400-\u9fff]+/gu

/** Words to search by: identifiers split at case and signs (`RedisServer`, `py311`), Chinese as pairs of characters. */
export function searchWords(text: string): readonly string[] {
  const pairs = [...text.matchAll(CJK)].flatMap(([run]) => {
    const characters = [...run]
    return characters.length === 1
      ? characters
      : characters.slice(1).map((character, index) => `${characters[index]}${character}`)
  })
  const latin = text
    .replace(CJK, ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9+#.-]+/)
    .flatMap(word => [word, ...word.split(/[.-]+/)])
    .map(word => word.replace(/^[.-]+|[.-]+$/g, ''))
    .filter(word => word.length > 0 && !EMPTY_WORDS.has(word))
  return [...new Set([...latin, ...pairs])]
}

/** Whether a word or words of the concept table stand in a query: whole in Latin letters, in singular or plural, anywhere in Chinese. */
export function mentions(query: string, words: string): boolean {
  if (/[\u3400-\u9fff]/u.test(words)) return query.includes(words)
  const escaped = words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '[\\s-]+')
  return new RegExp(`(?:^|[^a-z0-9])${escaped}s?(?:$|[^a-z0-9+#])`, 'i').test(query)
}
