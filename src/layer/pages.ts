/**
 * A buffer whose memory goes back to the system with it: a resizable one is pages of its own, others come out of the C
 * library's heap, which keeps what such growing leaves behind for good. Untouched pages cost nothing in either.
 */
export function pages(length: number): ArrayBuffer {
  return length < LARGE ? new ArrayBuffer(length) : new ArrayBuffer(length, { maxByteLength: length })
}

const LARGE = 128 * 1024
