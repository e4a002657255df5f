import type { Diagnostic } from '../error.ts'
import type { Descriptor } from './descriptor.ts'

/** Where a blob lies when it lies on this machine: a stretch of a file. */
export type LocalBlob = { readonly file: string; readonly offset: number; readonly size: number }

/** The part of a blob to fetch; the whole of it when empty. */
export type Range = {
  readonly offset?: number
  readonly length?: number
  /** Fail with `RANGE_UNSUPPORTED` rather than pass over what lies before the part. */
  readonly strict?: boolean
}

/** Bytes on their way to a reader that stores them as well. */
export type KeptBlob = {
  readonly bytes: AsyncIterable<Uint8Array>
  /** New file for them, which the reader makes. */
  readonly file: string
  /** The file is whole and has the blob's digest. */
  admit(): Promise<void>
  /** It is not: whatever is there is removed. */
  discard(): Promise<void>
}

/** One descriptor at the top of a place, with the names it gives beside the descriptor's annotations (docker's RepoTags). */
export type Root = Descriptor & { readonly names?: readonly string[] }

/** A document of the place itself that is no blob: `index.json`, `manifest.json`. */
export type PlaceDocument = { readonly name: string; readonly raw: Uint8Array }

/** A place to read images from. */
export interface BlobSource {
  /** As a person would name it: `oci:./image`, `docker://localhost:5000/app`. */
  readonly name: string
  /** Oddities of the place itself; complete once `roots` has answered. */
  readonly diagnostics?: readonly Diagnostic[]
  /** The place's own documents, to look at; complete once `roots` has answered. */
  readonly documents?: readonly PlaceDocument[]
  /** The descriptors at the top of the place, of manifests and indexes, in its order. */
  roots(signal?: AbortSignal): Promise<readonly Root[]>
  /**
   * The bytes the place holds under `blob.digest`, unverified: only `blob/read.ts` and the
   * layer reader (which verify as the bytes pass) and verified range readers call this.
   * @throws ImageError `BLOB_MISSING` and transport errors
   */
  fetchUnverified(blob: Descriptor, range?: Range, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /**
   * The same for a reader that checks the whole blob and writes it to `file` as it does: hashed and copied once. Undefined where
   * the source keeps nothing.
   */
  fetchToKeep?(blob: Descriptor, signal?: AbortSignal): Promise<KeptBlob | undefined>
  /** A blob that `locate` does not find, and no descriptor embeds, is missing: there is nowhere else to fetch it from. */
  readonly local?: boolean
  /** Where the blob lies on this machine, so that a worker opens it itself; undefined when it is not here. */
  locate(blob: Descriptor): Promise<LocalBlob | undefined>
  /** The manifests of an artifact type that refer to a manifest, asked over the connections that are open; absent where the place cannot be asked so. @throws ImageError */
  referrers?(subject: Descriptor, artifactType: string, signal?: AbortSignal): Promise<readonly Descriptor[]>
  /** Releases files, sockets and temporary files. */
  close(): Promise<void>
}

/** A place to write an image to. Nothing is visible before `commit`; `abort` leaves no trace. */
export interface BlobSink extends AsyncDisposable {
  readonly name: string
  /** Diagnostics of the place: complete after `commit`. */
  readonly diagnostics?: readonly Diagnostic[]
  /** After `commit`: the name had this very image before, and nothing was changed. */
  readonly alreadyThere?: boolean
  /** Whether the place already holds the blob, so that it need not be sent. */
  has(blob: Descriptor, signal?: AbortSignal): Promise<boolean>
  /**
   * Stores the bytes, checking them against `blob` as they pass.
   * @throws ImageError `BLOB_DIGEST_MISMATCH`, `BLOB_SIZE_MISMATCH`, `NO_SPACE` and transport errors
   */
  put(blob: Descriptor, bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<void>
  /**
   * Takes over a file of ours that was hashed as it was written, without copying it; false where that cannot be done (another
   * file system, a place that is no directory). The caller still removes the file's old name.
   */
  adopt?(blob: Descriptor, file: string): Promise<boolean>
  /**
   * Looks, before anything is sent, whether the name is another image's; the commit looks again. Absent where only the commit can.
   * @throws ImageError `DESTINATION_EXISTS`
   */
  checkName?(root: Descriptor, name?: string): Promise<void>
  /** Names one more root, already put, that the commit makes visible; absent where a place takes one image. */
  alsoName?(root: Descriptor, names: readonly string[]): void
  /**
   * The blob that the place has instead of one that was sent, where it keeps it in another form: a docker-archive has a layer's tar.
   * Known once the blob was put.
   */
  inPlace?(blob: Descriptor): Descriptor
  /** Makes `root` (already put, with all it refers to) visible under `name`. */
  commit(root: Descriptor, name?: string, signal?: AbortSignal): Promise<void>
  /** Gives up: removes everything that was written and not committed. Safe to call after `commit`, where it only releases; `await using` ends with it. */
  abort(): Promise<void>
}
