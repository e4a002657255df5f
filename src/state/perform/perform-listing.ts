import type { Listing } from '../../list/listing.ts'
import type { Action } from '../model/action.ts'
import type { Handlers } from './handlers.ts'
import type { World } from './world.ts'

type ListedWorld = Pick<World, 'find' | 'search' | 'list' | 'describe'>

/** The effects of finding, searching and browsing images. */
export function listingHandlers(world: ListedWorld, dispatch: (action: Action) => void) {
  let wanted: () => void = () => undefined
  /** A page at a time; the next is fetched when `list-more` asks for it. */
  const list = async (listing: Listing, signal: AbortSignal) => {
    for await (const page of world.list(listing, signal)) {
      if (signal.aborted) return
      const next = new Promise<void>(resolve => {
        wanted = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      dispatch({ type: 'listed', ...page, more: true })
      await next
    }
    if (!signal.aborted) dispatch({ type: 'listed', names: [], notices: [], more: false })
  }
  return {
    find: async (_, signal) => {
      for await (const candidates of world.find(signal)) if (!signal.aborted) dispatch({ type: 'found', candidates })
    },
    search: async ({ text, places }, signal) => {
      for await (const found of world.search(text, places, signal))
        if (!signal.aborted) dispatch({ type: 'searched', text, ...found })
    },
    list: ({ listing }, signal) => list(listing, signal),
    'list-more': () => wanted(),
    describe: async ({ reference }, signal) => {
      const facts = await world.describe(reference, signal)
      if (!signal.aborted) dispatch({ type: 'described', reference, facts })
    },
  } satisfies Partial<Handlers>
}
