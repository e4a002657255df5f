import { START_VIEW } from './start-view.ts'
import type { View } from './view.ts'
import { VIEW_IDS, type ViewId } from './view-id.ts'

/** Every view of the program, by its id. */
export const VIEWS: { readonly [Id in ViewId]: View } = {
  ...pendingViews(),
  start: START_VIEW,
}

/** Stands in for a view until it lands. */
function pendingViews(): { readonly [Id in ViewId]: View } {
  return Object.fromEntries(VIEW_IDS.map(id => [id, pending(id)])) as { [Id in ViewId]: View }
}

function pending(name: string): View {
  return {
    name,
    contexts: [],
    title: () => ({ left: [], right: [] }),
    length: () => 0,
    rows: () => [],
    picks: true,
    empty: () => 'Nothing to show.',
  }
}
