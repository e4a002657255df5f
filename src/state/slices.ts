import type { ContentSlice } from './content.ts'
import type { DifferenceSlice } from './difference.ts'
import { FIRST_FILES, type FilesSlice } from './files.ts'
import { type BiggestSlice, FIRST_BIGGEST, FIRST_WASTE, type WasteSlice } from './ranked.ts'
import type { SaveSlice } from './save.ts'
import { EMPTY_START, type StartSlice } from './start.ts'
import type { VersionsSlice } from './versions.ts'

/**
 * The views' own state, one slice each. A slice's type, its first value and the pure functions over it live in a file
 * of their own that does not know `State`; `<name>-view.ts` puts it on the screen.
 */
export type Slices = {
  readonly start: StartSlice
  readonly files: FilesSlice
  readonly manifest: ContentSlice
  readonly config: ContentSlice
  readonly file: ContentSlice
  readonly blob: ContentSlice
  readonly versions: VersionsSlice
  readonly difference: DifferenceSlice
  readonly biggest: BiggestSlice
  readonly waste: WasteSlice
  /** Keys of the index view's rows that are not as they were at first. */
  readonly index: ReadonlySet<string>
  readonly save: SaveSlice
}

export const FIRST_SLICES: Slices = {
  start: EMPTY_START,
  files: FIRST_FILES,
  manifest: undefined,
  config: undefined,
  file: undefined,
  blob: undefined,
  versions: undefined,
  difference: undefined,
  biggest: FIRST_BIGGEST,
  waste: FIRST_WASTE,
  index: new Set(),
  save: undefined,
}
