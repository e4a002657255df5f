import type { Finding } from '../../check/finding.ts'
import type { FilePath } from '../../layer/file-path.ts'
import type { IndexRow } from '../../list/index-tree.ts'
import type { ZipDirectory } from '../../list/zip-directory.ts'
import type { Stack } from '../../overlay/tree.ts'
import type { Act } from '../../space/acts.ts'
import type { Duplicate } from '../../space/duplicates.ts'
import type { ViewId } from '../keys/view-id.ts'
import type { Content } from './content.ts'

/** The thing under a cursor, as far as the preview has something to say about it. */
export type PreviewSubject =
  | { readonly kind: 'layer'; readonly layer: number }
  /** A path as the tree of the first `layers` layers has it. */
  | { readonly kind: 'path'; readonly stack: Stack; readonly path: FilePath; readonly layers: number }
  /** `others`: how many more findings of the rule the row stands for. */
  | { readonly kind: 'finding'; readonly finding: Finding; readonly others: number }
  | { readonly kind: 'act'; readonly act: Act }
  | { readonly kind: 'twice'; readonly duplicate: Duplicate }
  /** A row of the index. */
  | ({ readonly kind: 'entry' } & IndexEntry)

/** The parts of a row of the index that stay the same while it is looked at. */
export type IndexEntry = Pick<IndexRow, 'descriptor' | 'node' | 'part' | 'referrer'>

/** The pane that follows the cursor. */
export type PreviewSlice = {
  /** Under the cursor now; shown once the cursor has rested on it. */
  readonly wanted: PreviewSubject | undefined
  /** Shown; undefined: the layer under the cursor of the layers. */
  readonly subject: PreviewSubject | undefined
  /** The beginning of the file that is shown. */
  readonly content: Content | undefined
  /** Its members, where it is a zip archive. */
  readonly members: ZipDirectory | undefined
}

export const FIRST_PREVIEW: PreviewSlice = { wanted: undefined, subject: undefined, content: undefined, members: undefined }

/** Views whose rows the preview follows: where they have the whole width, it lies below them. */
export const PREVIEWED: ReadonlySet<ViewId> = new Set<ViewId>([
  'story',
  'layers',
  'files',
  'waste',
  'biggest',
  'findings',
  'history',
  'versions',
  'index',
])

/** Whether two subjects are one: field by field, what they refer to by identity. */
export function isSameSubject(one: PreviewSubject | undefined, other: PreviewSubject | undefined): boolean {
  if (one === undefined || other === undefined || one.kind !== other.kind) return one === other
  const values: ReadonlyMap<string, unknown> = new Map(Object.entries(other))
  return Object.entries(one).every(([name, value]) => values.get(name) === value)
}
