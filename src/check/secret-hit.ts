import type { Evidence, Severity } from './finding.ts'

/** A secret in some bytes. Of the secret itself there is its digest, and two characters at most. */
export type SecretHit = {
  /** `secret/github`: a row of the table of rules. */
  readonly rule: string
  readonly severity: Severity
  /** The kind in words: `GitHub personal access token`. */
  readonly kind: string
  /** The last two characters of a secret of 20 characters or more. */
  readonly ending?: string
  /** Seconds since the epoch from which on it is worth nothing, where it says so. */
  readonly expires?: number
  /** Its line, and the sha256 of the secret's own bytes. */
  readonly evidence: Evidence & { readonly sha256: string }
}

/** The secrets of one file of a layer, visible in the image or not. */
export type FileSecrets = {
  /** Entry of the layer's changeset that carries the bytes. */
  readonly entry: number
  readonly hits: readonly SecretHit[]
  /** Whether it was not looked at to its end, because it has so many. */
  readonly hasMore?: boolean
}
