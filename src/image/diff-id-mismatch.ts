import { type Digest, splitDigest } from '../blob/digest.ts'
import type { Diagnostic } from '../error.ts'
import type { LayerReading } from '../layer/reading.ts'
import type { Layer } from './load.ts'

export function isSameAlgorithm(a: Digest, b: Digest): boolean {
  return splitDigest(a)[0] === splitDigest(b)[0]
}

/** Whether a layer unpacks to what the config says; undefined where it does, or the config says nothing. */
export function diffIDMismatch(
  { diffID, position }: Pick<Layer, 'diffID' | 'position'>,
  reading: Pick<LayerReading, 'diffID'>,
): Diagnostic | undefined {
  // A digest is compared in its own algorithm: a reading has sha256, another is computed where all is read anew (`verify`).
  if (diffID === undefined || diffID === reading.diffID || !isSameAlgorithm(diffID, reading.diffID)) return undefined
  const message = `Layer ${position + 1} unpacks to ${reading.diffID} where the config says ${diffID}`
  return { code: 'DIFF_ID_MISMATCH', severity: 'error', message, layer: position }
}
