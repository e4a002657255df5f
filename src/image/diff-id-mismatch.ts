import type { Diagnostic } from '../error.ts'
import type { LayerReading } from '../layer/reading.ts'
import type { Layer } from './load.ts'

/** Whether a layer unpacks to what the config says; undefined where it does, or the config says nothing. */
export function diffIDMismatch(
  { diffID, position }: Pick<Layer, 'diffID' | 'position'>,
  reading: Pick<LayerReading, 'diffID'>,
): Diagnostic | undefined {
  if (diffID === undefined || diffID === reading.diffID) return undefined
  const message = `Layer ${position + 1} unpacks to ${reading.diffID} where the config says ${diffID}`
  return { code: 'DIFF_ID_MISMATCH', severity: 'error', message, layer: position }
}
