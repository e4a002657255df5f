/** Where the uncompressed tar is written to while its layer is read. */
export type SpoolOrder = {
  /** A new file. */
  readonly file: string
  /**
   * Makes the spool a convenience: a tar of more bytes, or a disk that is full or slow, leaves the file empty and the reading
   * goes on.
   * Without a limit the spool must be whole.
   */
  readonly limit?: number
}
