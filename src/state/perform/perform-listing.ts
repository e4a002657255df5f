import type { Listing } from '../../list/listing.ts'
import type { Action } from '../model/action.ts'
import type { World } from './world.ts'

/** The effects of browsing. */
export class Listings {
  readonly #world: Pick<World, 'list' | 'describe'>
  readonly #dispatch: (action: Action) => void
  #wanted: () => void = () => undefined

  constructor(world: Pick<World, 'list' | 'describe'>, dispatch: (action: Action) => void) {
    this.#world = world
    this.#dispatch = dispatch
  }

  /** A page at a time; the next is fetched when `more` is called. */
  async list(listing: Listing, signal: AbortSignal): Promise<void> {
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

  more(): void {
    this.#wanted()
  }

  async describe(reference: string, signal: AbortSignal): Promise<void> {
    const facts = await this.#world.describe(reference, signal)
    if (!signal.aborted) this.#dispatch({ type: 'described', reference, facts })
  }
}
