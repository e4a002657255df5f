import { readFileSync, utimesSync } from 'node:fs'
import type { Ztoc } from '../artifact/soci/read-ztoc.ts'
import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, digestOf, isDigest, isVerifiable, parseDigest, splitDigest } from '../blob/digest.ts'
import { estargzToc, estargzTocDigest, estargzTocOffset } from '../blob/estargz.ts'
import { inflateBounded } from '../blob/inflate-bounded.ts'
import { layerType } from '../blob/media-type.ts'
import { embeddedData, readDocument } from '../blob/read.ts'
import type { BlobSource } from '../blob/source.ts'
import { ESTARGZ_TOC } from '../blob/tar-member.ts'
import { CHUNKED_FOOTER, type ChunkedToc, chunkedFooter, chunkedToc } from '../blob/zstd-chunked.ts'
import type { LayerScan } from '../check/layer-scan.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import type { ErrorCode } from '../error-code.ts'
import { ChunkTableBuilder } from '../layer/chunk-table.ts'
import type { KnownLayer, LayerListing, LayerReading } from '../layer/reading.ts'
import { parseTableOfContents } from '../layer/table-of-contents.ts'
import { type ChangesetCache, storeFile, tablePlace } from './changeset-cache.ts'
import { fetchPart } from './fetch-part.ts'
import type { LayerPool, ReadLayerOptions } from './pool.ts'

export type ListingAccess = {
  readonly pool: LayerPool
  readonly source: BlobSource
  readonly cache: ChangesetCache | undefined
  /** The zTOC that a SOCI index has of a layer, where there is one. */
  readonly ztocOf?: (blob: Descriptor, signal: AbortSignal | undefined) => Promise<Descriptor | undefined>
}

export type ListLayerOptions = ReadLayerOptions & {
  /**
   * Given what looking into the layer's files found: in the pass that reads it, or in an earlier one that is cached. Not called for a
   * layer that is only listed, nor for one that an earlier pass read without looking.
   */
  readonly onScan?: (scan: LayerScan) => void
}

/** A table larger than this costs more than it saves: its layer is read. */
const TOC_LIMIT = 32 * 1024 * 1024
/** Read off the end of an eStargz layer at once: the footer, and most tables. */
const TAIL = 64 * 1024

/**
 * Lists a layer's files by reading as little of the layer as it takes: from the cache, from its table of contents where it has one
 * that its manifest vouches for (eStargz, zstd:chunked), from a SOCI index, else by reading it. A table that cannot be used is said in a diagnostic.
 * @throws ImageError as `LayerPool.readLayer`
 */
export async function listLayer(
  { pool, source, cache, ztocOf }: ListingAccess,
  blob: Descriptor,
  { onScan, ...options }: ListLayerOptions = {},
): Promise<KnownLayer> {
  const known = await pool.known(source, blob)
  if (known !== undefined) {
    const scan = onScan === undefined ? undefined : await cache?.loadScan(blob.digest)
    if (scan !== undefined) onScan?.(scan)
    return known
  }
  const read = async (): Promise<LayerReading> => {
    if (onScan === undefined) return pool.readLayer(source, blob, options)
    const { reading, scan } = await pool.scanLayer(source, blob, options)
    onScan(scan)
    return reading
  }
  if (!isVerifiable(blob.digest)) return read()
  try {
    const { signal } = options
    const listing =
      (await listByTable(source, blob, cache, signal)) ?? (await listBySoci({ source, blob, cache, signal }, ztocOf))
    if (listing !== undefined) return listing
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(error instanceof ImageError)) throw error
    const reading = await read()
    return /^(?:TOC|SOCI)_/.test(error.code) ? withDiagnostic(reading, error) : reading
  }
  return read()
}

/** @throws ImageError `TOC_INVALID`, `TOC_LOSSY`, `TOC_UNVERIFIED`, `TOC_TOO_LARGE`, `RANGE_UNSUPPORTED`, those of the source */
async function listByTable(
  source: BlobSource,
  blob: Descriptor,
  cache: ChangesetCache | undefined,
  signal: AbortSignal | undefined,
): Promise<LayerListing | undefined> {
  const type = layerType(blob.mediaType)
  if (type === undefined || type.encrypted || embeddedData(blob) !== undefined) return undefined
  const place: ListingInput = { source, blob, cache, signal }
  const chunked = chunkedToc(blob)
  if (chunked !== undefined) return listChunked(place, chunked)
  const digest = estargzTocDigest(blob)
  return digest === undefined ? undefined : listEstargz(place, digest)
}

type ListingInput = {
  readonly source: BlobSource
  readonly blob: Descriptor
  readonly cache: ChangesetCache | undefined
  readonly signal: AbortSignal | undefined
}

async function listEstargz(place: ListingInput, claimed: string): Promise<LayerListing> {
  const { blob, cache } = place
  const digest = tocDigest(claimed)
  let end = blob.size
  const json = await remembered(cache, digest, async () => {
    const tailStart = Math.max(0, blob.size - TAIL)
    const tail = await fetchPart(place, tailStart, blob.size)
    const offset = estargzTocOffset(tail, blob.size)
    if (offset === undefined) throw unusable('TOC_INVALID', 'the layer ends without its footer')
    end = offset
    if (blob.size - offset > TOC_LIMIT) throw tooLarge()
    const before = offset < tailStart ? await fetchPart(place, offset, tailStart) : Buffer.alloc(0)
    const member = Buffer.concat([before, tail.subarray(Math.max(0, offset - tailStart))])
    const found = estargzToc(member, TOC_LIMIT)
    if (found === undefined) throw unusable('TOC_INVALID', 'it is damaged or too large')
    return found
  })
  const table = parseTableOfContents(json, {
    end,
    own: { name: ESTARGZ_TOC, hash: Buffer.from(splitDigest(digestOf(json))[1], 'hex') },
  })
  return listing(blob, 'gzip', table)
}

async function listChunked(place: ListingInput, { digest: claimed, position: named }: ChunkedToc): Promise<LayerListing> {
  const { blob, cache } = place
  const digest = tocDigest(claimed)
  let end = blob.size
  const packed = await remembered(cache, digest, async () => {
    const position = named ?? chunkedFooter(await fetchPart(place, Math.max(0, blob.size - CHUNKED_FOOTER), blob.size), blob.size)
    if (position === undefined) throw unusable('TOC_INVALID', 'neither the manifest nor the layer says where it is')
    if (Math.max(position.length, position.uncompressed) > TOC_LIMIT) throw tooLarge()
    end = position.offset
    return fetchPart(place, position.offset, position.offset + position.length)
  })
  const json = inflateBounded('zstd', packed, TOC_LIMIT)
  if (json === undefined) throw unusable('TOC_INVALID', 'it is damaged or too large')
  return listing(blob, 'zstd', parseTableOfContents(json, { end }))
}

/** A zTOC larger than this is not read: of a layer of 5 GB it has 50 MB. */
const ZTOC_LIMIT = 256 * 1024 * 1024

/** @throws ImageError `SOCI_INVALID`, those of the source */
async function listBySoci(place: ListingInput, ztocOf: ListingAccess['ztocOf']): Promise<LayerListing | undefined> {
  const { blob, signal } = place
  const type = layerType(blob.mediaType)
  if (ztocOf === undefined || type === undefined || type.encrypted || type.compression === 'zstd') return undefined
  const descriptor = await ztocOf(blob, signal)
  if (descriptor === undefined) return undefined
  const { changeset, spans } = await readIndex(place, descriptor)
  if (spans.compressedSize !== blob.size)
    throw new ImageError('SOCI_INVALID', 'Cannot use the SOCI index: it is of another layer')
  const said: Diagnostic = { code: 'LISTED_BY_SOCI', severity: 'info', message: 'Listed by its SOCI index, not proven' }
  return {
    digest: blob.digest,
    size: blob.size,
    compression: spans.algorithm,
    format: 'SOCI',
    changeset: { ...changeset, diagnostics: [said, ...changeset.diagnostics] },
    chunks: new ChunkTableBuilder().finish(changeset.length, blob.size),
    spans,
  }
}

/** The zTOC without its checkpoints where it has a list of them, which proves the parts that are fetched; else all of it. */
async function readIndex({ source, cache, signal }: ListingInput, ztoc: Descriptor): Promise<Ztoc> {
  const [{ readZtoc }, { spanListOf }] = await Promise.all([
    import('../artifact/soci/read-ztoc.ts'),
    import('../artifact/soci/span-list.ts'),
  ])
  const list = embeddedData(ztoc) === undefined ? spanListOf(ztoc) : undefined
  if (list === undefined)
    return readZtoc(await remembered(cache, ztoc.digest, () => readDocument(source, ztoc, signal, ZTOC_LIMIT)))
  if (list.headSize > ZTOC_LIMIT) throw new ImageError('SOCI_INVALID', 'Cannot use the SOCI index: it is too large')
  const bytes = await remembered(cache, parseDigest(`sha256:${list.headSha256}`), () =>
    fetchPart({ source, blob: ztoc, signal }, 0, list.headSize),
  )
  return readZtoc(bytes, { ztoc, list })
}

function listing(
  { digest, size }: Descriptor,
  compression: 'gzip' | 'zstd',
  { changeset, chunks }: ReturnType<typeof parseTableOfContents>,
): LayerListing {
  const format = compression === 'gzip' ? 'eStargz' : 'zstd:chunked'
  const times = compression === 'gzip' ? '; its times are whole seconds' : ''
  const message = `Listed from its ${format} table of contents, which the manifest vouches for, not from the layer itself${times}`
  const said: Diagnostic = { code: 'LISTED_BY_TABLE', severity: 'info', message }
  return { digest, size, compression, format, changeset: { ...changeset, diagnostics: [said, ...changeset.diagnostics] }, chunks }
}

/** The table's bytes, from the cache or fetched; proven by their digest in either case. */
async function remembered(cache: ChangesetCache | undefined, digest: Digest, fetch: () => Promise<Buffer>): Promise<Buffer> {
  const place = cache?.place(digest)
  const file = place === undefined ? undefined : tablePlace(place)
  const known = file === undefined ? undefined : readKept(file)
  if (known !== undefined && proves(digest, known)) return known
  const bytes = await fetch()
  if (!proves(digest, bytes)) throw unusable('TOC_UNVERIFIED', 'it is not the one that the manifest names')
  if (file !== undefined) storeFile(file, bytes)
  return bytes
}

function readKept(file: string): Buffer | undefined {
  try {
    const bytes = readFileSync(file)
    const now = Date.now() / 1000
    // The modification time is when it was used last: what trimming goes by.
    utimesSync(file, now, now)
    return bytes
  } catch {
    return undefined
  }
}

function proves(digest: Digest, bytes: Buffer): boolean {
  return digestOf(bytes, splitDigest(digest)[0]) === digest
}

function tocDigest(claimed: string): Digest {
  if (!isDigest(claimed) || !isVerifiable(claimed)) throw unusable('TOC_UNVERIFIED', 'the manifest has no digest to prove it by')
  return claimed
}

function unusable(code: ErrorCode, why: string): ImageError {
  return new ImageError(code, `Cannot use the table of contents: ${why}`)
}

function tooLarge(): ImageError {
  return unusable('TOC_TOO_LARGE', `it has more than ${TOC_LIMIT} bytes`)
}

function withDiagnostic(reading: LayerReading, { code, message }: ImageError): LayerReading {
  // Names that JSON cannot hold are no fault of the image.
  const severity = code === 'TOC_LOSSY' ? 'info' : 'warning'
  const said: Diagnostic = { code, severity, message: `${message}; the layer itself was read` }
  return { ...reading, changeset: { ...reading.changeset, diagnostics: [said, ...reading.changeset.diagnostics] } }
}
