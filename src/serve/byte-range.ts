/** A part of a blob: `start` to `end`, both inclusive, as HTTP counts. */
export type ByteRange = { readonly start: number; readonly end: number }

/**
 * Understands a `Range` header (RFC 9110, 14.2). Undefined for what is to be ignored: no header, other units, several ranges, a
 * wrong form. A range that lies outside of `size` bytes, or ends before it starts, cannot be satisfied (416).
 */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '')
  if (match === null) return undefined
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return start >= size || end < start ? 'unsatisfiable' : { start, end }
}
