import type { Command } from '../keys/keys.ts'
import type { ViewId } from '../keys/view-id.ts'
import { panesOf } from '../model/screen.ts'
import type { State } from '../model/state.ts'

/** One place of the tab bar: its word, the command that opens it, and the views it stands for. */
export type TabEntry = { readonly word: string; readonly command: Command; readonly views: readonly ViewId[] }

/** The tab bar from left to right; the key of each is its command's first. */
export const TAB_ENTRIES: readonly TabEntry[] = [
  { word: 'story', command: 'open-story', views: ['story'] },
  { word: 'layers', command: 'focus-layers', views: ['layers', 'details'] },
  { word: 'files', command: 'open-files', views: ['files'] },
  { word: 'waste', command: 'open-waste', views: ['waste'] },
  { word: 'biggest', command: 'open-biggest', views: ['biggest'] },
  { word: 'docs', command: 'open-documents', views: ['manifest', 'config'] },
  { word: 'history', command: 'open-history', views: ['history'] },
  { word: 'ids', command: 'open-ids', views: ['ids'] },
  { word: 'index', command: 'open-index', views: ['index'] },
]

/** The entry that is open: the focused pane's, or the tab that something was opened on top of. */
export function openEntry({ focus, screen }: State): TabEntry | undefined {
  const shown = focus === 'main' ? panesOf(screen).tab : focus
  return TAB_ENTRIES.find(({ views }) => views.includes(shown))
}
