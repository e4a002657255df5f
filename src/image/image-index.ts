import type { Descriptor } from '../blob/descriptor.ts'

/** An OCI image index or a docker manifest list. */
export type ImageIndex = {
  readonly mediaType: string
  readonly artifactType?: string
  readonly manifests: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations: Readonly<Record<string, string>>
}
