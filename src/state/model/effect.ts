import type { Descriptor } from '../../blob/descriptor.ts'
import type { Range } from '../../blob/source.ts'
import type { ComparedImage } from '../../compare/compared-image.ts'
import type { PackageLists } from '../../compare/package-differences.ts'
import type { Selection, SelectionOptions } from '../../compare/selection.ts'
import type { TreeRows } from '../../compare/tree-rows.ts'
import type { ImageError } from '../../error.ts'
import type { FilePath } from '../../layer/file-path.ts'
import type { Job } from '../../list/compute.ts'
import type { Listing } from '../../list/listing.ts'
import type { Comparable } from './compare.ts'
import type { ContentSource } from './content.ts'
import type { ImageId } from './open-image.ts'
import type { RebuildRequest } from './rebuild-summary.ts'
import type { Settings } from './settings.ts'
import type { StartItem } from './start.ts'

/** Texts of prompts that go on with what is known outside: a destination to write to, a place to open. */
export type CompletedText = 'destination' | 'place'

/**
 * Requests to the world, as values. `perform` does them; each can be aborted: an effect aborts the one before it
 * that has the same key (`effectKey`), and `abort` stops one without a successor.
 */
export type Effect =
  /** Looks for layouts and archives in the current directory and the recently opened images. */
  | { readonly type: 'find' }
  /** Searches the images in places by what they are for; comes back as `searched`, more than once where there is much to look at. */
  | { readonly type: 'search'; readonly text: string; readonly places: readonly StartItem[] }
  /** Lists repositories, tags or an engine's images; after each page it waits for `list-more`. */
  | { readonly type: 'list'; readonly listing: Listing }
  | { readonly type: 'list-more' }
  /** When a listed image was made and how large it is. */
  | { readonly type: 'describe'; readonly reference: string }
  /** Looks for what an artifact says of itself: its config, and the beginnings of its blobs. */
  | { readonly type: 'artifact'; readonly image: ImageId }
  /** Lists the manifests that refer to a digest of the image's repository. */
  | { readonly type: 'referrers'; readonly image: ImageId; readonly subject: Descriptor }
  /** The layer to read before the others that wait. */
  | { readonly type: 'prefer-layer'; readonly image: ImageId; readonly layer: number }
  /** Opens a source and the image in it, in the place of the one that has the name now: `digest` picks a manifest, else `platform`, else the host's platform. */
  | {
      readonly type: 'open'
      readonly image: ImageId
      readonly reference: string
      readonly digest?: string
      readonly platform?: string
    }
  | { readonly type: 'close'; readonly image: ImageId }
  /** Reads layers of an image, the preferred one next whenever one may begin. */
  | { readonly type: 'read-layers'; readonly image: ImageId; readonly layers: readonly number[] }
  /** Looks for what is wrong with an image, as far as its layers are read. */
  | { readonly type: 'check'; readonly image: ImageId }
  /** Reads again a layer that failed. */
  | { readonly type: 'read-layer'; readonly image: ImageId; readonly layer: number }
  /** A file's bytes, from the entry of a layer that carries them. */
  | {
      readonly type: 'read-file'
      readonly image: ImageId
      readonly tag: string
      readonly layer: number
      readonly entry: number
      readonly range: Range
      /** Only where the bytes are here or fetching them is cheap; nothing comes back otherwise. */
      readonly near?: boolean
    }
  /** A blob's bytes as they are stored, verified when read whole. */
  | {
      readonly type: 'read-blob'
      readonly image: ImageId
      readonly tag: string
      readonly blob: Descriptor
      readonly range: Range
    }
  /** Writes a file or a tree of the first `layers` layers' snapshot, or of one layer, to `destination` on disk. */
  | {
      readonly type: 'save'
      readonly image: ImageId
      readonly tag: string
      readonly path: FilePath
      /** The snapshot it is taken from: the number of layers. */
      readonly layers: number
      /** As typed by the user. */
      readonly destination: string
    }
  /** Writes one version of a file, or a blob as it is stored, to `destination`. */
  | { readonly type: 'save-bytes'; readonly tag: string; readonly source: ContentSource; readonly destination: string }
  | { readonly type: 'save-text'; readonly tag: string; readonly text: string; readonly destination: string }
  /**
   * Carries a plan out on the open image; without a destination only to know what it would come to: `atOnce`, or after the plan has
   * been left alone for a moment.
   */
  | ({ readonly type: 'rebuild'; readonly tag: 'measure' | 'write'; readonly atOnce?: boolean } & RebuildRequest)
  /** Looks for what a typed destination, or a place to open, may go on with. */
  | { readonly type: 'complete'; readonly text: string; readonly of: CompletedText }
  /** Opens one version of a file or a blob in the pager; the screen is suspended meanwhile. */
  | { readonly type: 'page'; readonly source: ContentSource; readonly name: string }
  /** The same with text that was made here. */
  | { readonly type: 'page-text'; readonly text: string; readonly name: string }
  /** Sends text to the terminal's clipboard (OSC 52). `what` names it for the message. */
  | { readonly type: 'copy'; readonly text: string; readonly what: string }
  /** Work on what is in memory already, in steps between which keys are answered. */
  | { readonly type: 'compute'; readonly tag: string; readonly job: Job }
  /**
   * Compares two images in memory, then looks into files that may differ by noise only. `known` are rows that were found before,
   * and whether noise was looked for.
   */
  | {
      readonly type: 'compare'
      readonly tag: 'compare'
      readonly a: ComparedImage
      readonly b: ComparedImage
      /** The images whose files these are. */
      readonly from: { readonly a: ImageId; readonly b: ImageId }
      readonly options: SelectionOptions
      readonly known: KnownRows | undefined
    }
  /**
   * Reads the package databases of two open images, as they were after so many layers, where rows of `files` say that they differ.
   * `known` is what they said before.
   */
  | {
      readonly type: 'compare-packages'
      readonly tag: 'compare-packages'
      readonly a: LayersOf
      readonly b: LayersOf
      readonly files: Selection
      readonly known: PackageLists | undefined
    }
  /** Finds the first byte in which two files of any size differ. */
  | {
      readonly type: 'first-difference'
      readonly tag: 'difference-first'
      readonly before: FilePlace
      readonly after: FilePlace
    }
  /** Compares the contents of two files: their parts, and line by line what is text. */
  | {
      readonly type: 'difference'
      readonly tag: 'difference-lines'
      readonly before: Uint8Array
      readonly after: Uint8Array
    }
  /** Loads the documents of several images, no layer. */
  | { readonly type: 'load-set'; readonly tag: 'load-set'; readonly images: readonly Comparable[] }
  /** Serves a place as a registry on loopback until it is aborted; `serving` says where, `served` what was asked for. */
  | { readonly type: 'serve'; readonly tag: 'serve'; readonly reference: string }
  | { readonly type: 'settings'; readonly settings: Settings }
  /** Comes back as an `expire` action. */
  | { readonly type: 'wait'; readonly milliseconds: number }
  /** Comes back as a `rested` action, unless another one takes its place before. */
  | { readonly type: 'rest'; readonly milliseconds: number }
  | { readonly type: 'abort'; readonly key: string }
  | { readonly type: 'repaint' }
  | { readonly type: 'suspend' }
  /** With the reason, when it ends because of one. */
  | { readonly type: 'quit'; readonly error?: ImageError }

/** Rows of a comparison that was made before, and whether those that differ by noise only are known among them. */
type KnownRows = { readonly rows: TreeRows; readonly isExplained: boolean }

/** A file of an open image: the entry of a layer that carries its bytes. */
export type FilePlace = { readonly image: ImageId; readonly layer: number; readonly entry: number }

/** The first so many layers of an open image. */
export type LayersOf = { readonly image: ImageId; readonly layers: number }

/** Effects with one key replace each other: the newer aborts the older. Those of different images have different keys. */
export function effectKey(effect: Effect): string {
  const key = 'tag' in effect ? `${effect.type}:${effect.tag}` : effect.type
  const ofImage = 'image' in effect && effect.image !== 'shown' ? `${key}@${effect.image}` : key
  return effect.type === 'read-layer' ? `${ofImage}:${effect.layer}` : ofImage
}
