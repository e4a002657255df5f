import { statSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord, strings } from '../../blob/descriptor.ts'
import type { FilePath } from '../../layer/file-path.ts'
import { readUsualText } from '../../transport/text/usual-text.ts'

/**
 * The image that a bundle was unpacked from; written when all else lies there. `skipped`: devices and fifos that were left out, which are no
 * removals when it is repacked.
 */
export type BundleRecord = { readonly peelBundle: 1; readonly manifest: string; readonly skipped: readonly FilePath[] }

export const BUNDLE_FILE = 'peel-bundle.json'
/** Owners of files that were unpacked without the right to set them. */
export const OWNERS_FILE = 'peel-owners.json'

/** The record of a bundle, and when it was whole, in nanoseconds; undefined for another tool's bundle. */
export function readBundleRecord(bundle: string): (Omit<BundleRecord, 'peelBundle'> & { readonly wholeAt: bigint }) | undefined {
  const file = join(bundle, BUNDLE_FILE)
  const value = readJson(file)
  if (!isRecord(value) || value['peelBundle'] !== 1 || typeof value['manifest'] !== 'string') return undefined
  const skipped = strings(value['skipped']) as readonly FilePath[]
  return { manifest: value['manifest'], skipped, wholeAt: statSync(file, { bigint: true }).ctimeNs }
}

/** A JSON file of a bundle; undefined where there is none. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readUsualText(file))
  } catch {
    return undefined
  }
}
