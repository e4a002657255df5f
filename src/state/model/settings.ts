import { BY_NAME, BY_SIZE, type FileSort } from '../../list/file-sort.ts'
import { TABS, type TabId } from '../keys/view-id.ts'

/** The choices of the user, on the command line or in the configuration file. */
export type Settings = {
  /** Name of a theme (tui/theme.ts). */
  readonly theme: string
  /** Only ASCII characters for marks, bars and rules. */
  readonly ascii: boolean
  readonly mouse: boolean
  /** Web addresses as links that the terminal can open (OSC 8). */
  readonly links: boolean
  /** The tab an image opens on. */
  readonly tab: TabId
  /** The order of the tree of files, kept from one run to the next. */
  readonly sort: 'size' | 'name'
  /** Filters of files, by the names that they are kept under. */
  readonly filters: Readonly<Record<string, string>>
}

export const DEFAULT_SETTINGS: Settings = {
  theme: 'terminal',
  ascii: false,
  mouse: true,
  links: true,
  tab: 'story',
  sort: 'size',
  filters: {},
}

export function isTab(value: unknown): value is TabId {
  return TABS.some(tab => tab === value)
}

export function isOrder(value: unknown): value is Settings['sort'] {
  return value === 'size' || value === 'name'
}

/** The order of the tree of files that the settings ask for. */
export function chosenSort({ sort }: Settings): FileSort {
  return sort === 'name' ? BY_NAME : BY_SIZE
}
