import type { Filter } from '../filter/filter.ts'
import type { Stack } from '../overlay/tree.ts'
import { type Expansion, type RowsView, type VisibleRows, visibleRows } from './file-rows.ts'
import { findRows, type Hits } from './file-search.ts'
import type { TreeSort } from './file-sort.ts'
import type { FileScope, FileTable } from './file-table.ts'
import { buildFileTable } from './file-table-build.ts'
import { type FoundPaths, findPaths } from './fuzzy-paths.ts'
import { type Litter, litterOf } from './litter.ts'
import { type BiggestList, biggestFiles, type WasteList, wasteList } from './ranking.ts'
import { type Story, storySteps } from './story.ts'
import { buildWasteTree, openAtFirst, type WasteTree } from './waste-tree.ts'
import { type WeighedTree, weighTree } from './weighed-tree.ts'

/**
 * Work on what is in memory already that may take longer than a frame: done in small steps between which keys are
 * answered, and given up when a newer job of the same tag comes.
 */
export type Job = FilesJob | SearchJob | PathsJob | RankedJob | WasteTreeJob | LitterJob | StoryJob | WeighJob

/** The list of files: its table (when `table` is of another scope or stack), what the filter keeps of it, the rows. */
type FilesJob = {
  readonly kind: 'files'
  readonly stack: Stack
  readonly scope: FileScope
  readonly table: FileTable | undefined
  readonly view: Omit<RowsView, 'kept'>
  readonly filter: Filter | undefined
  /** The rows that an earlier, wider filter kept of `table`. */
  readonly within: Hits | undefined
}

/** A search in a table: names only. */
type SearchJob = {
  readonly kind: 'search'
  readonly table: FileTable
  readonly filter: Filter
  readonly within: Hits | undefined
}

/** The paths of the whole image that have the letters of `text`; `table` is its table where there is one already. */
type PathsJob = {
  readonly kind: 'paths'
  readonly stack: Stack
  readonly table: FileTable | undefined
  readonly text: string
}

/** A flat list of all layers. */
type RankedJob = { readonly kind: 'biggest' | 'waste' } & { readonly stack: Stack; readonly filter: Filter | undefined }

/** The rows of the tree of a list of hidden files. `tree`: where it was made already; without `expansion` it is open as at first. */
type WasteTreeJob = {
  readonly kind: 'waste-tree'
  readonly list: WasteList
  readonly tree: WasteTree | undefined
  readonly sort: TreeSort
  readonly expansion: Expansion | undefined
}

/** The files that each preset of a rebuild would remove. */
type LitterJob = { readonly kind: 'litter'; readonly stack: Stack }

/** The acts of the layers, and what lies in the image twice. */
type StoryJob = { readonly kind: 'story'; readonly stack: Stack }

/** The weights of the rows of a tree; `table` is that of the scope where there is one already. */
type WeighJob = {
  readonly kind: 'weigh'
  readonly stack: Stack
  readonly scope: FileScope
  readonly table: FileTable | undefined
}

export type Answer =
  | { readonly kind: 'weigh'; readonly tree: WeighedTree }
  | { readonly kind: 'story'; readonly story: Story }
  | { readonly kind: 'litter'; readonly litter: readonly Litter[] }
  | { readonly kind: 'biggest'; readonly list: BiggestList }
  | { readonly kind: 'waste'; readonly list: WasteList }
  | (VisibleRows & {
      readonly kind: 'waste-tree'
      readonly job: WasteTreeJob
      readonly tree: WasteTree
      readonly expansion: Expansion
    })
  | (VisibleRows & {
      readonly kind: 'files'
      readonly job: FilesJob
      readonly table: FileTable
      readonly hits: Hits | undefined
    })
  | { readonly kind: 'paths'; readonly stack: Stack; readonly found: FoundPaths }
  | { readonly kind: 'search'; readonly job: SearchJob; readonly hits: Hits }

/** Does a job; every step is well under a frame. */
export function* compute(job: Job): Generator<undefined, Answer> {
  if (job.kind === 'files') return yield* filesOf(job)
  if (job.kind === 'search') return { kind: 'search', job, hits: yield* findRows(job.table, job.filter, job.within, true) }
  if (job.kind === 'paths') return yield* pathsOf(job)
  if (job.kind === 'biggest') return { kind: 'biggest', list: yield* biggestFiles(job.stack, job.filter) }
  if (job.kind === 'story') return { kind: 'story', story: yield* storySteps(job.stack) }
  if (job.kind === 'weigh') return { kind: 'weigh', tree: yield* weighTree(job.stack, job.scope, job.table) }
  if (job.kind === 'waste-tree') return yield* wasteTreeOf(job)
  if (job.kind === 'litter') return { kind: 'litter', litter: yield* litterOf(job.stack) }
  return { kind: 'waste', list: yield* wasteList(job.stack, job.filter) }
}

function* filesOf(job: FilesJob): Generator<undefined, Answer> {
  const table = job.table ?? (yield* buildFileTable(job.stack, job.scope))
  const hits = job.filter === undefined ? undefined : yield* hitsOf(table, job.filter, job.within)
  const visible = yield* visibleRows(table, { ...job.view, kept: hits?.kept })
  return { kind: 'files', job, table, hits, ...visible }
}

function* wasteTreeOf(job: WasteTreeJob): Generator<undefined, Answer> {
  const tree = job.tree ?? (yield* buildWasteTree(job.list.stack, job.list.ledger, job.list.filter))
  const expansion = job.expansion ?? (yield* openAtFirst(tree))
  const view = { expansion, sort: job.sort, hideUnchanged: false, kept: undefined, unfolded: undefined }
  return { kind: 'waste-tree', job, tree, expansion, ...(yield* visibleRows(tree.table, view)) }
}

function* pathsOf({ stack, table, text }: PathsJob): Generator<undefined, Answer> {
  const whole = table ?? (yield* buildFileTable(stack, { kind: 'image' }))
  return { kind: 'paths', stack, found: yield* findPaths(whole, text) }
}

/** Computed anew only where the filter or the table is another. */
function* hitsOf(table: FileTable, filter: Filter, within: Hits | undefined): Generator<undefined, Hits> {
  return within !== undefined && within.filter === filter ? within : yield* findRows(table, filter, within)
}
