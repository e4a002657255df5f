import type { Digest } from '../blob/digest.ts'
import type { Image } from '../image/load.ts'
import type { Changeset } from '../layer/changeset.ts'
import type { Steps } from '../overlay/steps.ts'
import type { Snapshot } from '../overlay/tree.ts'
import { usageSteps } from '../space/usage.ts'
import type { ComparedLayer } from './align-layers.ts'

/** One side of a comparison: a whole image, or its first layers. */
export type ComparedImage = {
  /** As it was asked for. */
  readonly reference: string
  readonly image: Image
  /** An artifact's own config, parsed; an image has its config in `image`. */
  readonly settings?: unknown
  /** Base first; fewer than the image's where only its first layers are meant. */
  readonly layers: readonly ComparedLayer[]
  /** The merged tree; undefined where documents decided and no layer was read. */
  readonly snapshot: Snapshot | undefined
}

/** The first `count` layers of an image as a comparison looks at them, with what is known of their files by position. */
export function comparedLayers(
  { layers, steps }: Image,
  changesets: readonly (Changeset | undefined)[],
  count = layers.length,
): readonly ComparedLayer[] {
  const instructions = new Map(steps.map(({ layer, history }) => [layer, history?.createdBy]))
  return layers.slice(0, count).map(({ position, blob, diffID }) => ({
    position,
    digest: blob.digest,
    diffID,
    size: blob.size,
    createdBy: instructions.get(position),
    changeset: changesets[position],
  }))
}

export type Side = {
  readonly reference: string
  /** Null for the first layers of an image, which are no image of their own. */
  readonly digest: Digest | null
  /** Compressed bytes of all layers. */
  readonly size: number
  /** Content bytes and names of the merged tree; null where no layer was read. */
  readonly content: number | null
  readonly entries: number | null
}

/** One of two images in figures, in small steps: its tree is summed where that was not done before. */
export function* sideOf({ reference, image, layers, snapshot }: ComparedImage): Steps<Side> {
  return {
    reference,
    digest: layers.length === image.layers.length ? image.descriptor.digest : null,
    size: layers.reduce((sum, { size }) => sum + size, 0),
    content: snapshot === undefined ? null : (yield* usageSteps(snapshot)).bytes(snapshot.root),
    entries: snapshot?.count ?? null,
  }
}

/**
 * Whether documents do not decide what the trees have differently: neither the same image nor the same DiffIDs in order. Artifacts
 * may give one blob two names.
 */
export function needsTrees(a: Pick<ComparedImage, 'image' | 'layers'>, b: Pick<ComparedImage, 'image' | 'layers'>): boolean {
  return !isIdentical(a, b) && (isArtifact(a) || isArtifact(b) || !hasSameDiffIDs(a, b))
}

/** Whether both sides are known as far as it takes: read, or decided by their documents. */
export function isKnown(a: ComparedImage, b: ComparedImage): boolean {
  return !needsTrees(a, b) || (a.snapshot !== undefined && b.snapshot !== undefined)
}

export function isArtifact({ image }: Pick<ComparedImage, 'image'>): boolean {
  return image.artifactType !== undefined
}

/** The same manifest, and as many of its layers. */
export function isIdentical(a: Pick<ComparedImage, 'image' | 'layers'>, b: Pick<ComparedImage, 'image' | 'layers'>): boolean {
  return a.image.descriptor.digest === b.image.descriptor.digest && a.layers.length === b.layers.length
}

/** Nothing but the compression of layers differs: the same config document, the same DiffIDs, other blobs. */
export function isRecompressed(a: Pick<ComparedImage, 'image' | 'layers'>, b: Pick<ComparedImage, 'image' | 'layers'>): boolean {
  const [mine, theirs] = [a.image.config, b.image.config]
  if (mine === undefined || theirs === undefined || isIdentical(a, b) || !hasSameDiffIDs(a, b)) return false
  return (
    mine.descriptor.digest === theirs.descriptor.digest &&
    a.layers.some(({ digest }, index) => digest !== b.layers[index]?.digest)
  )
}

function hasSameDiffIDs(a: Pick<ComparedImage, 'layers'>, b: Pick<ComparedImage, 'layers'>): boolean {
  if (a.layers.length !== b.layers.length) return false
  return a.layers.every(({ digest, diffID }, index) => {
    const other = b.layers[index]
    return digest === other?.digest || (diffID !== undefined && diffID === other?.diffID)
  })
}
