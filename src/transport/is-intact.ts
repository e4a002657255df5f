import { stat } from 'node:fs/promises'
import type { Descriptor } from '../blob/descriptor.ts'
import { hasherFor, isVerifiable, splitDigest } from '../blob/digest.ts'
import { readRange } from './local-file.ts'

/** Whether a file holds the very blob: a damaged one must not become part of a new image. */
export async function isIntact(path: string, blob: Descriptor, signal: AbortSignal | undefined): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  if (stats === undefined || !stats.isFile() || stats.size !== blob.size || !isVerifiable(blob.digest)) return false
  const hash = hasherFor(blob.digest)
  for await (const chunk of readRange(path, 0, stats.size, signal)) hash.update(chunk)
  return hash.digest('hex') === splitDigest(blob.digest)[1]
}
