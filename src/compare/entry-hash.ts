/** FNV-1a with a last stir: for estimates and sums that need no secret. Whole numbers of 32 bits. */
export function hashInto(hash: number, bytes: Uint8Array, start: number, end: number): number {
  let result = hash
  for (let index = start; index < end; index++) result = Math.imul(result ^ (bytes[index] ?? 0), 0x01000193)
  return result
}

export function hashNumber(hash: number, value: number): number {
  const low = Math.imul(hash ^ (value | 0), 0x01000193)
  return Math.imul(low ^ Math.trunc(value / 2 ** 32), 0x85ebca6b) ^ (low >>> 13)
}

export function stir(hash: number): number {
  let result = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  result = Math.imul(result ^ (result >>> 13), 0xc2b2ae35)
  return (result ^ (result >>> 16)) >>> 0
}
