/** One line at the bottom. Notes expire; errors stay until a key is pressed. */
export type Message = {
  readonly severity: 'info' | 'error'
  /** Escaped. */
  readonly text: string
  /** What to try, for errors; escaped. */
  readonly hint?: string
}
