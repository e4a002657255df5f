import { createHash, type Hash, hash as hashAtOnce } from 'node:crypto'
import { type HashRing, RECORD, RECORD_LENGTH, RECORDS, RESULT_SIZE, reached, ringViews, STATE } from './hash-ring.ts'

/** Hashes what another thread reads, until that says that nothing follows; waits for it without looking up. */
export function serveHashRing(ring: HashRing): void {
  const { state, records, results, all } = ringViews(ring)
  const hashes = new RunningHashes(ring.algorithm)
  for (let done = 0; ; ) {
    const written = Atomics.load(state, STATE.written)
    if (written === done) {
      Atomics.wait(state, STATE.written, done)
      continue
    }
    for (; done !== written; done = (done + 1) | 0) {
      const slot = done & (RECORDS - 1)
      const kind = records[slot * RECORD_LENGTH] ?? RECORD.close
      if (kind === RECORD.close) return
      const offset = records[slot * RECORD_LENGTH + 1] ?? 0
      const length = records[slot * RECORD_LENGTH + 2] ?? 0
      const result = hashes.take(kind, all.subarray(offset, offset + length))
      if (result !== undefined) records[slot * RECORD_LENGTH + 2] = result.copy(results, slot * RESULT_SIZE)
      Atomics.store(state, STATE.done, (done + 1) | 0)
      const asked = Atomics.load(state, STATE.waiting) === 1 && reached((done + 1) | 0, Atomics.load(state, STATE.wanted))
      if (asked) Atomics.notify(state, STATE.done)
    }
  }
}

/** The three hashes that run along: of the blob, of the uncompressed stream, of the file at hand. */
class RunningHashes {
  readonly #blob: Hash | undefined
  readonly #tar = createHash('sha256')
  #file: Hash | undefined

  constructor(algorithm: string | undefined) {
    this.#blob = algorithm === undefined ? undefined : createHash(algorithm)
  }

  /** Gives what is known with this record. */
  take(kind: number, bytes: Buffer): Buffer | undefined {
    if (kind === RECORD.blob) this.#blob?.update(bytes)
    else if (kind === RECORD.tar) this.#tar.update(bytes)
    else if (kind === RECORD.part) {
      this.#file ??= createHash('sha256')
      this.#file.update(bytes)
    } else if (kind === RECORD.file) {
      const file = this.#file
      this.#file = undefined
      return file === undefined ? hashAtOnce('sha256', bytes, 'buffer') : file.update(bytes).digest()
    } else if (kind === RECORD.blobEnd) return this.#blob?.digest()
    else if (kind === RECORD.tarEnd) return this.#tar.digest()
    return undefined
  }
}
