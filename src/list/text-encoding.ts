/** How a file's bytes are read as text. `binary`: as none. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1' | 'binary'

export type Detected = { readonly encoding: Encoding /** Bytes of the byte order mark at the start. */; readonly mark: number }

/** The encoding that a file's first bytes show. `whole`: they are all there is, so that a character cut at their end is an error. */
export function detectEncoding(bytes: Uint8Array, whole: boolean): Detected {
  const [first, second, third] = bytes
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'utf-8', mark: 3 }
  if (first === 0xff && second === 0xfe) return { encoding: 'utf-16le', mark: 2 }
  if (first === 0xfe && second === 0xff) return { encoding: 'utf-16be', mark: 2 }
  const sample = bytes.subarray(0, SAMPLE)
  const zeros = zeroBytes(sample)
  if (zeros.even + zeros.odd > 0) return { encoding: wideWithoutMark(sample, zeros), mark: 0 }
  if (isUtf8(bytes, whole)) return { encoding: 'utf-8', mark: 0 }
  return { encoding: mostlyPrintable(sample) ? 'latin1' : 'binary', mark: 0 }
}

const SAMPLE = 8192

/** Text of ASCII letters in UTF-16 has a zero in every second byte and none in the others. */
function wideWithoutMark(sample: Uint8Array, { even, odd }: { even: number; odd: number }): Encoding {
  const half = sample.length / 2
  if (sample.length < 4 || sample.length % 2 !== 0) return 'binary'
  if (odd > half * 0.4 && even < half * 0.02) return 'utf-16le'
  if (even > half * 0.4 && odd < half * 0.02) return 'utf-16be'
  return 'binary'
}

function zeroBytes(sample: Uint8Array): { even: number; odd: number } {
  let [even, odd] = [0, 0]
  for (const [index, byte] of sample.entries()) {
    if (byte !== 0) continue
    if (index % 2 === 0) even++
    else odd++
  }
  return { even, odd }
}

function isUtf8(bytes: Uint8Array, whole: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !whole })
    return true
  } catch {
    return false
  }
}

/** Control characters other than tabs, line ends, form feeds and escapes are rare in text of any one-byte encoding. */
function mostlyPrintable(sample: Uint8Array): boolean {
  const odd = sample.filter(byte => (byte < 0x20 && !TEXT_CONTROLS.has(byte)) || (byte >= 0x7f && byte < 0xa0)).length
  return odd <= sample.length * 0.02
}

const TEXT_CONTROLS = new Set([0x09, 0x0a, 0x0c, 0x0d, 0x1b])

const DECODERS: Readonly<Record<Exclude<Encoding, 'binary'>, { decode(bytes: Uint8Array): string }>> = {
  'utf-8': new TextDecoder('utf-8', { ignoreBOM: true }),
  'utf-16le': new TextDecoder('utf-16le', { ignoreBOM: true }),
  'utf-16be': { decode: bytes => UTF16.decode(Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16()) },
  latin1: { decode: bytes => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') },
}

const UTF16 = new TextDecoder('utf-16le', { ignoreBOM: true })

export function decodeText(bytes: Uint8Array, encoding: Encoding): string {
  return DECODERS[encoding === 'binary' ? 'latin1' : encoding].decode(bytes)
}
