import type { Descriptor } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import type { BlobKind } from '../blob-kind.ts'
import { type Budget, budgeted, type RangeReader } from '../range-reader.ts'
import { readCose } from './cose.ts'
import { type GgufSummary, readGguf } from './gguf.ts'
import { readSafetensors, type SafetensorsSummary } from './safetensors.ts'
import { readSbom, type SbomSummary } from './sbom.ts'
import { readBundle, readCosign, readNotation, type SignatureSummary } from './signature.ts'
import { readStatement, type StatementSummary } from './statement.ts'
import { readVex, type VexSummary } from './vex.ts'
import { readWasm, type WasmSummary } from './wasm.ts'

export type Summary =
  | GgufSummary
  | SafetensorsSummary
  | WasmSummary
  | SbomSummary
  | VexSummary
  | StatementSummary
  | SignatureSummary

/** Documents up to this size are read for a summary; SBOMs are the largest, bytes. */
export const DOCUMENT_SUMMARY_LIMIT = 64 * 1024 * 1024

/**
 * The summary in a blob's header, with no more than `budget` read; undefined where there is nothing to say. Documents are not
 * looked at here, since they are read whole: `summariseDocument`.
 * @throws ImageError `SUMMARY_INVALID`, those of the reader
 */
export async function summariseHeader(
  kind: BlobKind | undefined,
  reader: RangeReader,
  budget: Budget,
): Promise<Summary | undefined> {
  if (kind === 'gguf') return readGguf(budgeted(reader, budget))
  if (kind === 'safetensors') return readSafetensors(budgeted(reader, budget))
  return kind === 'wasm' ? readWasm(budgeted(reader, budget)) : undefined
}

/** The summary of a document about an image, by its content rather than by its media type, which signers choose freely. */
export function summariseDocument(
  bytes: Buffer,
  { annotations = {}, mediaType }: Pick<Descriptor, 'annotations'> & { readonly mediaType?: string },
): Summary | undefined {
  if (mediaType !== undefined && COSE.test(mediaType)) return readCose(bytes)
  const document = parsed(bytes)
  return (
    readBundle(document) ??
    readStatement(document) ??
    readCosign(document, annotations) ??
    readNotation(document) ??
    readVex(document) ??
    readSbom(document)
  )
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new ImageError('SUMMARY_INVALID', 'Cannot read the document: it is not JSON', { cause: error })
  }
}

const COSE = /^application\/cose(?:$|[;+])/

/** Whether a blob is a document by what its descriptor says: worth reading whole. */
export function saysDocument({ mediaType }: Descriptor): boolean {
  return /[+/]json(?:;|$)|^application\/(?:jose\+json|.*simplesigning.*)$/.test(mediaType) || COSE.test(mediaType)
}
