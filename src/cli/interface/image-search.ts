import { escapeText } from '../../escape.ts'
import type { ListedPage, Listing } from '../../list/listing.ts'
import type { Asking } from '../../session/asking.ts'
import { cardOfFacts, type ImageCard } from '../../session/search/image-card.ts'
import { foundCards } from '../../session/search/place-cards.ts'
import type { CardSearch } from '../../session/search/search-cards.ts'
import type { FoundImages, StartItem } from '../../state/model/start.ts'
import { newPlaces } from './recent.ts'

type Known = { readonly card: ImageCard; readonly group: StartItem['group'] }

/** Images that are searched, hits that are shown, and the time until a list is told that grew. */
const [MOST_CARDS, MOST_HITS, FIRST_PAUSE] = [5000, 100, 150]

/** Searches the images of the start screen's places by what they are for. The documents of a place are read once, at the first search. */
export class ImageSearch {
  readonly #places = new Map<string, readonly Known[]>()
  readonly #asking: (signal: AbortSignal) => Asking
  #index: { readonly known: readonly Known[]; readonly search: CardSearch } | undefined

  constructor(asking: (signal: AbortSignal) => Asking) {
    this.#asking = asking
  }

  /** Places are looked at anew, but for what registries have listed. */
  forget(): void {
    for (const place of this.#places.keys()) if (!place.endsWith('/')) this.#places.delete(place)
    this.#index = undefined
  }

  /** The same pages; repositories that a registry lists are known by their names from then on. */
  async *learning(listing: Listing, pages: AsyncIterable<ListedPage>): AsyncGenerator<ListedPage> {
    if (listing.kind !== 'repositories') return yield* pages
    const { host } = listing
    const known: Known[] = []
    for await (const page of pages) {
      const room = Math.max(0, MOST_CARDS - known.length)
      const named = page.names.slice(0, room).map(({ name }) => cardOfFacts(`${host}/${name}`, [name], {}))
      known.push(...named.map(card => ({ card, group: 'registry' as const })))
      this.#places.set(`${host}/`, known)
      this.#index = undefined
      yield page
    }
  }

  /** @throws nothing but what `signal` aborts with */
  async *search(text: string, places: readonly StartItem[], signal: AbortSignal): AsyncGenerator<FoundImages> {
    let [told, pause] = [performance.now(), FIRST_PAUSE]
    for (const { reference, group } of toLookAt(places)) {
      if (this.#places.has(reference)) continue
      if (this.#count() >= MOST_CARDS) break
      const cards = await foundCards(this.#asking(signal), reference)
      signal.throwIfAborted()
      this.#places.set(
        reference,
        cards.map(card => ({ card, group })),
      )
      this.#index = undefined
      if (performance.now() - told < pause) continue
      yield await this.#found(text, true)
      // The index is made anew each time: longer and longer pauses keep that in proportion.
      ;[told, pause] = [performance.now(), pause * 2]
    }
    yield await this.#found(text, false)
  }

  #count(): number {
    return [...this.#places.values()].reduce((sum, { length }) => sum + length, 0)
  }

  async #found(text: string, isReading: boolean): Promise<FoundImages> {
    const { indexCards } = await import('../../session/search/search-cards.ts')
    const known = this.#index?.known ?? [
      ...new Map([...this.#places.values()].flat().map(each => [each.card.reference, each])).values(),
    ]
    this.#index ??= { known, search: indexCards(known.map(({ card }) => card)) }
    const groups = new Map(known.map(({ card, group }) => [card.reference, group]))
    const hits = this.#index.search(text).slice(0, MOST_HITS)
    return {
      hits: hits.map(({ reference, why }) => ({
        reference,
        label: escapeText(reference.replace(/^\.\//, '')),
        detail: why.map(escapeText).join(', '),
        group: groups.get(reference) ?? 'here',
      })),
      images: known.length,
      isReading,
    }
  }
}

/** Places with images: not what is still to be typed, not the demo, and a recent image not where its place is here. */
function toLookAt(places: readonly StartItem[]): readonly StartItem[] {
  const here = places.filter(({ group }) => group === 'here').map(({ reference }) => reference)
  const recent = places.filter(({ group }) => group === 'recent').map(({ reference }) => reference)
  const wanted = new Set(newPlaces(here, recent))
  return places.filter(({ reference, group }) => wanted.has(reference) || (group === 'engine' && reference !== ''))
}
