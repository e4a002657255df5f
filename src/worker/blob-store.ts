import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { blockFormat } from '../blob/block-compression.ts'
import { type Digest, digestFrom } from '../blob/digest.ts'
import type { Compression } from '../blob/media-type.ts'
import type { LayerReading } from '../layer/reading.ts'
import { forgetTemporary, removeTemporary, temporaryPath } from '../transport/temporary.ts'
import type { CompressPool } from './compress-pool.ts'
import { BlobFile } from './spool/blob-file.ts'
import type { TarProof } from './tar-proof.ts'

/** A blob that was made and waits to be sent: its digest is known only once it is whole. */
type StoredBlob = {
  readonly digest: Digest
  readonly size: number
  /** Where the bytes lie; undefined when they were only counted. */
  readonly file: string | undefined
  bytes(signal?: AbortSignal): AsyncIterable<Uint8Array>
  remove(): Promise<void>
}

export type StoreOptions = {
  readonly compression: Compression
  readonly level?: number | undefined
  /** Undefined counts and hashes only. */
  readonly directory: string | undefined
  /**
   * Asked as the blob grows to so many bytes whether its file may stay. Where it may not, or the disk takes no more, the blob is
   * only counted. Undefined: it must be stored.
   */
  readonly mayKeep?: ((size: number) => boolean) | undefined
  readonly signal?: AbortSignal | undefined
}

/** A layer's blob, and what the tar that went into it is, read as it was written. */
export type StoredLayer = { readonly blob: StoredBlob; readonly written: LayerReading }

/**
 * Compresses a layer's tar over all cores into a private temporary file; `proof`, which ends with it, reads it back as it passes.
 * @throws ImageError `NO_SPACE`, `COMPRESSION_LEVEL_INVALID`, and what `chunks` throws
 */
export async function storeLayer(
  pool: CompressPool,
  chunks: AsyncIterable<Uint8Array>,
  proof: TarProof,
  options: StoreOptions,
): Promise<StoredLayer> {
  const { compression, level, signal } = options
  try {
    const format = compression === 'none' ? undefined : blockFormat(compression, level)
    const packed = pool.compress(chunks, format, { signal, witness: block => proof.see(block) })
    const blob = await storeBlob(packed, options)
    try {
      return { blob, written: await proof.finish() }
    } catch (thrown) {
      await blob.remove()
      throw thrown
    }
  } finally {
    await proof.close()
  }
}

async function storeBlob(packed: AsyncIterable<Uint8Array>, options: StoreOptions): Promise<StoredBlob> {
  const hash = createHash('sha256')
  let size = 0
  const path = options.directory === undefined ? undefined : temporaryPath(options.directory)
  let file = path === undefined ? undefined : await newFile(path, options)
  try {
    for await (const chunk of packed) {
      options.signal?.throwIfAborted()
      hash.update(chunk)
      size += chunk.length
      if (file !== undefined && !(await goesOn(file, size, options, chunk))) file = undefined
    }
    if (file !== undefined && !(await goesOn(file, size, options))) file = undefined
  } catch (thrown) {
    await file?.discard()
    throw thrown
  }
  const kept = file === undefined ? undefined : path
  return {
    digest: digestFrom(hash),
    size,
    file: kept,
    bytes: signal => readFile(kept, signal),
    remove: async () => {
      if (kept !== undefined) await removeTemporary(kept)
    },
  }
}

/** Undefined where there is none to be had and none that must be. */
async function newFile(path: string, { mayKeep }: StoreOptions): Promise<BlobFile | undefined> {
  try {
    return await BlobFile.create(path)
  } catch (thrown) {
    forgetTemporary(path)
    if (mayKeep === undefined) throw thrown
    return undefined
  }
}

/** Writes a chunk of the file, or its end; false where it may not be of `size` bytes and need not: it is gone then. @throws ImageError `NO_SPACE` */
async function goesOn(file: BlobFile, size: number, { mayKeep }: StoreOptions, chunk?: Uint8Array): Promise<boolean> {
  try {
    if (mayKeep?.(size) !== false) {
      await (chunk === undefined ? file.finish() : file.write(chunk))
      return true
    }
  } catch (thrown) {
    if (mayKeep === undefined) throw thrown
  }
  await file.discard()
  return false
}

async function* readFile(file: string | undefined, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (file === undefined) throw new Error('the blob was counted, not kept')
  yield* createReadStream(file, { highWaterMark: 1024 * 1024, ...(signal !== undefined && { signal }) })
}
