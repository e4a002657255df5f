import { escapeText } from '../../escape.ts'
import { type HttpAnswer, headerOf, headersOf } from './http.ts'

/** As Docker Hub counts: `ratelimit-remaining: 76;w=21600`. */
export type RateLimit = { readonly limit?: string; readonly remaining?: string; readonly source?: string }

const WARNINGS = 20
const LENGTH = 300

/** What a registry says besides its answers: warnings, shown once each and never acted on, and how much is left of a limit. */
export class ServerNotices {
  readonly #warnings = new Set<string>()
  #rateLimit: RateLimit | undefined

  note(answer: HttpAnswer): void {
    for (const header of headersOf(answer, 'warning')) {
      // Only 299 is for people (distribution-spec, Warnings); the text is a quoted string.
      for (const [, text = ''] of header.matchAll(/\b299\s+\S+\s+"((?:[^"\\]|\\.)*)"/g)) {
        if (this.#warnings.size < WARNINGS) this.#warnings.add(escapeText(text.replace(/\\(.)/g, '$1').slice(0, LENGTH)))
      }
    }
    const value = (name: string) => headerOf(answer, name)
    const [limit, remaining, source] = [value('ratelimit-limit'), value('ratelimit-remaining'), value('docker-ratelimit-source')]
    if (limit === undefined && remaining === undefined) return
    this.#rateLimit = {
      ...(limit !== undefined && { limit: escapeText(limit.slice(0, LENGTH)) }),
      ...(remaining !== undefined && { remaining: escapeText(remaining.slice(0, LENGTH)) }),
      ...(source !== undefined && { source: escapeText(source.slice(0, LENGTH)) }),
    }
  }

  /** Escaped, in the order they first came. */
  get warnings(): readonly string[] {
    return [...this.#warnings]
  }

  get rateLimit(): RateLimit | undefined {
    return this.#rateLimit
  }
}
