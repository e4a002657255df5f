import { artifactParts } from '../artifact/generic-rule.ts'
import { spanListOf } from '../artifact/soci/span-list.ts'
import { estargzTocDigest } from '../blob/estargz.ts'
import { embeddedData } from '../blob/read.ts'
import { chunkedToc } from '../blob/zstd-chunked.ts'
import type { Image, Layer } from '../image/load.ts'
import type { Session } from './session.ts'

/** How a layer's files become known, and how many bytes that takes from where the image lies. */
type LayerCost = {
  readonly position: number
  /** `here`: its blob lies on this machine; `known`: it was read before; `table`, `index`: its table of contents or SOCI index is fetched; `pull`: all of it; `file`: one file of an artifact, which is listed by its descriptor. */
  readonly how: 'here' | 'known' | 'table' | 'index' | 'pull' | 'file'
  readonly bytes: number
}

export type ReadingCost = {
  readonly layers: readonly LayerCost[]
  /** Bytes that listing all layers would fetch. */
  readonly bytes: number
  /** Whether that is so much that a person should be asked what to read. */
  readonly asks: boolean
}

/** Bytes from which on a person is asked before layers are pulled, unless told otherwise. */
export const ASK_ABOVE = 200_000_000
/** A table of contents lies at the end of its layer; most are shorter than this. */
const TABLE = 64 * 1024

/**
 * The cost of listing the layers of an image, before any is read: documents are asked for at most, never a layer. An
 * interface that opens an image without pulling shows this, and what `Image` has already.
 * @throws ImageError those of the source
 */
export async function readingCost(
  session: Session,
  image: Image,
  { askAbove = ASK_ABOVE, signal }: { readonly askAbove?: number; readonly signal?: AbortSignal } = {},
): Promise<ReadingCost> {
  const layers: LayerCost[] = []
  // One after the other: the first may learn of an index that all others are in.
  const files = image.artifactType === undefined ? NO_FILES : filesOf(image)
  for (const layer of image.layers) {
    const isFile = files.has(layer.position)
    layers.push(isFile ? { position: layer.position, how: 'file', bytes: 0 } : await layerCost(session, layer, signal))
  }
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0)
  return { layers, bytes, asks: bytes > askAbove }
}

const NO_FILES: ReadonlySet<number> = new Set()

/** Positions of the blobs of an artifact that are no trees. */
function filesOf({ layers }: Image): ReadonlySet<number> {
  const parts = artifactParts(layers.map(({ blob }) => blob))
  return new Set(parts.filter(({ tar }) => !tar).map(({ position }) => position))
}

async function layerCost(session: Session, { position, blob }: Layer, signal: AbortSignal | undefined): Promise<LayerCost> {
  const { source, pool } = session
  if (embeddedData(blob) !== undefined || (await source.locate(blob)) !== undefined) return { position, how: 'here', bytes: 0 }
  if ((await pool.known(source, blob)) !== undefined) return { position, how: 'known', bytes: 0 }
  if (estargzTocDigest(blob) !== undefined || chunkedToc(blob) !== undefined)
    return { position, how: 'table', bytes: Math.min(TABLE, blob.size) }
  const index = await session.ztocOf(blob, signal)
  if (index === undefined) return { position, how: 'pull', bytes: blob.size }
  return { position, how: 'index', bytes: spanListOf(index)?.headSize ?? index.size }
}
