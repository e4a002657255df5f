import { type Diagnostic, ImageError } from '../error.ts'
import type { Descriptor } from './descriptor.ts'
import { layerType } from './media-type.ts'

/**
 * The diagnostic for a foreign layer that a copy does not find: that is normal, a runtime fetches it from elsewhere
 * (formats.md 1.5). Anything else that was thrown is thrown again.
 */
export function foreignLeft(blob: Descriptor, thrown: unknown): Diagnostic {
  const foreign = layerType(blob.mediaType)?.foreign === true
  if (!foreign || !(thrown instanceof ImageError) || thrown.code !== 'BLOB_MISSING') throw thrown
  return {
    code: 'FOREIGN_LAYER_LEFT',
    severity: 'info',
    message: `The foreign layer ${blob.digest} is not here and was not copied`,
  }
}
