/**
 * Bytes that are text most of the time, **one character a byte** (Latin-1 of what is stored): paths, link targets, names of extended
 * attributes. Bytes that are not UTF-8 survive in it, and `<` orders bytewise as tar tools do. `displayPath` shows it.
 */
export type ByteText = string & { readonly __byteText: unique symbol }

export function byteText(raw: Uint8Array): ByteText {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1') as ByteText
}

/** Marks a text that is one character a byte already: a part of another one, or ASCII. */
export function asByteText(text: string): ByteText {
  return text as ByteText
}
