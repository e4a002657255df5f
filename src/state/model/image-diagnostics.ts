import type { Diagnostic } from '../../error.ts'
import { diffIDMismatch } from '../../image/diff-id-mismatch.ts'
import { isListing } from '../../layer/reading.ts'
import type { OpenImage } from './open-image.ts'

/** The warnings and errors about an image as far as it is read: those of the documents first, then layer by layer. */
export function diagnosticsOf(image: OpenImage): readonly Diagnostic[] {
  const known = KNOWN.get(image)
  if (known !== undefined) return known
  const ofLayers = image.progress.flatMap((_, layer) => layerDiagnostics(image, layer))
  const found = [...image.diagnostics, ...ofLayers].filter(({ severity }) => severity !== 'info')
  KNOWN.set(image, found)
  return found
}

/** Asked for with every frame; an image that learns something is another object. */
const KNOWN = new WeakMap<OpenImage, readonly Diagnostic[]>()

/** Whether something is wrong or odd about this very layer. */
export function isOddLayer(image: OpenImage, layer: number): boolean {
  return diagnosticsOf(image).some(each => each.layer === layer)
}

function layerDiagnostics(image: OpenImage, layer: number): readonly Diagnostic[] {
  const progress = image.progress[layer]
  if (progress?.status === 'failed') {
    const { code, message } = progress.error
    return [{ code, severity: 'error', message, layer }]
  }
  if (progress?.status !== 'read') return []
  const { reading } = progress
  const own = reading.changeset.diagnostics.map(each => ({ ...each, layer }))
  const of = image.image.layers[layer]
  const mismatch = isListing(reading) || of === undefined ? undefined : diffIDMismatch(of, reading)
  return mismatch === undefined ? own : [mismatch, ...own]
}
