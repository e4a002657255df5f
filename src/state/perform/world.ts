import type { Descriptor } from '../../blob/descriptor.ts'
import type { Range } from '../../blob/source.ts'
import type { Ownership } from '../../check/ownership.ts'
import type { ContentLooker } from '../../compare/look-into.ts'
import type { ImageError } from '../../error.ts'
import type { FilePath } from '../../layer/file-path.ts'
import type { KnownLayer } from '../../layer/reading.ts'
import type { FoundReferrer, ListedPage, Listing, NameFacts } from '../../list/listing.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import type { RebuildProgress } from '../../rebuild/workshop.ts'
import type { Comparable } from '../model/compare.ts'
import type { ArtifactPage } from '../model/content.ts'
import type { CompletedText } from '../model/effect.ts'
import type { Analysis, OpenedImage } from '../model/open-image.ts'
import type { RebuildRequest, RebuildSummary } from '../model/rebuild-summary.ts'
import type { ServedPlace, ServedRequest } from '../model/serving.ts'
import type { Settings } from '../model/settings.ts'
import type { FoundOfSet } from '../model/shared.ts'
import type { FoundImages, StartItem } from '../model/start.ts'
import type { CheckedSoFar } from '../model/story.ts'

type ReadLayerOptions = {
  readonly onProgress: (done: number) => void
  /** Of the layers that wait, the one with the highest is next; asked for each time one may begin. */
  readonly priority: () => number
  /** By reading it, whatever its table of contents says: that proves it. */
  readonly whole: boolean
}

/** An image that was opened, and the operations on it. Closing it aborts what still runs. */
export interface ImageHandle extends OpenedImage {
  /** Reads or lists a layer's files, by its table of contents where that saves fetching it. Any number at once. @throws ImageError */
  readLayer(position: number, options: ReadLayerOptions, signal: AbortSignal): Promise<KnownLayer>
  /** The sums over the first `readings.length` layers; off the interface's way where it is long. */
  analyse(readings: readonly KnownLayer[], signal: AbortSignal): Promise<Analysis>
  /** The findings of the image; with its documents, while a layer is not read whole. Steps keep keys answered. @throws ImageError */
  check(readings: readonly (KnownLayer | undefined)[], signal: AbortSignal): Promise<CheckedSoFar>
  /** The owners of files by the package databases of the layers that are read; `everything`: those of npm and gems too. @throws ImageError */
  owners(readings: readonly (KnownLayer | undefined)[], everything: boolean, signal: AbortSignal): Promise<Ownership>
  /**
   * The contents of files of layers that lie here, each layer in one pass; those of others are left out: nothing is fetched.
   * @throws ImageError
   */
  readFiles(
    readings: readonly (KnownLayer | undefined)[],
    files: readonly TreeNode[],
    signal: AbortSignal,
  ): AsyncIterable<readonly [file: TreeNode, bytes: AsyncIterable<Uint8Array>]>
  /** Whether files of the layer can be read without fetching much: its blob lies here, is small, or is read by ranges. */
  isNear(layer: number, reading: KnownLayer): Promise<boolean>
  /** @throws ImageError */
  readFile(reading: KnownLayer, layer: number, entry: number, range: Range, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** @throws ImageError */
  readBlob(blob: Descriptor, range: Range, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** Writes a path of a snapshot to disk, safely; says what was written. @throws ImageError */
  save(
    readings: readonly (KnownLayer | undefined)[],
    layers: number,
    path: FilePath,
    destination: string,
    signal: AbortSignal,
  ): Promise<string>
  /** Writes bytes to a new file; says what was written. @throws ImageError when it exists or cannot be written */
  saveBytes(bytes: AsyncIterable<Uint8Array>, destination: string, signal: AbortSignal): Promise<string>
  /**
   * Carries a plan out on the image, and writes the result where the wish says. A write that is aborted or fails leaves
   * nothing behind. Without a destination what was made is kept, where there is room, until `signal` aborts: writing the same
   * plan uses it. @throws ImageError
   */
  rebuild(wish: RebuildRequest, onProgress: (progress: RebuildProgress) => void, signal: AbortSignal): Promise<RebuildSummary>
  /** An artifact in words, by its config and the beginnings of its blobs. @throws ImageError */
  artifactPage(signal: AbortSignal): Promise<ArtifactPage>
  /** The manifests that refer to a digest where the image came from; nothing where places do not tell. @throws ImageError */
  referrers(subject: Descriptor, signal: AbortSignal): Promise<readonly FoundReferrer[]>
  close(): Promise<void>
}

/** The door to disk, network, threads and terminal. `cli` makes the real one, tests make theirs. */
export interface World {
  /** @throws ImageError */
  open(reference: string, wanted: { digest?: string; platform?: string }, signal: AbortSignal): Promise<ImageHandle>
  /** A page at a time, each when it is asked for. @throws ImageError */
  list(listing: Listing, signal: AbortSignal): AsyncIterable<ListedPage>
  /** @throws ImageError */
  describe(reference: string, signal: AbortSignal): Promise<NameFacts>
  find(signal: AbortSignal): AsyncIterable<readonly StartItem[]>
  /** The images in these places that answer to words; again as more of them are known. Nothing beyond this machine is asked. */
  search(text: string, places: readonly StartItem[], signal: AbortSignal): AsyncIterable<FoundImages>
  /** The ways to go on with a typed destination or place: paths on this disk, those used before. */
  complete(text: string, of: CompletedText): Promise<readonly string[]>
  /**
   * The documents of several images, or why one cannot be had; a place that holds several, none of which is named, stands for each of
   * them. `onTried` hears how many were tried.
   */
  loadSet(
    wanted: readonly Pick<Comparable, 'reference' | 'digest' | 'platform'>[],
    onTried: (count: number) => void,
    signal: AbortSignal,
  ): Promise<readonly FoundOfSet[]>
  /** Takes contents of files apart, large ones in a thread, until it is closed. */
  looker(signal: AbortSignal): ContentLooker
  /**
   * Serves a place of this machine as a registry on loopback, read-only, until it is closed; `onRequest` hears of each answered request.
   * @throws ImageError
   */
  serve(
    reference: string,
    onRequest: (request: ServedRequest) => void,
    signal: AbortSignal,
  ): Promise<ServedPlace & { close(): Promise<void> }>
  /** Runs the user's pager on the bytes, the screen being suspended; a temporary file of mode 0600 holds them. */
  page(bytes: AsyncIterable<Uint8Array>, name: string, signal: AbortSignal): Promise<void>
  /** False when the terminal cannot take it (too long, dumb). */
  copy(text: string): boolean
  saveSettings(settings: Settings): Promise<void>
  repaint(): void
  suspend(): Promise<void>
  quit(error: ImageError | undefined): void
}
