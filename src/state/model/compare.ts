import type { LayerPair } from '../../compare/align-layers.ts'
import type { ComparedPackages, PackageLists } from '../../compare/package-differences.ts'
import type { ShownComparison } from '../../compare/show-comparison.ts'
import type { ImageId } from './open-image.ts'

/** Something that `=` can be pressed on: an image, or its first layers. */
export type Comparable = {
  /** The reference that goes to `World.open`. */
  readonly reference: string
  readonly digest?: string
  readonly platform?: string
  /** The first so many layers; all of them where undefined. Counts only beside other layers of the same image. */
  readonly layers?: number
  /** For the screen: escaped. */
  readonly label: string
}

/** One side of a comparison: an open image, and how many of its layers; all of them where undefined. */
export type ComparedPlace = { readonly image: ImageId; readonly layers: number | undefined; readonly label: string }

/** Layers whose changes are shown, inclusive; 1 first. */
type LayerRange = { readonly from: number; readonly to: number }

export const COMPARE_PAGES = ['summary', 'files', 'layers', 'packages', 'settings'] as const
export type ComparePage = (typeof COMPARE_PAGES)[number]

/** Rows that a comparison leaves out: nothing, what a rebuild changes by itself, all but contents. */
export const IGNORE_SETS = ['exact', 'semantic', 'content'] as const
export type IgnoreSet = (typeof IGNORE_SETS)[number]

export type OpenComparison = {
  readonly sides: { readonly a: ComparedPlace; readonly b: ComparedPlace }
  /** Undefined until both images are read and compared. */
  readonly shown: ShownComparison | undefined
  /** Of the documents alone, while layers are read: sizes, the pull, settings, pairs of layers. */
  readonly early: ShownComparison | undefined
  /** Why the second image cannot be opened. Escaped. */
  readonly unopened: string | undefined
  /** Whether files that may differ by known noise only were looked into. */
  readonly isExplained: boolean
  /** Undefined before they are looked up. */
  readonly packages: PackageLookup | undefined
  readonly page: ComparePage
  readonly ignore: IgnoreSet
  /** The layers whose changes alone are listed; undefined for all. */
  readonly pair: LayerPair | undefined
  /** The selection that `shown` was made with: another one was asked for where it is not `ignore` and `pair`. */
  readonly shownBy: Pick<OpenComparison, 'ignore' | 'pair'>
  /** Paths of open directories, and of directories whose quiet changes are listed one by one. */
  readonly open: ReadonlySet<string>
  readonly listed: ReadonlySet<string>
  /** Whether rows that are the same on both sides are shown too. */
  readonly unchanged: boolean
}

/** The packages of a comparison, as far as their databases are read. */
export type PackageLookup =
  | { readonly state: 'reading' }
  /** Escaped. */
  | { readonly state: 'failed'; readonly why: string }
  /** `compared` is undefined where no database differs. `lists` are both sides' packages, for another selection of the same rows. */
  | { readonly state: 'found'; readonly compared: ComparedPackages | undefined; readonly lists: PackageLists | undefined }

export type CompareSlice = {
  /** The first of two, from the first `=` to the second. */
  readonly marked: Comparable | undefined
  /** The other side of a comparison that begins as soon as the image of this reference is open. */
  readonly wanted: { readonly reference: string; readonly with: Comparable | LayerRange } | undefined
  readonly comparison: OpenComparison | undefined
}

export const NO_COMPARISON: CompareSlice = { marked: undefined, wanted: undefined, comparison: undefined }

export function newComparison(a: ComparedPlace, b: ComparedPlace): OpenComparison {
  const none: ReadonlySet<string> = new Set()
  return {
    sides: { a, b },
    shown: undefined,
    early: undefined,
    unopened: undefined,
    isExplained: false,
    packages: undefined,
    page: 'summary',
    ignore: 'exact',
    pair: undefined,
    shownBy: { ignore: 'exact', pair: undefined },
    open: none,
    listed: none,
    unchanged: false,
  }
}

/** `set` with the member added, or without it. */
export function toggled(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  return set.has(member) ? new Set([...set].filter(each => each !== member)) : new Set(set).add(member)
}
