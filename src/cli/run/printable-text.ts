/**
 * Tells whether bytes that come in pieces are text that a terminal shows and does not act on: UTF-8, and no control character of either
 * set but white space. U+0080 to U+009F begin the same sequences as ESC does.
 */
export class PrintableText {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })

  /** Whether the next piece goes on as such a text. */
  takes(piece: Uint8Array): boolean {
    try {
      return !CONTROL.test(this.#decoder.decode(piece, { stream: true }))
    } catch {
      return false
    }
  }
}

const CONTROL = /[^\P{Cc}\n\r\t]/u
