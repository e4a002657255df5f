import type { Descriptor } from '../blob/descriptor.ts'
import type { Diagnostic } from '../error.ts'
import { escapeText } from '../escape.ts'
import type { LayerReading } from '../layer/reading.ts'

/** The reading belongs to the bytes, what the descriptor says about them does not: compared anew for every descriptor. */
export function withMediaType(reading: LayerReading, { mediaType }: Descriptor, declared: string): LayerReading {
  if (reading.compression === declared || reading.size === 0) return reading
  const words = (compression: string) => (compression === 'none' ? 'not compressed' : `compressed with ${compression}`)
  const message = `The layer is ${words(reading.compression)}, its media type "${escapeText(mediaType)}" says ${words(declared)}`
  const mismatch: Diagnostic = { code: 'MEDIA_TYPE_MISMATCH', severity: 'warning', message }
  return { ...reading, changeset: { ...reading.changeset, diagnostics: [mismatch, ...reading.changeset.diagnostics] } }
}
