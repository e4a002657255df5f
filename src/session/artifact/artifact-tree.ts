import type { BlobKind } from '../../artifact/blob-kind.ts'
import { type ArtifactPart, artifactParts } from '../../artifact/generic-rule.ts'
import { withoutMarks } from '../../artifact/plain-changeset.ts'
import { wholeBlob } from '../../artifact/whole-blob.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { splitDigest } from '../../blob/digest.ts'
import { layerMediaType, layerType } from '../../blob/media-type.ts'
import { readBlob } from '../../blob/read.ts'
import type { BlobSource, Range } from '../../blob/source.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import type { Image } from '../../image/load.ts'
import type { KnownLayer, LayerReading } from '../../layer/reading.ts'
import type { LayerPool, ReadLayerOptions, ScannedLayer } from '../../worker/pool.ts'
import { blobReader } from './blob-reader.ts'
import { partKind } from './part-kind.ts'

/** A blob of an artifact that is one file of its tree. */
export type WholeBlob = { readonly digest: string; readonly kind: BlobKind | undefined }

/** The contents of an artifact's blobs, blob by blob. */
export type ArtifactTree = {
  /** Lists the blob's files: a tar's entries, or the blob itself as one file, of which only the beginning is read. @throws ImageError */
  list(blob: Descriptor, options?: ReadLayerOptions): Promise<LayerReading>
  /** The same, and every byte is held against its digest. @throws ImageError */
  read(blob: Descriptor, options?: ReadLayerOptions): Promise<LayerReading>
  /** The same with what looking into its files found. @throws ImageError */
  scan(blob: Descriptor, options?: ReadLayerOptions): Promise<ScannedLayer>
  /** The blob at a position, where it was listed and is one file. */
  wholeBlob(position: number): WholeBlob | undefined
  /** A file's bytes where they are a whole blob that has no sha256; undefined: it is read as any layer's. */
  content(blob: Descriptor, layer: KnownLayer, range: Range, signal?: AbortSignal): AsyncIterable<Uint8Array> | undefined
}

export function artifactTree(source: BlobSource, pool: LayerPool, image: Image): ArtifactTree {
  const parts = artifactParts(image.layers.map(({ blob }) => blob))
  const byBlob = new Map(parts.map(part => [part.blob, part]))
  const whole = new Map<number, WholeBlob>()
  const partOf = (blob: Descriptor) => byBlob.get(blob) ?? fallback(blob)
  const asFile = (part: ArtifactPart, kind: BlobKind | undefined, more: readonly Diagnostic[] = []) => {
    whole.set(part.position, { digest: part.blob.digest, kind })
    return wholeBlob(part.blob, part.path, [...part.diagnostics, ...more])
  }
  const list: ArtifactTree['list'] = async (blob, options = {}) => {
    const part = partOf(blob)
    const known = part.tar ? await pool.known(source, asTar(blob)) : undefined
    if (known !== undefined) return plain(known)
    if (!part.tar && part.named) return asFile(part, undefined)
    if (layerType(blob.mediaType)?.encrypted === true) return asFile(part, undefined)
    const { kind, tar } = await partKind(await blobReader(source, blob, options.signal))
    if (!part.tar) return asFile(part, kind)
    if (!tar) return asFile(part, kind, [notTar(part)])
    return plain(await pool.readLayer(source, asTar(blob), options))
  }
  return {
    list,
    async read(blob, options = {}) {
      const reading = await list(blob, options)
      if (whole.has(partOf(blob).position)) await drain(source, blob, options)
      return reading
    },
    async scan(blob, options = {}) {
      const reading = await list(blob, options)
      if (!whole.has(partOf(blob).position)) {
        const { scan } = await pool.scanLayer(source, asTar(blob), options)
        return { reading, scan }
      }
      const { scanFiles } = await import('./scan-files.ts')
      return { reading, scan: await scanFiles(reading.changeset, () => readBlob(source, blob, options.signal), options.signal) }
    },
    wholeBlob: position => whole.get(position),
    content(blob, layer, { offset = 0, length }, signal) {
      const file = whole.has(partOf(blob).position) && splitDigest(blob.digest)[0] !== 'sha256'
      if (!file) return undefined
      return part(readBlob(source, blob, signal), offset, length === undefined ? layer.size : offset + length)
    },
  }
}

function fallback(blob: Descriptor): never {
  throw new ImageError('BLOB_MISSING', `Cannot read ${blob.digest}: it is no blob of this artifact`)
}

function plain(reading: LayerReading): LayerReading {
  return { ...reading, changeset: withoutMarks(reading.changeset) }
}

/** The blob as the reader of layers takes it: the tar it is, however its type is spelt. */
function asTar(blob: Descriptor): Descriptor {
  if (layerType(blob.mediaType) !== undefined) return blob
  const [, word = ''] = /[.+](t?gz|gzip|zst|zstd)$/.exec(blob.mediaType) ?? []
  const compression = word.startsWith('z') ? 'zstd' : word === '' && /tar$/.test(blob.mediaType) ? 'none' : 'gzip'
  return { ...blob, mediaType: layerMediaType('oci', compression) }
}

function notTar({ blob, position }: ArtifactPart): Diagnostic {
  const message = `The blob is called "${blob.mediaType}" and is no tar: it is listed as one file`
  return { code: 'ARTIFACT_NOT_TAR', severity: 'warning', message, layer: position }
}

async function drain(source: BlobSource, blob: Descriptor, { signal, onProgress }: ReadLayerOptions): Promise<void> {
  let bytes = 0
  for await (const chunk of readBlob(source, blob, signal)) {
    bytes += chunk.byteLength
    onProgress?.(bytes)
  }
}

/** The bytes from `start` to `end` of all that passes; all of it passes, so that its digest is proven. */
async function* part(bytes: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0
  for await (const chunk of bytes) {
    const piece = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at))
    at += chunk.byteLength
    if (piece.byteLength > 0) yield piece
  }
}
