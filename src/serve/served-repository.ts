import type { Descriptor } from '../blob/descriptor.ts'
import type { LocalBlob } from '../blob/source.ts'

/** A manifest or an index as it is answered: its exact bytes are read when they are asked for. */
export type ServedDocument = {
  readonly descriptor: Descriptor
  readonly bytes: (signal: AbortSignal) => Promise<Uint8Array>
}

/** A blob as it is answered: a stretch of a file, or the few bytes of one that its descriptor embeds. */
export type ServedBlob = { readonly size: number; readonly content: LocalBlob | Uint8Array }

/** One name that the server answers to, whatever places it comes from. */
export type ServedRepository = {
  readonly name: string
  /** Digest of what each tag names. */
  readonly tags: ReadonlyMap<string, string>
  readonly documents: ReadonlyMap<string, ServedDocument>
  /** Descriptors of manifests that name `subject` (distribution-spec, Listing Referrers). */
  referrers(subject: string): readonly Descriptor[]
  /** Undefined for what no manifest of the repository names: other files of the same place are not given out. */
  blob(digest: string): Promise<ServedBlob | undefined>
}
