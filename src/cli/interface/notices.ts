import type { Diagnostic } from '../../error.ts'
import { escapeText } from '../../escape.ts'

const TOLD = /^REGISTRY_|^LISTING_INCOMPLETE$/

/** Remarks of registries beside their answers: each thing is told once while the program runs. */
export class Notices {
  readonly #said = new Set<string>()

  of(diagnostics: readonly Diagnostic[]): readonly string[] {
    return diagnostics.flatMap(({ code, message }) => {
      // A limit counts down with each image: its first figure is news, the others are not.
      const key = code === 'REGISTRY_RATE_LIMIT' ? code : message
      if (!TOLD.test(code) || this.#said.has(key)) return []
      this.#said.add(key)
      return [escapeText(message)]
    })
  }
}
