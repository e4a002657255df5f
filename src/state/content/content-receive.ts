import { summariseDocument } from '../../artifact/summary/summarise.ts'
import { readCertificates } from '../../blob/certificate.ts'
import { readElfHeader } from '../../blob/elf.ts'
import type { Fact } from '../../line/facts.ts'
import { pageAt, WHOLE_BYTES, withPart } from '../../list/content-bytes.ts'
import { envelopePayload } from '../../list/envelope.ts'
import { layOutJson } from '../../list/json-document.ts'
import { decodeText, detectEncoding } from '../../list/text-encoding.ts'
import type { Content, ContentShape } from '../model/content.ts'
import { summaryFacts } from './summary-facts.ts'

/** A content with bytes that were read; the first ones decide how it is shown. */
export function withBytes(content: Content, offset: number, bytes: Uint8Array, size: number): Content {
  const known = { ...content, bytes: withPart({ ...content.bytes, size }, offset, bytes) }
  return content.detected === undefined && offset === 0 ? recognise(known, bytes) : known
}

/** Bytes that say how lines end. */
const LINE_SAMPLE = 4096

function recognise(content: Content, bytes: Uint8Array): Content {
  const whole = bytes.length >= content.bytes.size
  const detected = detectEncoding(bytes, whole)
  const elf = readElfHeader(bytes)
  const certificates = whole ? readCertificates(bytes) : []
  const text = whole && detected.encoding !== 'binary' ? decodeText(bytes.subarray(detected.mark), detected.encoding) : ''
  const payload = envelopePayload(text)
  const json = jsonIn(payload ?? text)
  // A shape that was asked for before the bytes came stays.
  const isAsked = content.summary.length > 0 && content.shape !== 'facts'
  const summary = content.summary.length > 0 || json === undefined ? content.summary : summaryOf(content, bytes)
  const shape: ContentShape =
    !isAsked && (elf !== undefined || certificates.length > 0 || summary.length > 0)
      ? 'facts'
      : json !== undefined
        ? 'json'
        : detected.encoding === 'binary'
          ? 'hex'
          : 'text'
  // Documents are read, not scanned: a digest that is cut tells nothing.
  const wrap = content.wrap || shape === 'json'
  const enveloped = payload !== undefined
  const crlf = decodeText(bytes.subarray(detected.mark, detected.mark + LINE_SAMPLE), detected.encoding).includes('\r\n')
  return {
    ...content,
    detected,
    crlf,
    elf,
    certificates,
    json,
    summary,
    enveloped,
    wrap,
    shape: content.bytes.size === 0 ? 'facts' : shape,
  }
}

/** A document about an image in words: an SBOM, provenance, a signature. Files of images are shown as they are. */
function summaryOf({ source }: Content, bytes: Uint8Array): readonly Fact[] {
  if (source.kind !== 'blob') return []
  const summary = summariseDocument(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), source.blob)
  return summary === undefined ? [] : summaryFacts(summary)
}

function jsonIn(text: string) {
  return /^\s*[[{]/.test(text) && text.length <= WHOLE_BYTES ? layOutJson(text) : undefined
}

/** The shapes a content can be shown in. */
export function shapesOf({ json, source, node, detected }: Content): readonly ContentShape[] {
  if (detected === undefined) return ['facts']
  const facts: readonly ContentShape[] = node !== undefined || source.kind === 'blob' ? ['facts'] : []
  return [...(json === undefined ? [] : ['json' as const]), 'text', 'hex', ...facts]
}

/** The range to read first. */
export function firstPage(size: number): { readonly offset: number; readonly length: number } {
  return pageAt(size, 0)
}
