/** The three places of the screen that can have the focus, by their number. */
export const PANES = ['layers', 'details', 'main'] as const
export type PaneId = (typeof PANES)[number]

/** The tabs that the right pane turns through with `[` and `]`. */
export const TABS = ['story', 'files', 'waste', 'biggest', 'manifest', 'config', 'history', 'ids', 'index'] as const
export type TabId = (typeof TABS)[number]

/** The views that can be opened on top of a tab and left with Esc. */
const OVERS = [
  'file',
  'versions',
  'difference',
  'blob',
  'plan',
  'compare',
  'shared',
  'treemap',
  'matrix',
  'findings',
  'explanation',
  'serve',
] as const
export type OverId = (typeof OVERS)[number]

export const VIEW_IDS = ['start', 'browse', 'layers', 'details', ...TABS, ...OVERS] as const
export type ViewId = (typeof VIEW_IDS)[number]

/** `make` for every view. */
export function eachView<Value>(make: (id: ViewId) => Value): { readonly [Id in ViewId]: Value } {
  return Object.fromEntries(VIEW_IDS.map(id => [id, make(id)])) as { [Id in ViewId]: Value }
}
