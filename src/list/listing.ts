import type { Descriptor } from '../blob/descriptor.ts'

/** A place whose names can be listed. */
export type Listing =
  | { readonly kind: 'repositories'; readonly host: string }
  | { readonly kind: 'tags'; readonly host: string; readonly path: string }
  /** Images of the local docker or podman. */
  | { readonly kind: 'engine' }

/** The facts of a listed image beside its name. */
export type NameFacts = {
  /** As the image's config says it, ISO 8601; escaped. */
  readonly created?: string
  /** Bytes of the blobs as they are stored, or of the unpacked image where an engine counts those. */
  readonly size?: number
  /** Such as `linux/amd64` or `3 platforms`; escaped. */
  readonly note?: string
  /** Of the manifest or the index that the name stands for. */
  readonly digest?: string
  /** Of the image for this machine's platform, else of the first. */
  readonly layers?: readonly Descriptor[]
}

/** One name of a listing as it was given, unescaped. */
export type ListedName = { readonly name: string; readonly facts?: NameFacts }

/** Some of the names of a place. `notices`: what it says for the first time, escaped. */
export type ListedPage = { readonly names: readonly ListedName[]; readonly notices: readonly string[] }

/** Something in a registry that refers to an image: a signature, an attestation, an SBOM. */
export type FoundReferrer = {
  readonly descriptor: Descriptor
  readonly artifactType: string
  /** How it was found: `api`, `fallback-tag`, `cosign-tag`. */
  readonly via: string
}
