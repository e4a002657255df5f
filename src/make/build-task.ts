import type { Descriptor } from '../blob/descriptor.ts'
import type { Family } from '../blob/media-type.ts'
import type { BlobSource } from '../blob/source.ts'
import type { Image } from '../image/load.ts'
import type { Platform } from '../image/platform.ts'
import type { FilePath } from '../layer/file-path.ts'
import type { Compress } from '../rebuild/plan.ts'
import type { Setting } from '../rebuild/setting.ts'
import type { AddRules } from './added-layer.ts'
import type { SourceTree } from './source-tree.ts'

/** One step of a layer of files; `words` is the step as history tells it. */
export type BuildStep =
  | { readonly kind: 'add'; readonly words: string; readonly tree: SourceTree; readonly rules: AddRules }
  /** Makes the image's tree the source's: paths that the source lacks are removed. */
  /** `absent`: names that the tree lacks and that stay all the same. */
  | {
      readonly kind: 'mirror'
      readonly words: string
      readonly tree: SourceTree
      readonly rules: AddRules
      readonly absent: ReadonlySet<FilePath>
    }
  /** `path` as typed. */
  | { readonly kind: 'delete'; readonly words: string; readonly path: string }

/** A layer that is asked for. */
export type BuildLayer = { readonly history: string | undefined } & (
  | { readonly kind: 'files'; readonly steps: readonly BuildStep[] }
  | { readonly kind: 'tar'; readonly words: string; readonly tar: TarInput }
)

/** A tar that becomes a layer as it is: compressed bytes that are kept, or a tar that is compressed. */
export type TarInput =
  | { readonly kind: 'blob'; readonly source: BlobSource; readonly blob: Descriptor }
  | { readonly kind: 'tar'; readonly name: string; readonly chunks: (signal?: AbortSignal) => AsyncIterable<Uint8Array> }

/** The image that layers are put on. */
export type BuildBase = {
  readonly image: Image
  readonly source: BlobSource
  /** Said of the result in its annotations, where the base came from a registry. */
  readonly annotations: Readonly<Record<string, string>>
}

export type BuildTask = {
  /** Undefined for an image on nothing. */
  readonly base: BuildBase | undefined
  readonly layers: readonly BuildLayer[]
  readonly settings: readonly Setting[]
  readonly compress: Compress
  /** Of an image on nothing, and of the result where the base is of another. */
  readonly platform: Platform
  readonly family: Family | undefined
  /** Seconds since the epoch that files are given; undefined: the newest of each layer's files, rounded down. */
  readonly time: number | undefined
}
