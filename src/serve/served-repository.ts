import type { Descriptor } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import type { LocalBlob } from '../blob/source.ts'
import type { GraphDocument } from '../session/blob-graph.ts'

/** A manifest or an index as it is answered: its exact bytes are read when they are asked for. */
export type ServedDocument = {
  readonly descriptor: Descriptor
  readonly bytes: (signal: AbortSignal) => Promise<Uint8Array>
}

/** Bytes that come from elsewhere, checked: the last of them are given when all of the blob has its digest. */
type BlobStream = { readonly read: (start: number, length: number, signal: AbortSignal) => AsyncIterable<Uint8Array> }

/** A blob as it is answered: a stretch of a file, the few bytes of one that its descriptor embeds, or a stream. */
export type ServedBlob = { readonly size: number; readonly content: LocalBlob | Uint8Array | BlobStream }

/** One name that the server answers to, whatever places it comes from. */
export type ServedRepository = {
  readonly name: string
  /** Unsorted. */
  tags(signal: AbortSignal): Promise<readonly string[]>
  /** By a tag or a digest. */
  manifest(reference: string, signal: AbortSignal): Promise<ServedDocument | undefined>
  /** Undefined for what the repository does not give out. */
  blob(digest: Digest, signal: AbortSignal): Promise<ServedBlob | undefined>
  /** Descriptors of manifests that name `subject` (distribution-spec, Listing Referrers). */
  referrers(subject: Digest, signal: AbortSignal): Promise<readonly Descriptor[]>
  /** A manifest to show where no tag names one. */
  someDigest(signal: AbortSignal): Promise<Digest | undefined>
  /** Absent where the repository is only read. */
  readonly changes?: RepositoryChanges
}

/** A manifest or an index as a client sent it, understood. */
export type SentDocument = { readonly document: GraphDocument; readonly raw: Uint8Array; readonly tags: readonly string[] }

/** The changes that clients may make in a repository. Each returns once the disk has it. */
export type RepositoryChanges = {
  /** A directory on the file system of the blobs, for what is not whole yet. */
  readonly spool: string
  /** Takes over a file that has this digest and is safe on the disk. */
  keepBlob(digest: Digest, file: string): Promise<void>
  /** @throws RegistryError `MANIFEST_BLOB_UNKNOWN` when something that it names is not here */
  putManifest(sent: SentDocument): Promise<void>
  /** False where there is no such tag. Its manifest stays under its digest. */
  deleteTag(tag: string): Promise<boolean>
  /** With its tags. @throws RegistryError `DENIED` when an index that stays names it */
  deleteManifest(digest: Digest): Promise<boolean>
  /** @throws RegistryError `DENIED` when a manifest that stays names it */
  deleteBlob(digest: Digest): Promise<boolean>
}

/** Everything that is served, by name. */
export type Repositories = {
  /** The registry that these are of, where they are another's. */
  readonly namespace?: string
  names(signal: AbortSignal): Promise<readonly string[]>
  find(name: string, signal: AbortSignal): Promise<ServedRepository | undefined>
  /**
   * The repository that a push goes to, which need not be there yet; undefined where the name takes none.
   * Absent where nothing is written.
   */
  open?(name: string, signal: AbortSignal): Promise<ServedRepository | undefined>
}

/** The descriptor under which referrers are listed: with the type and the annotations of the manifest. */
export function referrerDescriptor({ descriptor, artifactType, annotations }: GraphDocument): Descriptor {
  const { mediaType, digest, size } = descriptor
  return {
    mediaType,
    digest,
    size,
    ...(artifactType !== undefined && { artifactType }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  }
}
