import { closeSync, openSync, readSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Descriptor } from '../blob/descriptor.ts'
import type { BlobSource, LocalBlob } from '../blob/source.ts'
import { ImageError } from '../error.ts'
import type { LayerReading } from '../layer/reading.ts'
import { removeTemporary, temporaryPath } from '../transport/temporary.ts'
import { checkRoom, freeBytes } from '../transport/temporary-directory.ts'
import { InflatedTar, type TarRange } from './inflated-tar.ts'
import type { LayerPool, ReadLayerOptions } from './pool.ts'
import { SpooledTar } from './spool/spooled-tar.ts'

/** A layer that was read, and its uncompressed tar to read anywhere in. */
export type OpenTar = {
  readonly reading: LayerReading
  /** Fills `length` bytes of `into` from `start` on with what lies at `offset` of the tar. @throws ImageError `LAYER_CHANGED` */
  read(into: Buffer, start: number, offset: number, length: number): void
  /** From now on the tar is read from front to back, but for little. */
  inOrder(): void
  /** Proves that what was read is what the digest names. @throws ImageError `BLOB_DIGEST_MISMATCH` */
  finish(): void
  close(): Promise<void>
}

export type OpenLayerOptions = Omit<ReadLayerOptions, 'spool'> & {
  /** Its reading, where there is one. */
  readonly reading?: LayerReading | undefined
  /** The tar will be read from front to back, but for these ranges, ordered. Undefined: anywhere. */
  readonly again?: readonly TarRange[] | undefined
}

/**
 * Reads a layer and keeps its tar at hand: where it lies uncompressed on this machine that file is used; a compressed one that
 * is read in order is inflated again as it is read; otherwise the tar goes to a private temporary file in `directory`, written
 * by the thread that reads the layer. Reads are synchronous: a thread's round trip costs more than the read.
 * @throws ImageError those of `LayerPool.readLayer`, `NO_SPACE`
 */
export async function openLayer(
  pool: LayerPool,
  source: BlobSource,
  blob: Descriptor,
  directory: string,
  { reading: known, again, ...options }: OpenLayerOptions = {},
): Promise<OpenTar> {
  const local = blob.data === undefined ? await source.locate(blob) : undefined
  const plain = known === undefined ? blob.mediaType.endsWith('.tar') : known.compression === 'none'
  if (local !== undefined && (plain || again !== undefined)) {
    const reading = known ?? (await pool.readLayer(source, blob, options))
    if (reading.compression === 'none') return plainLayer(reading, local)
    if (again !== undefined) return inflated(blob, local, reading, again)
  }
  await checkRoom(directory, known?.tarSize ?? blob.size, `unpack layer ${blob.digest}`)
  const spool = temporaryPath(directory)
  try {
    const reading = await pool.readLayer(source, blob, { ...options, spool: { file: spool } })
    return spooledLayer(reading, spool)
  } catch (thrown) {
    await removeTemporary(spool)
    throw thrown
  }
}

/** Bytes that are spooled of a layer, at most, for each of its bytes: tars that are packed tighter are quickly inflated again. */
const SPOOLED_RATIO = 8

/** A read layer that will be copied from: its tar at hand, or not yet. */
type LayerToCopy = { readonly reading: LayerReading; readonly opened: OpenTar | undefined }
export type LayerToCopyReader = (options?: Omit<ReadLayerOptions, 'spool'>) => Promise<LayerToCopy>

/**
 * Makes ready to read a layer that will be copied from. Its tar is at hand once it is read, where having it needs no second pass
 * over what was inflated or fetched just then. Otherwise it is to be opened when it is known what is copied: what is known
 * already, lies here uncompressed, or would take room or time that the disk has not. Layers that are to be read together are
 * made ready first, so that the pool sees all of them when it chooses.
 * @throws ImageError reading throws as `openLayer`
 */
export async function prepareCopy(
  pool: LayerPool,
  source: BlobSource,
  blob: Descriptor,
  directory: string,
  allowance: Pick<SpoolAllowance, 'take' | 'give'>,
): Promise<LayerToCopyReader> {
  const local = blob.data === undefined ? await source.locate(blob) : undefined
  if (local === undefined) {
    return async options => {
      const opened = await openLayer(pool, source, blob, directory, options)
      return { reading: opened.reading, opened }
    }
  }
  const limit = blob.size * SPOOLED_RATIO
  if (blob.mediaType.endsWith('.tar') || !(await allowance.take(limit))) {
    return async options => ({ reading: await pool.readLayer(source, blob, options), opened: undefined })
  }
  return options => readSpooled(pool, source, blob, directory, limit, used => allowance.give(limit - used), options)
}

async function readSpooled(
  pool: LayerPool,
  source: BlobSource,
  blob: Descriptor,
  directory: string,
  limit: number,
  settle: (used: number) => void,
  options: Omit<ReadLayerOptions, 'spool'> = {},
): Promise<LayerToCopy> {
  const spool = temporaryPath(directory)
  let used = 0
  try {
    const reading = await pool.readLayer(source, blob, { ...options, spool: { file: spool, limit } })
    // Not where the reading was known, or the spool was given up.
    const whole = reading.tarSize > 0 && (await stat(spool).catch(() => undefined))?.size === reading.tarSize
    if (whole) used = reading.tarSize
    else await removeTemporary(spool)
    return { reading, opened: whole ? spooledLayer(reading, spool) : undefined }
  } catch (thrown) {
    await removeTemporary(spool)
    throw thrown
  } finally {
    settle(used)
  }
}

function inflated(blob: Descriptor, local: LocalBlob, reading: LayerReading, again: readonly TarRange[]): OpenTar {
  const tar = new InflatedTar(blob, local, reading, again)
  return {
    reading,
    read: (into, start, offset, length) => tar.read(into, start, offset, length),
    inOrder() {},
    finish: () => tar.finish(),
    close: async () => tar.close(),
  }
}

function plainLayer(reading: LayerReading, { file, offset: base }: LocalBlob): OpenTar {
  const descriptor = openSync(file, 'r')
  return {
    reading,
    read(into, start, offset, length) {
      if (offset + length > reading.tarSize) throw changed(reading)
      for (let done = 0; done < length; ) {
        const count = readSync(descriptor, into, start + done, length - done, base + offset + done)
        if (count === 0) throw changed(reading)
        done += count
      }
    },
    inOrder() {},
    finish() {},
    close: async () => closeSync(descriptor),
  }
}

function spooledLayer(reading: LayerReading, file: string): OpenTar {
  const tar = new SpooledTar(file, reading.tarSize)
  return {
    reading,
    read(into, start, offset, length) {
      if (!tar.read(into, start, offset, length)) throw changed(reading)
    },
    inOrder: () => tar.inOrder(),
    finish() {},
    async close() {
      tar.close()
      await removeTemporary(file)
    },
  }
}

function changed({ digest }: LayerReading): ImageError {
  return new ImageError('LAYER_CHANGED', `Cannot copy from layer ${digest}: it became shorter while it was read`)
}

/** Tars that are inflated once instead of twice take a quarter of the free disk at most: the result needs room as well. */
const SHARE = 1 / 4

/** The disk that spooled tars may take for all layers together; a share is promised before it is known to be needed. */
export class SpoolAllowance {
  readonly #directory: string
  #left: Promise<number> | undefined
  #taken = 0

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Whether `bytes` may be written; they are then taken until they are given back. */
  async take(bytes: number): Promise<boolean> {
    this.#left ??= freeBytes(this.#directory).then(free => free * SHARE)
    if (this.#taken + bytes > (await this.#left)) return false
    this.#taken += bytes
    return true
  }

  give(bytes: number): void {
    this.#taken -= bytes
  }
}
