import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { blockFormat } from '../blob/block-compression.ts'
import { type Digest, digestFrom } from '../blob/digest.ts'
import type { Compression } from '../blob/media-type.ts'
import type { LayerReading } from '../layer/reading.ts'
import { removeTemporary, temporaryPath } from '../transport/temporary.ts'
import { BlobFile } from './blob-file.ts'
import type { CompressPool } from './compress-pool.ts'
import { TarProof } from './tar-proof.ts'

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
  readonly signal?: AbortSignal | undefined
}

/** A layer's blob, and what the tar that went into it is, read as it was written. */
export type StoredLayer = { readonly blob: StoredBlob; readonly written: LayerReading }

/**
 * Compresses a layer's tar over all cores into a private temporary file, and reads it back as it passes.
 * @throws ImageError `NO_SPACE`, `COMPRESSION_LEVEL_INVALID`, and what `chunks` throws
 */
export async function storeLayer(
  pool: CompressPool,
  chunks: AsyncIterable<Uint8Array>,
  { compression, level, directory, signal }: StoreOptions,
): Promise<StoredLayer> {
  const format = compression === 'none' ? undefined : blockFormat(compression, level)
  const proof = new TarProof()
  try {
    const packed = pool.compress(chunks, format, { signal, witness: block => proof.see(block) })
    const blob = await storeBlob(packed, directory, signal)
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

async function storeBlob(
  packed: AsyncIterable<Uint8Array>,
  directory: string | undefined,
  signal: AbortSignal | undefined,
): Promise<StoredBlob> {
  const hash = createHash('sha256')
  let size = 0
  const path = directory === undefined ? undefined : temporaryPath(directory)
  const file = path === undefined ? undefined : await BlobFile.create(path)
  try {
    for await (const chunk of packed) {
      signal?.throwIfAborted()
      hash.update(chunk)
      size += chunk.length
      await file?.write(chunk)
    }
    file?.finish()
  } catch (thrown) {
    await file?.discard()
    throw thrown
  }
  return {
    digest: digestFrom(hash),
    size,
    file: path,
    bytes: bytesSignal => readFile(path, bytesSignal),
    remove: async () => {
      if (path !== undefined) await removeTemporary(path)
    },
  }
}

async function* readFile(file: string | undefined, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (file === undefined) throw new Error('the blob was counted, not kept')
  yield* createReadStream(file, { highWaterMark: 1024 * 1024, ...(signal !== undefined && { signal }) })
}
