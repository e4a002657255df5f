import type { Steps } from '../overlay/steps.ts'
import { type Usage, usageSteps } from '../space/usage.ts'
import { type Comparison, compareImages, fileRows } from './compare-images.ts'
import type { ComparedImage } from './compared-image.ts'
import { type DirectoryGrowth, directoryGrowth, type GrowthPart, growthParts } from './directory-growth.ts'
import { type Growth, growthByExtension, growthByLayer } from './growth.ts'
import type { SelectionOptions } from './selection.ts'
import type { TreeRows } from './tree-rows.ts'

/** A comparison with the tables that say why an image grew; each of them sums to the difference of the contents. */
export type ShownComparison = {
  readonly comparison: Comparison
  /** Undefined where the documents say that no file differs. */
  readonly files: ComparedFiles | undefined
}

export type ComparedFiles = {
  readonly rows: TreeRows
  readonly directories: DirectoryGrowth
  readonly parts: readonly GrowthPart[]
  readonly layers: ReadonlyMap<string, Growth>
  readonly extensions: ReadonlyMap<string, Growth>
  /** Bytes at and below any path of either tree. */
  readonly usage: { readonly a: Usage; readonly b: Usage }
}

/** Directories that say why an image grew. */
const REASONS = 10

/** Everything about two images but what their files hold, in small steps. `known` are the rows of an earlier look with other options. */
export function* showComparison(
  a: ComparedImage,
  b: ComparedImage,
  options: SelectionOptions,
  known?: TreeRows,
): Steps<ShownComparison> {
  const rows = known ?? (yield* fileRows(a, b))
  const comparison = yield* compareImages(a, b, rows, options)
  const { files } = comparison
  if (files === undefined || rows === undefined) return { comparison, files: undefined }
  const directories = yield* directoryGrowth(files)
  return {
    comparison,
    files: {
      rows,
      directories,
      parts: growthParts(directories, REASONS),
      layers: yield* growthByLayer(files),
      extensions: yield* growthByExtension(files),
      usage: { a: yield* usageSteps(rows.a), b: yield* usageSteps(rows.b) },
    },
  }
}
