import { createWriteStream } from 'node:fs'
import { tmpdir } from 'node:os'
import { pipeline } from 'node:stream/promises'
import { ztocDescriptor } from '../../artifact/soci/soci-index.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { layerType } from '../../blob/media-type.ts'
import { embeddedData, readBlob } from '../../blob/read.ts'
import type { BlobSource, LocalBlob } from '../../blob/source.ts'
import type { Layer } from '../../image/load.ts'
import { removeTemporary, temporaryPath } from '../../transport/temporary.ts'
import type { MadeZtoc, ZtocOrder } from '../../worker/soci/ztoc-maker.ts'
import { ZtocThreads } from '../../worker/ztoc-threads.ts'
import type { Asking } from '../asking.ts'

export type SociOptions = {
  /** Uncompressed bytes between two checkpoints; 4 MiB is what readers of such indexes expect. */
  readonly spanSize: number
  /** Smaller layers get no zTOC, bytes: reading them costs as little. */
  readonly minLayerSize: number
}

export const SOCI_DEFAULTS: SociOptions = { spanSize: 4 * 1024 * 1024, minLayerSize: 1024 * 1024 }

/** The result for one layer: its zTOC, or why it has none. */
export type IndexedLayer = {
  readonly layer: Layer
  readonly ztoc: { readonly descriptor: Descriptor; readonly bytes: Uint8Array } | undefined
  readonly skipped: string | undefined
}

/**
 * The zTOCs of an image's layers, each proven by its digest as it is read; layers of a registry are fetched into temporary files.
 * @throws ImageError `BLOB_MISSING`, `BLOB_DIGEST_MISMATCH`, `NO_SPACE`, those of the source
 */
export async function indexLayers(
  source: BlobSource,
  layers: readonly Layer[],
  { spanSize, minLayerSize }: SociOptions,
  { signal, progress }: Pick<Asking, 'signal' | 'progress'>,
): Promise<readonly IndexedLayer[]> {
  const wanted = layers.filter(layer => whyNot(layer, minLayerSize) === undefined)
  const distinct = [...new Map(wanted.map(layer => [layer.blob.digest, layer.blob])).values()]
  const shown = progress('indexing')
  const threads = new ZtocThreads(distinct.length)
  const temporary: string[] = []
  try {
    const total = distinct.reduce((sum, { size }) => sum + size, 0)
    let done = 0
    const orders: ZtocOrder[] = []
    for (const blob of distinct) orders.push({ blob, local: await atHand(source, blob, temporary, signal), spanSize })
    const tell = ({ blob }: ZtocOrder) => {
      done += blob.size
      shown.update(done, total)
    }
    const made = await threads.make(orders, tell, signal)
    const byDigest = new Map(orders.map(({ blob }, index) => [blob.digest, made[index]]))
    return layers.map(layer => indexed(layer, whyNot(layer, minLayerSize), byDigest.get(layer.blob.digest), spanSize))
  } finally {
    shown.end()
    await threads.close()
    for (const file of temporary) await removeTemporary(file)
  }
}

function indexed(layer: Layer, why: string | undefined, made: MadeZtoc | undefined, spanSize: number): IndexedLayer {
  if (why !== undefined || made === undefined) return { layer, ztoc: undefined, skipped: why ?? 'it was not reached' }
  if ('skipped' in made) return { layer, ztoc: undefined, skipped: made.skipped }
  const descriptor = ztocDescriptor(made.ztoc, layer.blob, { spanSize, spans: made.list })
  return { layer, ztoc: { descriptor, bytes: made.ztoc }, skipped: undefined }
}

function whyNot({ blob }: Layer, minLayerSize: number): string | undefined {
  const type = layerType(blob.mediaType)
  if (type === undefined) return 'it is no tar'
  if (type.encrypted) return 'it is encrypted'
  if (type.compression === 'zstd') return 'it is compressed with zstd, which SOCI does not know'
  return blob.size < minLayerSize ? 'it is small' : undefined
}

async function atHand(source: BlobSource, blob: Descriptor, temporary: string[], signal: AbortSignal): Promise<LocalBlob> {
  const local = embeddedData(blob) === undefined ? await source.locate(blob) : undefined
  if (local !== undefined) return local
  const file = temporaryPath(tmpdir())
  temporary.push(file)
  await pipeline(readBlob(source, blob, signal), createWriteStream(file, { mode: 0o600 }), { signal })
  return { file, offset: 0, size: blob.size }
}
