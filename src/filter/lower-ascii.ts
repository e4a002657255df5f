/** Turns the ASCII capitals in `bytes` into small letters, in place. */
export function lowerAscii(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte >= 0x41 && byte <= 0x5a) bytes[at] = byte + 0x20
  }
}
