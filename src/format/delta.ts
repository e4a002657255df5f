import { formatCount } from './count.ts'
import { formatSize } from './size.ts'

/** Bytes more or less, for people: `+12.3 MB`, `−1.10 MB`, `0 B`. */
export function formatDelta(bytes: number): string {
  return signed(bytes, formatSize(Math.abs(bytes)))
}

/** A number of things more or less: `+1,234`, `−5`, `0`. */
export function formatCountDelta(count: number): string {
  return signed(count, formatCount(Math.abs(count)))
}

function signed(value: number, text: string): string {
  return value === 0 ? text : `${value < 0 ? '−' : '+'}${text}`
}
