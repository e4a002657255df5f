import { isRecord } from '../blob/descriptor.ts'

/** Base64 of more than this is left as it is. */
const LONGEST = 4 * 1024 * 1024

/**
 * The document inside a signed envelope: DSSE, alone or in a Sigstore bundle, carries it as Base64, which is unreadable as it is.
 * Undefined for anything else, and where what is inside is not text.
 */
export function envelopePayload(text: string): string | undefined {
  if (!/"payload"\s*:/.test(text)) return undefined
  const value = parsed(text)
  const envelope = isRecord(value) && isRecord(value['dsseEnvelope']) ? value['dsseEnvelope'] : value
  if (!isRecord(envelope) || typeof envelope['payloadType'] !== 'string') return undefined
  const { payload } = envelope
  if (typeof payload !== 'string' || payload.length > LONGEST || !/^[\w+/=-]+$/.test(payload)) return undefined
  const bytes = Buffer.from(payload, 'base64')
  const inside = bytes.toString('utf8')
  return isRecord(parsed(inside)) ? inside : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
