import type { FilePath } from '../../layer/file-path.ts'
import type { Severity } from '../finding.ts'

/** Where a literal was found, with what lies around it. */
export type SecretPlace = {
  /** A stretch of the content, one character a byte: `BEFORE` bytes before the literal and `AFTER` from it on, fewer at an end. */
  readonly text: string
  /** Where the literal begins in it. */
  readonly at: number
  /** Undefined for what is no file: a variable, a label, a step of the history. */
  readonly path: FilePath | undefined
}

/** Bytes before a literal that a kind may look at: a service account's file has its type there. */
export const BEFORE = 4096
/** Bytes from a literal on: a private key of 16,384 bits takes 13 KB. */
export const AFTER = 16_384

/** A secret that was seen and found to be one. */
export type Sighting = {
  /** Where the secret itself lies in the text. */
  readonly start: number
  readonly end: number
  /** Where it differs from the kind's. */
  readonly id?: string
  readonly severity?: Severity
  readonly name?: string
  /** Seconds since the epoch from which on it is worth nothing. */
  readonly expires?: number
}

/** A kind of secret that is known by what it looks like: literals that lie in it, and a look at the place of each. */
export type ValueKind = {
  /** `secret/github`. */
  readonly id: string
  /** The kind, as a noun: `GitHub token`. */
  readonly name: string
  readonly severity: Severity
  /** Texts of which every secret of the kind has one: three bytes at least, rare in other content. */
  readonly literals: readonly string[]
  /** Whether there is a secret at the place. Takes time that is linear in the text at most. */
  readonly read: (place: SecretPlace) => Sighting | undefined
}

/** A kind of secret that is known by the file it lies in and how that file is written. */
export type FileKind = {
  readonly id: string
  readonly name: string
  readonly severity: Severity
  /** Last components of paths, in lower case, and what they end in, with the dot. */
  readonly names: readonly string[]
  readonly endings?: readonly string[]
  /** Held against the whole path, where the name alone does not say enough. */
  readonly path?: RegExp
  /** The secrets in a whole file, at most `FILE_LIMIT` bytes of it. */
  readonly read: (text: string) => Iterable<Sighting>
}

/** Bytes of a file that a kind of file is given. */
export const FILE_LIMIT = 1024 * 1024
