import type { Digest } from '../blob/digest.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import { alignLayers, type LayerPair } from './align-layers.ts'
import { CHANGE_CLASSES } from './change-class.ts'
import { type ComparedImage, isArtifact, isIdentical, isRecompressed, needsTrees, type Side, sideOf } from './compared-image.ts'
import type { FieldDifference } from './content/field-differences.ts'
import { findDifferences } from './find-differences.ts'
import { type Pull, pullOf } from './pull.ts'
import { classesAt, type Selection, type SelectionOptions, selectRows } from './selection.ts'
import { isSemantic, settingDifferences } from './settings.ts'
import type { TreeRows } from './tree-rows.ts'

/** All that two images have differently, as far as was asked for. */
export type Comparison = {
  readonly a: Side
  readonly b: Side
  readonly summary: ComparisonSummary
  readonly settings: readonly FieldDifference[]
  readonly layers: ComparedLayers
  /** Undefined where the documents say that no file differs. */
  readonly files: Selection | undefined
}

type ComparedLayers = {
  readonly shared: readonly Digest[]
  readonly onlyA: readonly Digest[]
  readonly onlyB: readonly Digest[]
  readonly pairs: readonly LayerPair[]
}

/** `summary` of cli.md. */
type ComparisonSummary = {
  readonly identical: boolean
  readonly recompressed: boolean
  /** Nothing differs but what a rebuild changes by itself. */
  readonly semantic: boolean
  readonly added: number
  readonly removed: number
  readonly changed: number
  readonly moved: number
  readonly classes: Readonly<Record<string, number>>
  readonly ignored: Readonly<Record<string, number>>
  readonly delta: { readonly compressed: number; readonly content: number; readonly entries: number }
  readonly pull: Pull
}

/** The rows of two images' trees: undefined where documents say that no file differs. */
export function* fileRows(a: ComparedImage, b: ComparedImage): Steps<TreeRows | undefined> {
  if (!needsTrees(a, b) || a.snapshot === undefined || b.snapshot === undefined) return undefined
  return yield* findDifferences(a.snapshot, b.snapshot, sharedBeginning(a, b))
}

/** How many layers both images begin with, by their digests; none of artifacts, whose blobs have names besides. */
function sharedBeginning(a: ComparedImage, b: ComparedImage): number {
  if (isArtifact(a) || isArtifact(b)) return 0
  const differs = a.layers.findIndex(({ digest }, index) => digest !== b.layers[index]?.digest)
  return differs === -1 ? a.layers.length : differs
}

/** Puts a comparison together from the rows that `fileRows` found; in small steps. */
export function* compareImages(
  a: ComparedImage,
  b: ComparedImage,
  rows: TreeRows | undefined,
  options: SelectionOptions = {},
): Steps<Comparison> {
  // Of one image's own layers the documents are the same.
  const all = a.image === b.image ? [] : settingDifferences(a, b)
  const settings = options.semantic === true ? all.filter(isSemantic) : all
  const files = rows && (yield* selectRows(rows, options))
  const pairs = yield* alignLayers(a.layers, b.layers)
  const figures = yield* sumsOf(files)
  const sides = { a: yield* sideOf(a), b: yield* sideOf(b) }
  const summary: ComparisonSummary = {
    identical: isIdentical(a, b),
    recompressed: isRecompressed(a, b),
    semantic: !all.some(isSemantic) && (rows === undefined || (yield* selectRows(rows, { semantic: true })).indexes.length === 0),
    ...figures.counts,
    classes: figures.classes,
    ignored: files?.ignored ?? {},
    delta: {
      compressed: pairs.reduce((sum, { delta }) => sum + delta, 0),
      content: figures.content,
      entries: (sides.b.entries ?? 0) - (sides.a.entries ?? 0),
    },
    pull: yield* pullOf(a.layers, b.layers, pairs),
  }
  return { ...sides, summary, settings, layers: { ...layerSets(a, b), pairs }, files }
}

/** Classes that are told even where nothing has them. */
const ALWAYS_COUNTED = CHANGE_CLASSES.slice(0, CHANGE_CLASSES.indexOf('device'))

type Sums = {
  readonly counts: { added: number; removed: number; changed: number; moved: number }
  readonly classes: Record<string, number>
  readonly content: number
}

function* sumsOf(files: Selection | undefined): Steps<Sums> {
  const counts = { added: 0, removed: 0, changed: 0, moved: 0 }
  const classes: Record<string, number> = Object.fromEntries(ALWAYS_COUNTED.map(each => [each, 0]))
  let content = 0
  for (let index = 0; index < (files?.indexes.length ?? 0); index++) {
    if (index % STEP === 0) yield
    if (files === undefined) break
    const { rows, indexes } = files
    const row = indexes[index] ?? 0
    const change = rows.change(row)
    counts[change === 'modified' ? 'changed' : change]++
    content += rows.delta(row)
    for (const each of classesAt(files, row)) if (each !== 'moved') classes[each] = (classes[each] ?? 0) + 1
  }
  return { counts, classes, content }
}

function layerSets(a: ComparedImage, b: ComparedImage): Omit<ComparedLayers, 'pairs'> {
  const [left, right] = [a.layers.map(({ digest }) => digest), b.layers.map(({ digest }) => digest)]
  const [inA, inB] = [new Set(left), new Set(right)]
  return {
    shared: left.filter(digest => inB.has(digest)),
    onlyA: left.filter(digest => !inB.has(digest)),
    onlyB: right.filter(digest => !inA.has(digest)),
  }
}
