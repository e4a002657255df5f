import type { ReadManifests } from '../../list/index-tree.ts'
import type { FoundReferrer } from '../../list/listing.ts'
import type { Litter } from '../../list/litter.ts'
import type { BrowseSlice } from './browse.ts'
import { type CompareSlice, NO_COMPARISON } from './compare.ts'
import type { ArtifactPage, ContentSlice, SaveSlice } from './content.ts'
import type { DifferenceSlice } from './difference.ts'
import { FIRST_FILES, type FilesSlice } from './files.ts'
import { FIRST_FINDINGS, type FindingsSlice } from './findings.ts'
import type { MatrixSlice } from './layers.ts'
import { FIRST_LAYERS, type LayersSlice } from './layers.ts'
import { type Marks, NO_MARKS } from './marks.ts'
import { FIRST_PREVIEW, type PreviewSlice } from './preview.ts'
import { type BiggestSlice, FIRST_BIGGEST, FIRST_WASTE, type WasteSlice } from './ranked.ts'
import type { RowSearch } from './row-search.ts'
import type { ServingSlice } from './serving.ts'
import { NO_SET, type SharedSlice } from './shared.ts'
import type { PlanSlice } from './squash-plan.ts'
import type { BesideSlice } from './squashed-pair.ts'
import { EMPTY_START, type StartSlice } from './start.ts'
import { FIRST_STORY, type StorySlice } from './story.ts'
import type { TourSlice } from './tour.ts'
import type { TreemapSlice } from './treemap.ts'
import type { VersionsSlice } from './versions.ts'

/**
 * The views' own state, one slice each. A slice's type, its first value and the pure functions over it live in a file
 * of their own that does not know `State`; `<name>-view.ts` puts it on the screen.
 */
export type Slices = {
  readonly start: StartSlice
  readonly layers: LayersSlice
  /** The layers are shown because reading takes long: the first tab follows once all are read, unless a key was pressed. */
  readonly waiting: true | undefined
  readonly browse: BrowseSlice
  /** By the digest that they refer to. */
  readonly referrers: ReadonlyMap<string, readonly FoundReferrer[]>
  /** Manifests of attestations and referrers, once they have been opened. */
  readonly manifests: ReadManifests
  readonly files: FilesSlice
  readonly manifest: ContentSlice
  readonly config: ContentSlice
  readonly file: ContentSlice
  readonly blob: ContentSlice
  /** The artifact in words, once it was asked. */
  readonly artifact: ArtifactPage | undefined
  readonly versions: VersionsSlice
  readonly difference: DifferenceSlice
  readonly treemap: TreemapSlice
  readonly matrix: MatrixSlice
  readonly story: StorySlice
  readonly findings: FindingsSlice
  readonly biggest: BiggestSlice
  readonly waste: WasteSlice
  /** Keys of the index view's rows that are not as they were at first. */
  readonly index: ReadonlySet<string>
  readonly preview: PreviewSlice
  readonly rowSearch: RowSearch
  readonly save: SaveSlice
  readonly compare: CompareSlice
  readonly shared: SharedSlice
  /** These are no places: going back leaves them as they are. */
  readonly serving: ServingSlice
  readonly marks: Marks
  readonly tour: TourSlice
  readonly plan: PlanSlice
  readonly beside: BesideSlice
  /** The files that the presets of a plan match, looked up last. */
  readonly litter: readonly Litter[] | undefined
}

export const FIRST_SLICES: Slices = {
  start: EMPTY_START,
  layers: FIRST_LAYERS,
  waiting: undefined,
  browse: [],
  referrers: new Map(),
  manifests: new Map(),
  files: FIRST_FILES,
  manifest: undefined,
  config: undefined,
  file: undefined,
  blob: undefined,
  artifact: undefined,
  versions: undefined,
  difference: undefined,
  treemap: undefined,
  matrix: undefined,
  story: FIRST_STORY,
  findings: FIRST_FINDINGS,
  biggest: FIRST_BIGGEST,
  waste: FIRST_WASTE,
  index: new Set(),
  preview: FIRST_PREVIEW,
  rowSearch: undefined,
  save: undefined,
  compare: NO_COMPARISON,
  shared: NO_SET,
  serving: undefined,
  marks: NO_MARKS,
  tour: undefined,
  plan: undefined,
  beside: undefined,
  litter: undefined,
}
