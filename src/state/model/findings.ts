import type { Diagnostic } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { isListing } from '../../layer/reading.ts'
import type { OpenImage } from './open-image.ts'

/** Something wrong or odd about the image on the screen. Escaped. */
export type Finding = {
  readonly severity: 'warning' | 'error'
  readonly message: string
  /** Position of the layer; undefined for what is about the documents or the place. */
  readonly layer: number | undefined
}

/** Everything that is wrong or odd about the image as far as it is read: the documents first, then layer by layer. */
export function findingsOf(image: OpenImage): readonly Finding[] {
  const known = KNOWN.get(image)
  if (known !== undefined) return known
  const ofDocuments = image.diagnostics.flatMap(each => finding(each, each.layer))
  const ofLayers = image.progress.flatMap((_, layer) => layerFindings(image, layer))
  const found = [...ofDocuments, ...ofLayers]
  KNOWN.set(image, found)
  return found
}

/** Asked for with every frame; an image that learns something is another object. */
const KNOWN = new WeakMap<OpenImage, readonly Finding[]>()

/** `2 warnings`, `1 error`, or both in one word; undefined where nothing is wrong. */
export function findingsWords(image: OpenImage): string | undefined {
  const found = findingsOf(image)
  if (found.length === 0) return undefined
  const errors = found.filter(({ severity }) => severity === 'error').length
  const word = errors === found.length ? 'error' : errors === 0 ? 'warning' : 'problem'
  return `${found.length} ${word}${found.length === 1 ? '' : 's'}`
}

/** Whether something is wrong or odd about this very layer. */
export function isOddLayer(image: OpenImage, layer: number): boolean {
  return findingsOf(image).some(each => each.layer === layer)
}

function layerFindings(image: OpenImage, layer: number): readonly Finding[] {
  const progress = image.progress[layer]
  if (progress?.status === 'failed') return [{ severity: 'error', message: escapeText(progress.error.message), layer }]
  if (progress?.status !== 'read') return []
  const { reading } = progress
  const odd = reading.changeset.diagnostics.flatMap(each => finding(each, layer))
  const diffID = image.image.layers[layer]?.diffID
  if (isListing(reading) || diffID === undefined || diffID === reading.diffID) return odd
  const message = `The DiffID in the config is not that of the bytes, which is ${reading.diffID}`
  return [{ severity: 'error', message, layer }, ...odd]
}

function finding({ severity, message }: Diagnostic, layer: number | undefined): readonly Finding[] {
  return severity === 'info' ? [] : [{ severity, message: escapeText(message), layer }]
}
