import type { Digest } from '../../blob/digest.ts'
import type { SharedLayers } from '../../compare/shared-layers.ts'
import type { ImageError } from '../../error.ts'
import type { Image } from '../../image/load.ts'
import type { Comparable } from './compare.ts'

/** Images that are looked at together, for the layers they share. */
export type SharedSlice = {
  /** Marked on the start screen, in a list of tags or in the index, in the order of marking. */
  readonly marked: readonly Comparable[]
  readonly page: SharedPage | undefined
}

/** An image of a set as it was found. */
export type FoundOfSet = {
  /** The place of what it was found by among the images asked for. */
  readonly wanted: number
  /** `:TAG` or `@DIGEST` where that place holds several images and none was named, else empty; as written. */
  readonly suffix: string
  readonly found: Image | ImageError
}

export type SharedPage = {
  /** As marked; once they are found each image of a place by itself. */
  readonly asked: readonly Comparable[]
  /** Images whose documents arrived or cannot be had, while the others are waited for. */
  readonly tried: number
  readonly found: FoundSet | undefined
  /** Keys of the groups whose layers are listed. */
  readonly open: ReadonlySet<string>
  /** The screen that Esc goes back to: the start screen with its lists, or the image's panes. */
  readonly on: 'start' | 'image'
}

/** The shared layers, of the images that could be opened. Positions of `shared` are those of `indexes`. */
export type FoundSet = {
  readonly shared: SharedLayers
  /** Place in `asked` of each image of `shared`. */
  readonly indexes: readonly number[]
  /** Commands of the layers, escaped. */
  readonly commands: ReadonlyMap<Digest, string>
  readonly failed: readonly { readonly index: number; readonly error: ImageError }[]
}

export const NO_SET: SharedSlice = { marked: [], page: undefined }

/** More marked images than this would not be told apart on a screen. */
export const MOST_MARKED = 200

/** Whether two images to open are one. */
export function isSameComparable(one: Comparable, other: Comparable): boolean {
  return one.reference === other.reference && one.digest === other.digest
}

/** Whether the image is marked for the set. */
export function isMarked({ marked }: SharedSlice, image: Comparable | undefined): boolean {
  return image !== undefined && marked.some(each => isSameComparable(each, image))
}
