import { addTo } from '../../sums.ts'
import { embedTexts } from '../../transport/model/embeddings.ts'
import type { ModelPlace } from '../../transport/model/model-client.ts'
import type { ImageCard } from './image-card.ts'
import { type SearchHit, searchCards } from './search-cards.ts'
import { cachedVectors } from './vector-cache.ts'

/** How fast a rank loses its weight (reciprocal rank fusion, Cormack 2009). */
const RANK = 60
/** Cards that meaning alone may bring in, and the likeness below which it says nothing. */
const MOST_ALIKE = 20
const LEAST_ALIKE = 0.3

/**
 * The cards that answer to a query by their words (`searchCards`) and by their meaning, fused by rank: vectors of query and cards come
 * from an embeddings endpoint, which is sent the query and what the cards say. With `cache` it is asked once for what a card says.
 * @throws ImageError those of `embedTexts`
 */
export async function searchByMeaning(
  cards: readonly ImageCard[],
  query: string,
  place: ModelPlace,
  { signal, cache }: { readonly signal: AbortSignal; readonly cache: boolean },
): Promise<readonly SearchHit[]> {
  const byWords = searchCards(cards, query)
  const texts = cards.map(textOf)
  const embed = (each: readonly string[]) => embedTexts(place, each, signal)
  const [asked, ...vectors] = cache ? await cachedVectors(place, query, texts, embed) : await embed([query, ...texts])
  const alike = cards
    .map(({ reference }, at) => ({ reference, likeness: likeness(asked, vectors[at]) }))
    .filter(each => each.likeness >= LEAST_ALIKE)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, MOST_ALIKE)
  const scores = fusedRanks([byWords.map(({ reference }) => reference), alike.map(({ reference }) => reference)])
  const why = new Map(byWords.map(hit => [hit.reference, hit.why]))
  for (const { reference, likeness: value } of alike)
    why.set(reference, [...(why.get(reference) ?? []), `meaning ${value.toFixed(2)}`])
  return [...scores]
    .sort(([, a], [, b]) => b - a)
    .map(([reference, score]) => ({ reference, score: Math.round(score * 100_000) / 100_000, why: why.get(reference) ?? [] }))
}

/** The score of each name: the sum of 1 / (60 + rank) over the lists that have it. */
export function fusedRanks(lists: readonly (readonly string[])[]): ReadonlyMap<string, number> {
  const scores = new Map<string, number>()
  for (const list of lists) for (const [position, name] of list.entries()) addTo(scores, name, 1 / (RANK + position + 1))
  return scores
}

/** The cosine of two vectors of length 1. */
function likeness(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined) return 0
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += (a[at] ?? 0) * (b[at] ?? 0)
  return sum
}

/** A card in words: a port says nothing to a model. */
function textOf({ names, starts, packages, labels }: ImageCard): string {
  return [...names, ...starts, ...packages, ...labels].join(' ').replaceAll('\n', ' ')
}
