import { INDEX_DIGEST, SOCI_V1, ztocsByLayer } from '../artifact/soci/soci-index.ts'
import type { Descriptor } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import type { BlobSource } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import { allNodes, type ImageListing } from '../image/list.ts'
import { type Image, loadManifest } from '../image/load.ts'

type Ztocs = ReadonlyMap<Digest, Descriptor>

/** Layers from this size on are worth asking a registry for an index, bytes. */
const WORTH_ASKING = 1024 * 1024

export type SociPlace = {
  readonly source: BlobSource
  readonly listing: ImageListing
  /** The images that were loaded so far: their layers may be asked for. */
  readonly images: readonly Image[]
  /** The manifests of an artifact type that refer to a manifest; none where the place cannot list any. */
  readonly referrers: (
    subject: Descriptor,
    artifactType: string,
    signal: AbortSignal | undefined,
  ) => Promise<readonly Descriptor[]>
}

/**
 * Finds the SOCI indexes of the images that were loaded: named by an image's manifest (version 2), or known to its registry (version
 * 1). Of layers that lie on this machine none is looked for. An index that cannot be read is none.
 */
export class SociLookup {
  readonly #place: SociPlace
  readonly #known = new Map<Digest, Promise<Ztocs>>()

  constructor(place: SociPlace) {
    this.#place = place
  }

  /** The zTOC of a layer; undefined where no index has one. */
  readonly ztocOf = async (blob: Descriptor, signal?: AbortSignal): Promise<Descriptor | undefined> => {
    const { source, images } = this.#place
    if (source.local === true || (await source.locate(blob)) !== undefined) return undefined
    for (const image of images) {
      if (!image.layers.some(layer => layer.blob.digest === blob.digest)) continue
      const ztocs = this.#known.get(image.descriptor.digest) ?? this.#find(image, signal)
      this.#known.set(image.descriptor.digest, ztocs)
      const found = (await ztocs).get(blob.digest)
      if (found !== undefined) return found
    }
    return undefined
  }

  async #find(image: Image, signal: AbortSignal | undefined): Promise<Ztocs> {
    try {
      const index = this.#listed(image) ?? (await this.#referring(image, signal))
      if (index === undefined) return new Map()
      return ztocsByLayer((await loadManifest(this.#place.source, index, signal)).value.layers)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ImageError) return new Map()
      throw error
    }
  }

  #listed({ manifest }: Image): Descriptor | undefined {
    const digest = manifest.value.annotations[INDEX_DIGEST]
    if (digest === undefined) return undefined
    return [...allNodes(this.#place.listing.nodes)].find(({ descriptor }) => descriptor.digest === digest)?.descriptor
  }

  async #referring({ descriptor, layers }: Image, signal: AbortSignal | undefined): Promise<Descriptor | undefined> {
    if (!layers.some(({ blob }) => blob.size >= WORTH_ASKING)) return undefined
    return (await this.#place.referrers(descriptor, SOCI_V1, signal))[0]
  }
}
