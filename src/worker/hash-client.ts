import { type HashRing, INPUT_SIZE, RECORD, RECORD_LENGTH, RECORDS, RESULT_SIZE, reached, ringViews, STATE } from './hash-ring.ts'

/** The reader's side of a ring: gives out buffers, notes what lies in them, takes results back. */
export class HashClient {
  readonly #memory: SharedArrayBuffer
  readonly #state: Int32Array
  readonly #records: Int32Array
  readonly #results: Buffer
  readonly #inputs: Turns
  readonly #outputs: Turns
  readonly #onResult: (tag: number, result: Buffer) => void
  #written = 0
  /** Records whose results were taken. */
  #taken = 0

  /** `onResult` is told the tag that a record was given and a view of its result, in the order of the records. */
  constructor(ring: HashRing, onResult: (tag: number, result: Buffer) => void) {
    const { state, records, results, inputs, outputs } = ringViews(ring)
    this.#memory = ring.memory
    this.#state = state
    this.#records = records
    this.#results = results
    this.#inputs = new Turns(inputs)
    this.#outputs = new Turns(outputs)
    this.#onResult = onResult
  }

  /** A buffer to read into; the one before it must not be written to any more. */
  input(): Buffer {
    return this.#next(this.#inputs)
  }

  /** A buffer to inflate into. */
  output(): Buffer {
    return this.#next(this.#outputs)
  }

  /** Has `bytes` hashed as `kind`. Bytes that do not lie in shared memory are copied there. */
  add(kind: number, bytes: Buffer, tag = -1): void {
    if (bytes.buffer === this.#memory) this.#record(kind, bytes.byteOffset, bytes.length, tag)
    else this.#addCopy(kind, bytes, tag)
  }

  /** Waits for everything that was added, and for the result of a record without bytes; a view until more is added. */
  ask(kind: number): Buffer {
    const slot = this.#written & (RECORDS - 1)
    this.#record(kind, 0, 0, -1)
    this.#await(this.#written)
    this.#take()
    return this.#resultAt(slot)
  }

  close(): void {
    this.#record(RECORD.close, 0, 0, -1)
    this.#publish()
  }

  #addCopy(kind: number, bytes: Buffer, tag: number): void {
    for (let at = 0; at < bytes.length; at += INPUT_SIZE) {
      const piece = this.input()
      const length = bytes.copy(piece, 0, at, at + INPUT_SIZE)
      const last = at + length === bytes.length
      this.#record(last || kind !== RECORD.file ? kind : RECORD.part, piece.byteOffset, length, last ? tag : -1)
    }
  }

  #next(turns: Turns): Buffer {
    this.#publish()
    const { buffer, free } = turns.next(this.#written)
    if (free !== undefined) this.#await(free)
    return buffer
  }

  #record(kind: number, offset: number, length: number, tag: number): void {
    if (((this.#written - this.#taken) | 0) >= RECORDS) {
      this.#await((this.#written - RECORDS / 2) | 0)
      this.#take()
    }
    const at = (this.#written & (RECORDS - 1)) * RECORD_LENGTH
    this.#records[at] = kind
    this.#records[at + 1] = offset
    this.#records[at + 2] = length
    this.#records[at + 3] = tag
    this.#written = (this.#written + 1) | 0
  }

  #publish(): void {
    if (Atomics.exchange(this.#state, STATE.written, this.#written) !== this.#written) Atomics.notify(this.#state, STATE.written)
  }

  /** Waits until `count` records are dealt with. */
  #await(count: number): void {
    const state = this.#state
    this.#publish()
    if (reached(Atomics.load(state, STATE.done), count)) return
    Atomics.store(state, STATE.wanted, count)
    Atomics.store(state, STATE.waiting, 1)
    for (;;) {
      const done = Atomics.load(state, STATE.done)
      if (reached(done, count)) break
      Atomics.wait(state, STATE.done, done)
    }
    Atomics.store(state, STATE.waiting, 0)
  }

  /** Takes the results there are. */
  #take(): void {
    const done = Atomics.load(this.#state, STATE.done)
    for (; this.#taken !== done; this.#taken = (this.#taken + 1) | 0) {
      const slot = this.#taken & (RECORDS - 1)
      const tag = this.#records[slot * RECORD_LENGTH + 3] ?? -1
      if (tag !== -1) this.#onResult(tag, this.#resultAt(slot))
    }
  }

  #resultAt(slot: number): Buffer {
    const start = slot * RESULT_SIZE
    return this.#results.subarray(start, start + (this.#records[slot * RECORD_LENGTH + 2] ?? 0))
  }
}

/** Buffers that are used in turn. */
class Turns {
  readonly #buffers: readonly Buffer[]
  /** For each buffer, how many records had been written when it was last left. */
  readonly #left: (number | undefined)[]
  #at = -1

  constructor(buffers: readonly Buffer[]) {
    this.#buffers = buffers
    this.#left = buffers.map(() => undefined)
  }

  /** The next buffer, and how many records must be dealt with before it is free; `written`: how many there are. */
  next(written: number): { readonly buffer: Buffer; readonly free: number | undefined } {
    if (this.#at >= 0) this.#left[this.#at] = written
    this.#at = (this.#at + 1) % this.#buffers.length
    const buffer = this.#buffers[this.#at]
    if (buffer === undefined) throw new RangeError('a ring has no buffers')
    return { buffer, free: this.#left[this.#at] }
  }
}
