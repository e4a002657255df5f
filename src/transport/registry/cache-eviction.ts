import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, isDigest } from '../../blob/digest.ts'
import { isOwnDirectory, isOwnUid } from '../cache/claimed-directory.ts'

/** Room made when the limit is passed, so that not every blob that comes walks the whole cache. */
const AFTER = 0.9

type Held = {
  readonly digest: Digest
  readonly file: string
  readonly stamp: string
  readonly size: number
  readonly used: number
}

/**
 * Removes the least recently used blobs until what is held fits into `limit` bytes again; those in `keep` stay.
 * Files open elsewhere live on until they are closed.
 * @returns bytes still held
 */
export async function evict(directory: string, limit: number, keep: ReadonlySet<Digest>): Promise<number> {
  const held = (await listBlobs(directory)).sort((a, b) => a.used - b.used)
  let total = held.reduce((sum, { size }) => sum + size, 0)
  if (total <= limit) return total
  for (const { digest, file, stamp, size } of held) {
    if (total <= limit * AFTER) break
    if (keep.has(digest)) continue
    await rm(file, { force: true }).catch(() => undefined)
    await rm(stamp, { force: true }).catch(() => undefined)
    total -= size
  }
  return total
}

/** Blobs under their own names, in directories of this user's that are no links: nothing else is counted or removed. */
async function listBlobs(directory: string): Promise<Held[]> {
  const held: Held[] = []
  for (const algorithm of await namesIn(join(directory, 'blobs'))) {
    for (const encoded of await namesIn(join(directory, 'blobs', algorithm))) {
      const digest = `${algorithm}:${encoded}`
      const file = join(directory, 'blobs', algorithm, encoded)
      const stamp = join(directory, 'stamps', `${algorithm}-${encoded}`)
      const blob = await lstat(file).catch(() => undefined)
      if (blob === undefined || !blob.isFile() || !isOwnUid(blob.uid) || !isDigest(digest)) continue
      const { mtimeMs } = await lstat(stamp).catch(() => blob)
      held.push({ digest, file, stamp, size: blob.size, used: mtimeMs })
    }
  }
  return held
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return isOwnDirectory(directory) ? readdir(directory).catch(() => []) : []
}
