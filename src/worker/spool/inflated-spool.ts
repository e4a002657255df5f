import { randomBytes } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'

/**
 * The bytes of a zstd frame, inflated, kept beside the reading of its layer: zstd has no place to go on from in the middle of a frame, so
 * that without it every file would mean inflating all that lies before it. Blocks of 4 MiB, a file each, lightly compressed with a
 * checksum: written whole or not at all, by any number of peels at once, and evicted one by one as the least recently used of
 * the cache. A block that is gone or damaged means inflating again, which writes it anew.
 */
const BLOCK = 4 * 1024 * 1024

/** Where a spool begins in its frame: the bytes before it are quickly inflated again. */
export const SPOOLED_FROM = 2 * BLOCK

/** Of one frame no more is kept than this, uncompressed: half of what the cache holds unless told otherwise. */
const SPOOL_LIMIT = 1024 ** 3

/** Blocks on their way to the disk while inflating goes on. */
const MOST_WRITING = 4
/** Milliseconds that a reader is kept waiting for the disk, in all. Then blocks are left out where the disk does not keep up. */
const MOST_WAITING = 3000

/** The blocks of the frame that starts at `uncompressed` in the tar of the layer whose reading is stored at `place`. */
export type InflatedSpool = { readonly place: string; readonly uncompressed: number }

/** Bytes `start` to `end` of the frame, `start` not before `SPOOLED_FROM`, as far as the spool has them without a gap. */
export async function* readSpool(spool: InflatedSpool, start: number, end: number): AsyncGenerator<Buffer> {
  for (let at = start; at < end; ) {
    const index = Math.floor(at / BLOCK)
    const block = await readBlock(blockFile(spool, index))
    const piece = block?.subarray(at - index * BLOCK, end - index * BLOCK)
    if (piece === undefined || piece.length === 0) return
    at += piece.length
    yield piece
  }
}

/** Adds to a spool what passes of its frame, from the frame's start on. A disk that is full or fails ends that, and nothing else. */
export class InflatedSpoolWriter {
  readonly #spool: InflatedSpool
  readonly #writing = new Set<Promise<void>>()
  /** Blocks that were written: used again, since new ones cost more than filling them. */
  readonly #spares: Buffer<ArrayBuffer>[] = []
  #block: Buffer<ArrayBuffer> | undefined
  #at = 0
  #failed = false
  #waited = 0
  readonly #held: HeldBlock[] | undefined

  /** `held`: gets what is written under temporary names, for `publishBlocks`; without it blocks are there at once. */
  constructor(spool: InflatedSpool, held?: HeldBlock[]) {
    this.#spool = spool
    this.#held = held
  }

  /** The next bytes of the frame; copied. */
  write(bytes: Buffer): void {
    let from = Math.max(0, Math.min(bytes.length, SPOOLED_FROM - this.#at))
    this.#at += from
    while (from < bytes.length && !this.#failed && this.#at < SPOOL_LIMIT) {
      this.#block ??= this.#spares.pop() ?? Buffer.allocUnsafeSlow(BLOCK)
      const block = this.#block
      const copied = bytes.copy(block, this.#at % BLOCK, from)
      from += copied
      this.#at += copied
      if (this.#at % BLOCK === 0) this.#store(this.#at / BLOCK - 1, block)
    }
  }

  get isWriting(): boolean {
    return this.#writing.size > 0
  }

  /** Waits while too much is on its way to the disk; not for ever on a slow one, which gets what it can take. */
  async ready(): Promise<void> {
    while (this.#writing.size >= MOST_WRITING && this.#waited < MOST_WAITING) {
      const from = performance.now()
      await Promise.race(this.#writing)
      this.#waited += performance.now() - from
    }
  }

  /** `ended`: the frame has no more bytes. */
  async close(ended: boolean): Promise<void> {
    const rest = this.#at % BLOCK
    // The block read last is likely wanted next.
    while (this.#writing.size >= MOST_WRITING) await Promise.race(this.#writing)
    if (ended && rest > 0 && this.#block !== undefined) this.#store(Math.floor(this.#at / BLOCK), this.#block.subarray(0, rest))
    await Promise.all(this.#writing)
  }

  #store(index: number, block: Buffer<ArrayBuffer>): void {
    if (this.#writing.size >= MOST_WRITING) return
    this.#block = undefined
    const writing = storeBlock(blockFile(this.#spool, index), block)
      .then(async stored => {
        if (this.#held === undefined) await publishBlocks(stored)
        else this.#held.push(...stored)
      })
      .catch(() => {
        this.#failed = true
      })
      .finally(() => {
        this.#writing.delete(writing)
        if (block.length === BLOCK) this.#spares.push(block)
      })
    this.#writing.add(writing)
  }
}

function blockFile({ place, uncompressed }: InflatedSpool, index: number): string {
  return `${place}.${uncompressed}.${index}.block`
}

async function readBlock(file: string): Promise<Buffer | undefined> {
  try {
    const packed = await readFile(file)
    const now = Date.now() / 1000
    // The modification time is when it was used last: what trimming goes by.
    await utimes(file, now, now).catch(() => undefined)
    return await decompress(packed, { maxOutputLength: BLOCK }).catch(async () => {
      await rm(file, { force: true })
      return undefined
    })
  } catch {
    return undefined
  }
}

/** A block that was written beside its place. */
export type HeldBlock = { readonly temporary: string; readonly file: string }

/** Puts blocks where readers find them. */
export async function publishBlocks(blocks: readonly HeldBlock[]): Promise<void> {
  for (const { temporary, file } of blocks) await rename(temporary, file)
}

/** Removes blocks that must not be found: they were inflated from bytes that do not have the digest. */
export async function discardBlocks(blocks: readonly HeldBlock[]): Promise<void> {
  for (const { temporary } of blocks) await rm(temporary, { force: true })
}

/** Removes all blocks of the layer whose reading is stored at `place`: a file read from them was wrong. */
export async function dropSpools(place: string): Promise<void> {
  const names = await readdir(dirname(place)).catch(() => [])
  for (const name of names.filter(each => each.startsWith(`${basename(place)}.`) && each.endsWith('.block')))
    await rm(join(dirname(place), name), { force: true })
}

/** Nothing where there is such a block already. */
async function storeBlock(file: string, block: Buffer): Promise<readonly HeldBlock[]> {
  const known = await access(file).then(
    () => true,
    () => false,
  )
  if (known) return []
  const packed = await compress(block, { params: PARAMS })
  const temporary = join(dirname(file), `.${randomBytes(8).toString('hex')}.tmp`)
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(temporary, packed, { mode: 0o600 })
    return [{ temporary, file }]
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
/** A very fast level: in other threads, less than hashing costs, for a third to a half less on the disk. */
const PARAMS = { [constants.ZSTD_c_compressionLevel]: -20, [constants.ZSTD_c_checksumFlag]: 1 }
