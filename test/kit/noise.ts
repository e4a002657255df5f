import { createHash } from 'node:crypto'

/** So many bytes that nothing makes smaller, the same in every run; another `seed` gives others. */
export function noise(bytes: number, seed = 'noise'): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / 32) }, (_, index) =>
    createHash('sha256').update(`${seed} ${index}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, bytes)
}
