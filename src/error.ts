/**
 * How peel fails. Two channels, never mixed:
 *
 * - an `ImageError` is thrown when what was asked for cannot be done;
 * - a `Diagnostic` is part of a result when the input was odd but readable.
 */

export type ImageErrorOptions = {
  /** What to try next, one sentence without a full stop at the start of a line. */
  readonly hint?: string
  readonly cause?: unknown
}

/** An action that could not be done. `message` reads "Cannot <action>: <why>". */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  /** Stable, upper-case, for scripts: `BLOB_DIGEST_MISMATCH`. */
  readonly code: string
  readonly hint: string | undefined

  constructor(code: string, message: string, options: ImageErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
  }
}

/** Something strange about the input that did not stop it from being read. */
export type Diagnostic = {
  /** Stable, upper-case, for scripts: `MEDIA_TYPE_MISMATCH`. */
  readonly code: string
  readonly severity: 'info' | 'warning' | 'error'
  readonly message: string
  /** Position of the layer it was seen in, base 0. */
  readonly layer?: number
  /** Path inside the image, as the user would type it. */
  readonly path?: string
}

/** The words of any thrown value, for an error message that quotes its cause. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
