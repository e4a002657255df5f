import type { Descriptor } from '../blob/descriptor.ts'
import type { LocalBlob } from '../blob/source.ts'
import type { ErrorCode } from '../error-code.ts'
import type { HashRing } from './hash-ring.ts'
import type { SpoolOrder } from './spool/spool-order.ts'

/** The start options of a layer worker. */
export type LayerWorkerData = { readonly yields: boolean }

/** Messages from the pool to a layer worker. */
export type LayerRequest =
  /** Read this layer. Without `local`, its bytes follow as `bytes` and `end`. */
  | {
      readonly type: 'read'
      readonly blob: Descriptor
      readonly local: LocalBlob | undefined
      readonly store: string | undefined
      readonly spool: SpoolOrder | undefined
      /** Keep the inflated bytes of zstd frames beside the reading. */
      readonly inflated: boolean
      /** Look into the files as they pass. */
      readonly scan: boolean
      /** New file that the blob is written to as it passes. */
      readonly keep: string | undefined
      /** Shared with a thread that was told to `hash`. */
      readonly ring: HashRing | undefined
    }
  /** The buffer moves over and comes back with the progress. */
  | { readonly type: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'end' }
  /** Hash for the thread that has this ring too, until it is done; there is no answer. */
  | { readonly type: 'hash'; readonly ring: HashRing }

/** Messages from a layer worker to the pool. */
export type LayerAnswer =
  /** So many bytes of the blob are dealt with; `spare` is the buffer they came in. */
  | { readonly type: 'progress'; readonly done: number; readonly spare?: ArrayBuffer }
  /** A reading as `encodeReading` makes it, what was found as `encodeScan` does, and whether the file to keep is whole. */
  | {
      readonly type: 'done'
      readonly encoded: Uint8Array<ArrayBuffer>
      readonly scan: Uint8Array<ArrayBuffer> | undefined
      readonly kept: boolean
    }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined }
