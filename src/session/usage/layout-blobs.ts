import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDigest } from '../../blob/digest.ts'

/** Every blob file of a layout by its digest, with its bytes. A file that is not named like a blob is not one. */
export async function layoutBlobs(directory: string): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>()
  for (const algorithm of await readdir(join(directory, 'blobs')).catch(() => [])) {
    for (const encoded of await readdir(join(directory, 'blobs', algorithm)).catch(() => [])) {
      const digest = `${algorithm}:${encoded}`
      if (!isDigest(digest)) continue
      const stats = await stat(join(directory, 'blobs', algorithm, encoded)).catch(() => undefined)
      if (stats?.isFile() === true) found.set(digest, stats.size)
    }
  }
  return found
}
