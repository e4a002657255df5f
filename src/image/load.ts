import type { Descriptor } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import type { Diagnostic, ImageError } from '../error.ts'
import type { ImageConfig } from './config.ts'
import type { HistoryStep } from './history.ts'
import type { ImageIndex } from './image-index.ts'
import type { Manifest } from './manifest.ts'
import type { Platform } from './platform.ts'

/** A document as it lies in its blob and as it was understood. `raw` is written back byte for byte when nobody edits it. */
export type Document<Value> = {
  readonly descriptor: Descriptor
  readonly raw: Uint8Array
  readonly value: Value
  readonly diagnostics: readonly Diagnostic[]
}

/** A layer is named by its position, base 0: digests may repeat in one image. */
export type Layer = {
  readonly position: number
  readonly blob: Descriptor
  /** What the config claims; undefined when the config is missing or too short. */
  readonly diffID: Digest | undefined
}

/** One image: a manifest with its config and layers, base first. */
export type Image = {
  readonly descriptor: Descriptor
  readonly manifest: Document<Manifest>
  /** Undefined when the blob is missing or unreadable (a diagnostic says why). */
  readonly config: Document<ImageConfig> | undefined
  readonly layers: readonly Layer[]
  readonly steps: readonly HistoryStep[]
  readonly platform: Platform | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/** The tree of what a source holds: index → manifests → attestations. Nothing below a manifest is read to list it. */
export type ImageNode = {
  readonly descriptor: Descriptor
  /** `ref.name`, containerd's full name, docker's RepoTags: as written, unescaped. */
  readonly names: readonly string[]
  readonly platform: Platform | undefined
} & (
  | { readonly kind: 'index'; readonly document: Document<ImageIndex>; readonly children: readonly ImageNode[] }
  /** A manifest with an image config; its attestations hang below it. */
  | { readonly kind: 'image'; readonly document: Document<Manifest>; readonly children: readonly ImageNode[] }
  | { readonly kind: 'attestation' | 'artifact'; readonly document: Document<Manifest> }
  /** An unknown media type: legal, listed, its blob can be looked at. */
  | { readonly kind: 'other' }
  /** Named by an index but absent (another platform's, in a containerd save) or unreadable. */
  | { readonly kind: 'missing' | 'unreadable'; readonly error: ImageError }
)
