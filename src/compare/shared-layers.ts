import { sizeOfBlobs } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import type { Image } from '../image/load.ts'

/** Which layers several images have in common, and what they weigh together. Bytes are compressed. */
export type SharedLayers = {
  readonly images: readonly SharingImage[]
  /** Every blob once, in the order the images name them. */
  readonly layers: readonly SharedLayer[]
  /** Σ of the images, as if nothing were shared. */
  readonly total: number
  /** Bytes in a place that holds each blob once. */
  readonly stored: number
}

type SharingImage = {
  readonly reference: string
  readonly digest: Digest
  readonly size: number
  /** Bytes of the layers that no other of these images has. */
  readonly unique: number
}

export type SharedLayer = {
  readonly digest: Digest
  readonly diffId: Digest | null
  readonly size: number
  /** Positions of the images that have it. */
  readonly images: readonly number[]
}

/** The layers that several images share, by their documents alone. The same layer compressed twice is two blobs with one DiffID. */
export function sharedLayers(images: readonly { readonly reference: string; readonly image: Image }[]): SharedLayers {
  const layers = new Map<Digest, { digest: Digest; diffId: Digest | null; size: number; images: Set<number> }>()
  for (const [index, { image }] of images.entries())
    for (const { blob, diffID } of image.layers) {
      const known = layers.get(blob.digest) ?? { digest: blob.digest, diffId: null, size: blob.size, images: new Set() }
      known.diffId ??= diffID ?? null
      known.images.add(index)
      layers.set(blob.digest, known)
    }
  const unique = images.map(() => 0)
  let stored = 0
  for (const { size, images: owners } of layers.values()) {
    stored += size
    const [owner = 0] = owners
    if (owners.size === 1) unique[owner] = (unique[owner] ?? 0) + size
  }
  const sizes = images.map(({ image }) => sizeOfBlobs(image.layers))
  return {
    images: images.map(({ reference, image }, index) => ({
      reference,
      digest: image.descriptor.digest,
      size: sizes[index] ?? 0,
      unique: unique[index] ?? 0,
    })),
    layers: [...layers.values()].map(layer => ({ ...layer, images: [...layer.images] })),
    total: sizes.reduce((sum, size) => sum + size, 0),
    stored,
  }
}

/** Bytes that would be stored once if every layer were compressed in one way: all but the largest blob of each DiffID. */
export function recompressedTwice({ layers }: Pick<SharedLayers, 'layers'>): number {
  const sizes = new Map<Digest, number[]>()
  for (const { diffId, size } of layers) if (diffId !== null) sizes.set(diffId, [...(sizes.get(diffId) ?? []), size])
  return [...sizes.values()].reduce((sum, each) => sum + each.reduce((all, size) => all + size, 0) - Math.max(...each), 0)
}

/** Layers that the same images have: one block of the picture of what shares what. */
export type SharedGroup = {
  /** Positions of the images, ascending. */
  readonly images: readonly number[]
  readonly layers: readonly SharedLayer[]
  /** Σ of the layers, each once. */
  readonly size: number
}

/** The layers by the images that have them: first what sharing saves most by, then what weighs most. Every layer is in one group. */
export function sharedGroups({ layers }: Pick<SharedLayers, 'layers'>): readonly SharedGroup[] {
  const groups = Map.groupBy(layers, ({ images }) => images.join(' '))
  const saved = ({ images, size }: SharedGroup) => size * (images.length - 1)
  return [...groups.values()]
    .map(each => ({
      images: each[0]?.images ?? [],
      layers: each,
      size: each.reduce((sum, { size }) => sum + size, 0),
    }))
    .sort((one, other) => saved(other) - saved(one) || other.size - one.size)
}

/** DiffIDs that several blobs have: the same content, compressed in more than one way. */
export function recompressedContents({ layers }: Pick<SharedLayers, 'layers'>): ReadonlySet<Digest> {
  const [once, twice] = [new Set<Digest>(), new Set<Digest>()]
  for (const { diffId } of layers) if (diffId !== null) (once.has(diffId) ? twice : once).add(diffId)
  return twice
}
