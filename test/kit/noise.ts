import { createHash } from 'node:crypto'

/** So many bytes that no compression makes smaller, the same in every run; another `seed` gives others. */
export function noise(bytes: number, seed = ''): Buffer {
  return createHash('shake256', { outputLength: bytes }).update(seed).digest()
}
