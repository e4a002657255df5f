import type { Worker } from 'node:worker_threads'
import type { Descriptor } from '../blob/descriptor.ts'
import { isVerifiable, splitDigest } from '../blob/digest.ts'
import { inPieces } from '../blob/pieces.ts'
import type { KeptBlob, LocalBlob } from '../blob/source.ts'
import type { LayerScan } from '../check/layer-scan.ts'
import { ImageError, reasonOf } from '../error.ts'
import type { LayerReading } from '../layer/reading.ts'
import { createHashRing, type HashRing } from './hash-ring.ts'
import type { LayerAnswer, LayerRequest, LayerWorkerData } from './layer-protocol.ts'
import { decodeReading } from './reading/reading-codec.ts'
import { endThread, startThread } from './request-thread.ts'
import { decodeScan } from './scan-codec.ts'
import type { SpoolOrder } from './spool/spool-order.ts'

/** A layer to read: where it lies on this machine, or its bytes. */
export type LayerTask = {
  readonly blob: Descriptor
  readonly local: LocalBlob | undefined
  readonly bytes: AsyncIterable<Uint8Array> | undefined
  /** File that the reading is stored in. */
  readonly store: string | undefined
  readonly spool?: SpoolOrder
  /** Keep the inflated bytes of zstd frames beside the reading. */
  readonly inflated?: boolean
  /** Look into the files as they pass. */
  readonly scan?: boolean
  /** Where the bytes are kept as well, told in the end whether they are. */
  readonly keep?: Pick<KeptBlob, 'file' | 'admit'> | undefined
  /** A thread that hashes meanwhile, if the blob lies on this machine: a network is slower than hashing. */
  readonly hasher?: LayerThread | undefined
  readonly onProgress?: (done: number) => void
  readonly signal?: AbortSignal
}

/** A reading, and what was found in the layer's files while they passed; undefined unless it was looked for. */
export type ThreadResult = { readonly reading: LayerReading; readonly scan: LayerScan | undefined }

/** Bytes on their way to a worker before the source has to wait. */
const IN_FLIGHT = 1024 * 1024
/** Bytes of one message: a network gives less at a time, and each message costs both threads. */
const PIECE = 256 * 1024

/** One worker thread: started when first needed, ended when a reading is cancelled, started again. */
export class LayerThread {
  readonly #yields: boolean
  #worker: Worker | undefined

  /** `yields`: whether other threads of the program go before this one. */
  constructor({ yields = false }: { readonly yields?: boolean } = {}) {
    this.#yields = yields
  }

  get started(): boolean {
    return this.#worker !== undefined
  }

  async read(task: LayerTask): Promise<ThreadResult> {
    task.signal?.throwIfAborted()
    this.#worker ??= startWorker(this.#yields)
    const helped = task.local === undefined ? undefined : task.hasher?.hash(task.blob)
    const job = new LayerJob(this.#worker, task, helped?.ring)
    try {
      return await (helped === undefined ? job.run() : Promise.race([job.run(), helped.failed]))
    } catch (error) {
      // Their work is not wanted any more, and new threads cost less than waiting for them.
      await Promise.all([job.unfinished ? this.close() : undefined, helped && task.hasher?.close()])
      throw error
    } finally {
      helped?.release()
    }
  }

  /** Starts hashing for another thread; `failed` rejects if this one ends before that has what it wants. */
  hash(blob: Descriptor): { readonly ring: HashRing; readonly failed: Promise<never>; release(): void } {
    this.#worker ??= startWorker(this.#yields)
    const worker = this.#worker
    const ring = createHashRing(isVerifiable(blob.digest) ? splitDigest(blob.digest)[0] : undefined)
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => {})
    const crash = (error: Error) => reject(crashed(blob, error))
    const exit = (code: number) => crash(new Error(`the hashing thread ended with ${code}`))
    worker
      .once('error', crash)
      .once('exit', exit)
      .postMessage({ type: 'hash', ring } satisfies LayerRequest)
    worker.unref()
    return { ring, failed: promise, release: () => void worker.off('error', crash).off('exit', exit) }
  }

  async close(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    if (worker !== undefined) await endThread(worker)
  }
}

function startWorker(yields: boolean): Worker {
  return startThread('layer-worker', { name: 'peel layer', workerData: { yields } satisfies LayerWorkerData })
}

class LayerJob {
  readonly #worker: Worker
  readonly #task: LayerTask
  readonly #ring: HashRing | undefined
  readonly #spares: ArrayBuffer[] = []
  #sent = 0
  #done = 0
  #wake: (() => void) | undefined
  #settled = false
  /** Whether the worker may still be at it. */
  unfinished = true

  constructor(worker: Worker, task: LayerTask, ring: HashRing | undefined) {
    this.#worker = worker
    this.#task = task
    this.#ring = ring
  }

  run(): Promise<ThreadResult> {
    const { promise, resolve, reject } = Promise.withResolvers<ThreadResult>()
    const message = (answer: LayerAnswer) => {
      if (answer.type === 'progress') return this.#progress(answer)
      this.unfinished = false
      if (answer.type === 'failed') return reject(failure(answer))
      const reading = decodeReading(answer.encoded, 'trusted')
      const { keep } = this.#task
      if (reading !== undefined) {
        const result = { reading, scan: answer.scan && decodeScan(answer.scan, reading.digest) }
        resolve(answer.kept && keep !== undefined ? keep.admit().then(() => result) : result)
      } else
        reject(
          new ImageError(
            'LAYER_READ_FAILED',
            `Cannot read layer ${this.#task.blob.digest}: the reading thread's answer is damaged`,
          ),
        )
    }
    const crash = (error: Error) => reject(crashed(this.#task.blob, error))
    const exit = (code: number) => reject(crashed(this.#task.blob, new Error(`the reading thread ended with ${code}`)))
    const abort = () => reject(this.#task.signal?.reason)
    this.#worker.on('message', message).once('error', crash).once('exit', exit).ref()
    this.#task.signal?.addEventListener('abort', abort, { once: true })
    this.#send().catch(reject)
    return promise.finally(() => {
      this.#settled = true
      this.#wake?.()
      this.#worker.off('message', message).off('error', crash).off('exit', exit).unref()
      this.#task.signal?.removeEventListener('abort', abort)
    })
  }

  async #send(): Promise<void> {
    const { blob, local, bytes, store, spool, keep, inflated = false, scan = false } = this.#task
    const request: LayerRequest = { type: 'read', blob, local, store, spool, inflated, scan, keep: keep?.file, ring: this.#ring }
    this.#worker.postMessage(request)
    if (bytes === undefined) return
    // Buffers go back and forth: new ones for every piece would wait for two garbage collectors.
    for await (const piece of inPieces(bytes, () => new Uint8Array(this.#spares.pop() ?? new ArrayBuffer(PIECE)))) {
      await this.#sendPiece(piece)
      if (this.#settled) return
    }
    this.#worker.postMessage({ type: 'end' } satisfies LayerRequest)
  }

  async #sendPiece(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#sent += bytes.byteLength
    this.#worker.postMessage({ type: 'bytes', bytes } satisfies LayerRequest, [bytes.buffer])
    while (this.#sent - this.#done > IN_FLIGHT && !this.#settled) await new Promise<void>(wake => this.#waitFor(wake))
  }

  #waitFor(wake: () => void): void {
    this.#wake = wake
  }

  #progress({ done, spare }: Extract<LayerAnswer, { type: 'progress' }>): void {
    this.#done = done
    if (spare !== undefined) this.#spares.push(spare)
    this.#wake?.()
    this.#task.onProgress?.(done)
  }
}

function failure({ code, message, hint }: Extract<LayerAnswer, { type: 'failed' }>): ImageError {
  return new ImageError(code, message, hint === undefined ? {} : { hint })
}

function crashed({ digest }: Descriptor, cause: Error): ImageError {
  return new ImageError('LAYER_READ_FAILED', `Cannot read layer ${digest}: ${reasonOf(cause)}`, { cause })
}
