import type { Descriptor } from '../blob/descriptor.ts'

/** An OCI manifest or a docker schema 2 one. */
export type Manifest = {
  /** The document's own, or the descriptor's where the document has none. */
  readonly mediaType: string
  /** Falls back to the config's media type for artifacts (image-spec manifest.md). */
  readonly artifactType?: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations: Readonly<Record<string, string>>
}
