/** Texts that must never be shown: passwords and tokens seen in this run, cut out of any text a server sends back. */
export class Secrets {
  readonly #known = new Set<string>()

  add(...secrets: readonly string[]): void {
    // Shorter ones would blank out ordinary words.
    for (const secret of secrets) if (secret.length >= 3) this.#known.add(secret)
  }

  redact(text: string): string {
    let clean = text
    for (const secret of this.#known) clean = clean.replaceAll(secret, '***')
    return clean
  }
}
