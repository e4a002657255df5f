/** Bytes on one line, in hexadecimal and as ASCII, in the cells that `most` bytes take. */
export function hexLine(bytes: Uint8Array, most: number): string {
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ')
  const text = Array.from(bytes, byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
  return bytes.length === 0 ? '(the end)' : `${hex.padEnd(most * 3 - 1)}  ${text}`
}
