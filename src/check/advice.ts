import type { Edit } from '../rebuild/edit.ts'

/** How an advice knows its bytes (advice.md §0): exact content bytes, peel's own rebuild, two builds, a package database; null for none. */
type Proof = 'ledger' | 'dry-run' | 'compare' | 'db'

/** A change of an image, and what it saves. */
export type Advice = {
  /** `A1` … `A18` of the table in advice.md §1. */
  readonly id: string
  readonly title: string
  /** Positions of the layers that are concerned; the one that must change first. */
  readonly layers: readonly number[]
  /** Bytes; null where nothing proves them. */
  readonly saves: { readonly content: number | null; readonly compressed: number | null }
  readonly proof: Proof | null
  /** The edit of the Dockerfile. */
  readonly dockerfile: string
  /** The command that makes the change on this image now; null where nothing does. */
  readonly command: string | null
}

/** An advice that is not measured yet: what a dry run does for it. */
export type UnmeasuredAdvice = Omit<Advice, 'saves' | 'command'> & {
  readonly content: number | null
  /** Compressed bytes that are known without a dry run. */
  readonly compressed?: number
  /** None: nothing does it on this image. */
  readonly edits: readonly Edit[]
  /** Whether it belongs to what is applied together; merging and compressing anew are decisions of their own. */
  readonly chosen: boolean
}

/** Measures edits by a dry run of the image: bytes less than before, compressed. */
export type Measure = (edits: readonly Edit[]) => Promise<{ readonly compressed: number }>

/** The savings of all chosen advice when it is applied at once. */
export type Together = { readonly content: number; readonly compressed: number }
