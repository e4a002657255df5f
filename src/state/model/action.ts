import type { FirstDifference } from '../../compare/content/first-difference.ts'
import type { LineEdits } from '../../compare/content/line-edits.ts'
import type { ComparedPackages, PackageLists } from '../../compare/package-differences.ts'
import type { ShownComparison } from '../../compare/show-comparison.ts'
import type { ImageError } from '../../error.ts'
import type { KnownLayer } from '../../layer/reading.ts'
import type { Answer } from '../../list/compute.ts'
import type { FoundReferrer, ListedPage, NameFacts } from '../../list/listing.ts'
import type { Command } from '../keys/keys.ts'
import type { ArtifactPage } from './content.ts'
import type { DifferenceLine } from './difference.ts'
import type { Analysis, BytesRead, ImageId, OpenedImage } from './open-image.ts'
import type { RebuildStep, RebuildSummary } from './rebuild-summary.ts'
import type { ServedPlace, ServedRequest } from './serving.ts'
import type { FoundOfSet } from './shared.ts'
import type { FoundImages, StartItem } from './start.ts'
import type { CheckedSoFar } from './story.ts'

/** Everything that can happen: what the user does, and what comes back from the world. */
export type Action =
  | { readonly type: 'key'; readonly key: string }
  /** Pasted text. */
  | { readonly type: 'paste'; readonly text: string }
  | { readonly type: 'mouse'; readonly event: MouseEvent }
  /** The terminal has said whether its ground is light. */
  | { readonly type: 'ground'; readonly light: boolean }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  /** A command by its name: from a dialog, or at the start. */
  | { readonly type: 'command'; readonly command: Command; readonly argument?: string }
  /** An item of a `choose` dialog was picked. */
  | { readonly type: 'chosen'; readonly command: Command; readonly argument?: string }
  | { readonly type: 'expire' }
  | WorldAction

/** Cells count from 0 at the top left. */
export type MouseEvent = {
  readonly kind: 'press' | 'double' | 'wheel-up' | 'wheel-down'
  readonly column: number
  readonly row: number
  /** Index of the item that an open choice shows first: it scrolls by itself. */
  readonly firstItem?: number
}

/** Answers to effects. `tag` is the effect's: a view that asked knows its own. */
export type WorldAction =
  /** The cursor stayed where it was for a while. */
  | { readonly type: 'rested' }
  | { readonly type: 'found'; readonly candidates: readonly StartItem[] }
  | ({ readonly type: 'searched'; readonly text: string } & FoundImages)
  /** `id`: the place it was opened in. */
  | ({ readonly type: 'opened'; readonly id: ImageId; readonly reference: string } & OpenedImage)
  /** Bytes read of layers' blobs so far, those that moved. `at`: milliseconds of a clock that only goes forward. */
  | { readonly type: 'layer-progress'; readonly id: ImageId; readonly at: number; readonly layers: readonly BytesRead[] }
  | { readonly type: 'layer-read'; readonly id: ImageId; readonly layer: number; readonly reading: KnownLayer }
  | { readonly type: 'layer-failed'; readonly id: ImageId; readonly layer: number; readonly error: ImageError }
  | { readonly type: 'analysed'; readonly id: ImageId; readonly analysis: Analysis }
  /** Part of a file's or a blob's bytes. `size` is the size of the whole. */
  | {
      readonly type: 'content'
      readonly tag: string
      readonly bytes: Uint8Array
      readonly offset: number
      readonly size: number
    }
  | ({ readonly type: 'listed'; readonly more: boolean } & ListedPage)
  | { readonly type: 'described'; readonly reference: string; readonly facts: NameFacts }
  | { readonly type: 'artifact-described'; readonly page: ArtifactPage }
  | { readonly type: 'referrers-found'; readonly subject: string; readonly referrers: readonly FoundReferrer[] }
  | { readonly type: 'computed'; readonly answer: Answer }
  /** Findings of `peel check`, with what their rules say. */
  | ({ readonly type: 'checked'; readonly id: ImageId } & CheckedSoFar)
  /**
   * Not `isWhole`: of the documents alone. `isExplained`: files that may differ by noise only were looked into; if not, the same comes
   * once more.
   */
  | { readonly type: 'compared'; readonly shown: ShownComparison; readonly isWhole: boolean; readonly isExplained: boolean }
  /** Nothing where no package database differs. */
  | {
      readonly type: 'packages-compared'
      readonly packages: ComparedPackages | undefined
      readonly lists: PackageLists | undefined
    }
  | { readonly type: 'first-difference'; readonly first: FirstDifference }
  /** `edits` is undefined, and `lines` is empty, of what is no text or differs too much; `facts` are escaped. */
  | {
      readonly type: 'difference-found'
      readonly facts: readonly string[]
      readonly edits: LineEdits | undefined
      readonly lines: readonly DifferenceLine[]
    }
  /** How many images of a set were tried so far, then all that were found, each or why it cannot be had. */
  | { readonly type: 'set-progress'; readonly tried: number }
  | { readonly type: 'set-loaded'; readonly images: readonly FoundOfSet[] }
  | { readonly type: 'serving'; readonly served: ServedPlace }
  | { readonly type: 'served'; readonly requests: readonly ServedRequest[] }
  | { readonly type: 'rebuild-step'; readonly tag: string; readonly step: RebuildStep }
  | { readonly type: 'rebuilt'; readonly tag: string; readonly summary: RebuildSummary }
  /** How a destination that is being typed may go on, and those used last. */
  | { readonly type: 'completed'; readonly text: string; readonly offers: readonly string[] }
  /** Something was done that only needs saying: saved, sent to the clipboard. */
  | { readonly type: 'done'; readonly tag: string; readonly text: string }
  /** `id` where the effect was an image's. */
  | { readonly type: 'failed'; readonly tag: string; readonly id?: ImageId; readonly error: ImageError }
