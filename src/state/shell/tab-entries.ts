import type { Command } from '../keys/keys.ts'
import type { ViewId } from '../keys/view-id.ts'
import { panesOf } from '../model/screen.ts'
import type { State } from '../model/state.ts'

/** One place of the tab bar: its word, the command that opens it, and the views it stands for. */
export type TabEntry = { readonly word: string; readonly command: Command; readonly views: readonly ViewId[] }

/** The tab bar from left to right; the key of each is its command's first. */
export const TAB_ENTRIES: readonly TabEntry[] = [
  { word: 'story', command: 'open-story', views: ['story'] },
  { word: 'layers', command: 'focus-layers', views: ['layers', 'details', 'matrix'] },
  { word: 'files', command: 'open-files', views: ['files'] },
  { word: 'waste', command: 'open-waste', views: ['waste'] },
  { word: 'biggest', command: 'open-biggest', views: ['biggest'] },
  { word: 'docs', command: 'open-documents', views: ['manifest', 'config'] },
  { word: 'history', command: 'open-history', views: ['history'] },
  { word: 'ids', command: 'open-ids', views: ['ids'] },
  { word: 'index', command: 'open-index', views: ['index'] },
]

/**
 * The entry that is open: the focused pane's, or the tab that something was opened on top of. Details are those of the list they follow.
 * Pages of more than this image stand on no tab.
 */
export function openEntry({ focus, screen, slices }: State): TabEntry | undefined {
  const { over, tab } = panesOf(screen)
  if (focus === 'main' && over.some(id => id === 'compare' || id === 'shared' || id === 'serve')) return undefined
  const top = over.at(-1) === 'matrix' ? 'matrix' : tab
  const followed = focus === 'details' && (slices.preview.subject?.kind ?? 'layer') !== 'layer'
  const shown = focus === 'main' || followed ? top : focus
  return TAB_ENTRIES.find(({ views }) => views.includes(shown))
}
