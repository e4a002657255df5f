import { constants, openSync } from 'node:fs'

/**
 * Reading and writing past the system's cache (`O_DIRECT`), for what is large, private and needed once: other programs' files stay
 * in the cache, and its pages can cost more than all that is done with them (a virtual machine's host must find each one first).
 * Memory, length and place in the file must lie on a page's border.
 */

/** A descriptor; undefined where the system or the file system cannot: the cache is used then. */
export function openDirect(file: string, access: 'read' | 'write'): number | undefined {
  const { O_DIRECT, O_RDONLY, O_WRONLY } = constants
  if (O_DIRECT === undefined) return undefined
  try {
    return openSync(file, O_DIRECT | (access === 'read' ? O_RDONLY : O_WRONLY))
  } catch {
    return undefined
  }
}

/** Bytes read or written at once: enough for a disk to be busy. */
const BLOCK_BYTES = 2 * 1024 * 1024

/** Blocks that wait to be used again: the pages of new ones cost as much as those of the cache. */
const SPARES = 6
const spares: Uint8Array<ArrayBuffer>[] = []

/** Memory on a page's border: where buffers that could grow lie. In another place reading and writing would only fail. */
export function takeBlock(): Uint8Array<ArrayBuffer> {
  return spares.pop() ?? new Uint8Array(new ArrayBuffer(BLOCK_BYTES, { maxByteLength: BLOCK_BYTES }), 0, BLOCK_BYTES)
}

/** Call once no read or write is under way. */
export function giveBlock(block: Uint8Array<ArrayBuffer>): void {
  if (spares.length < SPARES) spares.push(block)
}
