import { createInflateRaw, createZstdDecompress } from 'node:zlib'
import { isRecord } from './descriptor.ts'

/**
 * One native decoder, driven synchronously into a buffer of ours: no stream, no copy, no promise per chunk. Inflating this
 * way takes a third less time than a zlib stream and no memory beyond `output`.
 *
 * It stands on the handle that node:zlib streams (and minizlib, with which npm reads packages) have driven since Node 0.12:
 * `_handle.writeSync` and `_writeState`. `compression-decoder.test.ts` proves it on every Node that runs the tests.
 */
export class Decoder {
  readonly #stream: { close(): void }
  readonly #handle: NativeHandle
  readonly #state: Uint32Array
  #error: string | undefined
  /** Bytes of input the last step used. */
  consumed = 0
  /** Bytes of output the last step made. */
  produced = 0

  constructor(kind: 'deflate' | 'zstd', dictionary?: Buffer) {
    const stream = kind === 'zstd' ? createZstdDecompress() : createInflateRaw(dictionary === undefined ? {} : { dictionary })
    const { _handle: handle, _writeState: state } = stream as unknown as Record<string, unknown>
    if (!isNativeHandle(handle) || !(state instanceof Uint32Array)) {
      throw new Error(`Node ${process.versions.node} has changed node:zlib: its decoders cannot be driven synchronously`)
    }
    handle.onerror = message => {
      this.#error = message
    }
    this.#stream = stream
    this.#handle = handle
    this.#state = state
  }

  /**
   * Decodes from `input[start, end)` to `output[at, …)` until one of them is used up or the compressed stream ends. A step
   * that has room and input and uses neither: the stream has ended. Gives what is wrong with the data, if anything.
   */
  step(input: Buffer, start: number, end: number, output: Buffer, at: number, flush = 0): string | undefined {
    this.#handle.writeSync(flush, input, start, end - start, output, at, output.length - at)
    // After an error the handle does not tell how far it came.
    const failed = this.#error !== undefined
    this.produced = failed ? 0 : output.length - at - (this.#state[0] ?? 0)
    this.consumed = failed ? 0 : end - start - (this.#state[1] ?? 0)
    return this.#error
  }

  /** Ready for another compressed stream. */
  reset(): void {
    this.#handle.reset()
  }

  /** Frees the native memory at once. */
  close(): void {
    this.#stream.close()
  }
}

type NativeHandle = {
  onerror: (message: string) => void
  reset(): void
  writeSync(flush: number, input: Buffer, start: number, size: number, output: Buffer, at: number, room: number): void
}

function isNativeHandle(value: unknown): value is NativeHandle {
  return isRecord(value) && typeof value['writeSync'] === 'function' && typeof value['reset'] === 'function'
}
