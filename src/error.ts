import type { ErrorCode } from './error-code.ts'

/**
 * How peel fails. Two channels, never mixed:
 *
 * - an `ImageError` is thrown when what was asked for cannot be done;
 * - a `Diagnostic` is part of a result when the input was odd but readable.
 */

/** The two halves of a message, for the parts of peel that quote one of them. */
type Failure = {
  /** Reads "read layer 2", after "Cannot". */
  readonly action: string
  /** Reads "its content has another digest", after a colon. */
  readonly why: string
}

export type ImageErrorOptions = {
  /** A way to go on, in whole sentences: it is shown on a line of its own. */
  readonly hint?: string
  readonly cause?: unknown
}

/** An action that could not be done. `message` reads "Cannot <action>: <why>"; both halves are fields too. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  /** Stable, upper-case, for scripts: `BLOB_DIGEST_MISMATCH`. */
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly action: string
  readonly why: string

  /** `failure`: its two halves, or the whole message where neither half quotes a stranger's text that could hold `: `. */
  constructor(code: ErrorCode, failure: string | Failure, options: ImageErrorOptions = {}) {
    const { action, why } = typeof failure === 'string' ? halvesOf(failure) : failure
    const message = typeof failure === 'string' ? failure : `Cannot ${action}: ${why}`
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.action = action
    this.why = why
  }
}

/** Splits at the first colon outside of double quotes. */
function halvesOf(message: string): Failure {
  const match = /^Cannot ((?:"(?:[^"\\]|\\.)*"|[^":]|:(?! ))*): ([\s\S]*)$/.exec(message)
  return { action: match?.[1] ?? '', why: match?.[2] ?? message }
}

/** Something strange about the input that did not stop it from being read. */
export type Diagnostic = {
  /** Stable, upper-case, for scripts: `MEDIA_TYPE_MISMATCH`. */
  readonly code: ErrorCode
  readonly severity: 'info' | 'warning' | 'error'
  readonly message: string
  /** Position of the layer it was seen in, base 0. */
  readonly layer?: number
  /** Digest of the document or the blob it is about. */
  readonly digest?: string
  /** Path inside the image, as the user would type it. */
  readonly path?: string
}

/** The words of any thrown value, for an error message that quotes its cause. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
