import type { Listing } from '../../list/listing.ts'
import type { Action } from '../model/action.ts'
import type { Effect } from '../model/effect.ts'
import type { World } from './world.ts'

type ListedWorld = Pick<World, 'find' | 'search' | 'list' | 'describe'>
type ListingEffect = Extract<Effect, { type: 'find' | 'search' | 'list' | 'list-more' | 'describe' }>

/** The effects of finding, searching and browsing images. */
export class Listings {
  readonly #world: ListedWorld
  readonly #dispatch: (action: Action) => void
  #wanted: () => void = () => undefined

  constructor(world: ListedWorld, dispatch: (action: Action) => void) {
    this.#world = world
    this.#dispatch = dispatch
  }

  async perform(effect: ListingEffect, signal: AbortSignal): Promise<void> {
    switch (effect.type) {
      case 'find':
        for await (const candidates of this.#world.find(signal))
          if (!signal.aborted) this.#dispatch({ type: 'found', candidates })
        return
      case 'search':
        for await (const found of this.#world.search(effect.text, effect.places, signal))
          if (!signal.aborted) this.#dispatch({ type: 'searched', text: effect.text, ...found })
        return
      case 'list':
        return this.#list(effect.listing, signal)
      case 'list-more':
        return this.#wanted()
      case 'describe':
        return this.#describe(effect.reference, signal)
    }
  }

  /** A page at a time; the next is fetched when `list-more` asks for it. */
  async #list(listing: Listing, signal: AbortSignal): Promise<void> {
    for await (const page of this.#world.list(listing, signal)) {
      if (signal.aborted) return
      const wanted = new Promise<void>(resolve => {
        this.#wanted = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      this.#dispatch({ type: 'listed', ...page, more: true })
      await wanted
    }
    if (!signal.aborted) this.#dispatch({ type: 'listed', names: [], notices: [], more: false })
  }

  async #describe(reference: string, signal: AbortSignal): Promise<void> {
    const facts = await this.#world.describe(reference, signal)
    if (!signal.aborted) this.#dispatch({ type: 'described', reference, facts })
  }
}
