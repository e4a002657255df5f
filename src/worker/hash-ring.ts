import { INFLATE_BUFFER } from '../blob/compression-output.ts'

/**
 * Memory that two threads share so that one hashes what the other reads: the buffers that the blob is read into and inflated
 * into, and between them a ring of records that say which bytes of them belong to what. The reader writes records, the hasher
 * works through them in order and leaves results behind; a buffer is filled again once all records about it are dealt with.
 * Both wait without an event loop, and nothing is copied: the hasher sees the very bytes that are inflated and listed.
 */
export type HashRing = {
  readonly memory: SharedArrayBuffer
  /** Of the blob's digest; undefined where it cannot be computed. */
  readonly algorithm: string | undefined
}

export function createHashRing(algorithm: string | undefined): HashRing {
  return { memory: new SharedArrayBuffer(OUTPUTS_START + OUTPUTS * INFLATE_BUFFER), algorithm }
}

/** The kinds of records. */
export const RECORD = {
  /** Bytes of the blob. */
  blob: 0,
  /** Bytes of the uncompressed stream. */
  tar: 1,
  /** Bytes of a file that more follow of. */
  part: 2,
  /** The last bytes of a file: its hash is the result. */
  file: 3,
  /** The blob's hash is the result. */
  blobEnd: 4,
  /** The hash of the uncompressed stream is the result. */
  tarEnd: 5,
  /** Nothing follows. */
  close: 6,
} as const

/** Elements of `state`: records written and dealt with so far (they wrap around), what the reader waits for. */
export const STATE = { written: 0, done: 1, waiting: 2, wanted: 3 } as const

/** Records at a time. A chunk of the smallest files has 512 of them. */
export const RECORDS = 2048
/** Numbers of a record: what it is about, where its bytes lie, how many there are (later: in the result), what the reader calls it. */
export const RECORD_LENGTH = 4
/** The longest hash is that of sha512. */
export const RESULT_SIZE = 64

/** Bytes read at once: they stay in a core's cache until they are inflated. */
export const INPUT_SIZE = 256 * 1024
/** Enough that neither thread waits for each buffer of the other, few enough to stay in the cache that cores share. */
const [INPUTS, OUTPUTS] = [4, 8]

const RECORDS_START = 64
const RESULTS_START = RECORDS_START + RECORDS * RECORD_LENGTH * Int32Array.BYTES_PER_ELEMENT
const INPUTS_START = RESULTS_START + RECORDS * RESULT_SIZE
const OUTPUTS_START = INPUTS_START + INPUTS * INPUT_SIZE

/** The parts of the memory. */
export function ringViews({ memory }: HashRing) {
  const buffers = (start: number, size: number, count: number) =>
    Array.from({ length: count }, (_, index) => Buffer.from(memory, start + index * size, size))
  return {
    state: new Int32Array(memory, 0, RECORDS_START / Int32Array.BYTES_PER_ELEMENT),
    records: new Int32Array(memory, RECORDS_START, RECORDS * RECORD_LENGTH),
    results: Buffer.from(memory, RESULTS_START, RECORDS * RESULT_SIZE),
    inputs: buffers(INPUTS_START, INPUT_SIZE, INPUTS),
    outputs: buffers(OUTPUTS_START, INFLATE_BUFFER, OUTPUTS),
    all: Buffer.from(memory),
  }
}

/** Whether count `a` has come as far as `b`; counts wrap around. */
export function reached(a: number, b: number): boolean {
  return ((a - b) | 0) >= 0
}
