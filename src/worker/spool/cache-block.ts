import { randomBytes } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'

/**
 * Files of the cache that hold inflated bytes of a layer, lightly compressed with a checksum: written whole or not at all, by any number of
 * peels at once.
 */

/** The bytes that such a file holds, at most `limit`; undefined where it is gone. One that is damaged is removed. */
export async function readCacheBlock(file: string, limit: number): Promise<Buffer | undefined> {
  try {
    const packed = await readFile(file)
    const now = Date.now() / 1000
    // The modification time is when it was used last: what trimming goes by.
    await utimes(file, now, now).catch(() => undefined)
    const unpacking = promisify(zstdDecompress)(packed, { maxOutputLength: limit, chunkSize: Math.min(limit, CHUNK) })
    return await unpacking.catch(async () => {
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

/** Removes all such files of the layer whose reading is stored at `place`: a file read by them was wrong. */
export async function dropSpools(place: string): Promise<void> {
  const names = await readdir(dirname(place)).catch(() => [])
  for (const name of names.filter(each => each.startsWith(`${basename(place)}.`) && /\.(?:block|point)$/.test(each)))
    await rm(join(dirname(place), name), { force: true })
}

/** Writes a block beside its place. Nothing where there is such a file already. */
export async function storeCacheBlock(file: string, block: Buffer): Promise<readonly HeldBlock[]> {
  const known = await access(file).then(
    () => true,
    () => false,
  )
  if (known) return []
  const params = { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 }
  const packed = await promisify(zstdCompress)(block, { params, chunkSize: CHUNK })
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

/** A very fast level: in other threads, less than hashing costs, for a third to a half less on the disk. */
const LEVEL = -20
/** Bytes that come out of Node's codec at a time: each piece is a round trip to a thread, and a window in its usual 16 KiB has hundreds. */
const CHUNK = 1024 * 1024
