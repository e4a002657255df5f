import MiniSearch from 'minisearch'
import { CONCEPTS } from './concept-table.ts'
import type { ImageCard } from './image-card.ts'
import { mentions, searchWords } from './search-words.ts'

/** A found image, the best first; `why` names what spoke for it, the strongest first. */
export type SearchHit = { readonly reference: string; readonly score: number; readonly why: readonly string[] }

/** How much a word counts by where it stands, and how a hit there is told. */
const FIELDS: Readonly<Record<string, { readonly boost: number; readonly told: string }>> = {
  name: { boost: 4, told: 'name' },
  starts: { boost: 2, told: 'starts' },
  packages: { boost: 1.5, told: 'package' },
  labels: { boost: 1.5, told: 'label' },
  ports: { boost: 1, told: 'port' },
}

/** Weight of the first name that a concept adds to a query: it counts most, so that "a cache" is Redis before Varnish. */
const FIRST_NAME = 1.2
const EACH_NEXT = 0.08
const PORT = 0.4
const MOST_REASONS = 5

/** The cards that answer to a query, the best first. */
export type CardSearch = (query: string) => readonly SearchHit[]

/** As `indexCards`, for one query. */
export function searchCards(cards: readonly ImageCard[], query: string): readonly SearchHit[] {
  return indexCards(cards)(query)
}

/**
 * Finds the cards that answer to a query in English or Chinese, by BM25 over their fields (facts/llm.md §6). A query that mentions a concept
 * is widened by the programs and ports that stand for it; words as typed count too, by prefix and with small mistakes.
 */
export function indexCards(cards: readonly ImageCard[]): CardSearch {
  const index = new MiniSearch<ImageCard & { readonly id: number }>({
    fields: Object.keys(FIELDS),
    extractField: (card, field) => (field === 'id' ? String(card.id) : valuesOf(card, field).join('\n')),
    // Once each: a namespace that repeats the image's name says nothing more (valkey/valkey).
    tokenize: text => [...new Set(text.split('\n').flatMap(searchWords))],
    processTerm: term => term,
  })
  index.addAll(cards.map((card, id) => ({ ...card, id })))
  return query => {
    const weights = widened(query)
    if (weights.size === 0) return []
    const typed = new Set(searchWords(query))
    const found = index.search([...weights.keys()].join('\n'), {
      tokenize: text => text.split('\n'),
      boost: Object.fromEntries(Object.entries(FIELDS).map(([field, { boost }]) => [field, boost])),
      boostTerm: term => weights.get(term) ?? 1,
      prefix: term => typed.has(term) && term.length >= 4,
      fuzzy: term => (typed.has(term) && term.length >= 5 ? 0.2 : false),
    })
    return found.map(({ id, score, match }) => ({
      reference: cards[id]?.reference ?? '',
      score: Math.round(score * 1000) / 1000,
      why: reasons(cards[id], match),
    }))
  }
}

/** The values of a field, one a line where a value has several parts. */
function valuesOf(card: ImageCard | undefined, field: string): readonly string[] {
  switch (field) {
    case 'name':
      return card?.names ?? []
    case 'starts':
      return card?.starts ?? []
    case 'packages':
      return card?.packages ?? []
    case 'labels':
      return card?.labels ?? []
    default:
      return card?.ports ?? []
  }
}

/** Words to look for, with what each counts. */
function widened(query: string): ReadonlyMap<string, number> {
  const weights = new Map<string, number>(searchWords(query).map(word => [word, 1]))
  const add = (word: string, weight: number) => weights.set(word, Math.max(weight, weights.get(word) ?? 0))
  for (const { words, names, ports = [] } of CONCEPTS) {
    if (!words.some(word => mentions(query, word))) continue
    for (const [position, name] of names.entries()) add(name, Math.max(0.5, FIRST_NAME - EACH_NEXT * position))
    for (const port of ports) add(String(port), PORT)
  }
  return weights
}

/** `match`: the fields that each word was found in. Told by the whole value that has the word: `package redis-server`, not `redis`. */
function reasons(card: ImageCard | undefined, match: Readonly<Record<string, readonly string[]>>): readonly string[] {
  const told = Object.entries(match)
    .flatMap(([word, fields]) => fields.map(field => ({ word, field, boost: FIELDS[field]?.boost ?? 0 })))
    .sort((a, b) => b.boost - a.boost)
    .map(({ word, field }) => {
      const parts = field === 'labels' ? [] : valuesOf(card, field).flatMap(value => value.split('\n'))
      return `${FIELDS[field]?.told} ${parts.find(part => searchWords(part).includes(word)) ?? word}`
    })
  return [...new Set(told)].slice(0, MOST_REASONS)
}
