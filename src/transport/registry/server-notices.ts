import type { Diagnostic } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { type HttpAnswer, headerOf, headersOf } from '../http/http.ts'
import type { Secrets } from './auth/secrets.ts'

/** As Docker Hub counts: `ratelimit-remaining: 76;w=21600`. */
type RateLimit = { readonly limit?: string; readonly remaining?: string }

const WARNINGS = 20
const LENGTH = 300

/** Remarks of a registry beside its answers: warnings, shown once each and never acted on, and how much is left of a limit. */
export class ServerNotices {
  readonly #secrets: Secrets
  readonly #warnings = new Set<string>()
  #rateLimit: RateLimit | undefined
  #incomplete: string | undefined

  constructor(secrets: Secrets) {
    this.#secrets = secrets
  }

  note(answer: HttpAnswer): void {
    for (const header of headersOf(answer, 'warning')) {
      // Only 299 is for people (distribution-spec, Warnings); the text is a quoted string.
      for (const [, text = ''] of header.matchAll(/\b299\s+\S+\s+"((?:[^"\\]|\\.)*)"/g)) {
        if (this.#warnings.size < WARNINGS) this.#warnings.add(text.replace(/\\(.)/g, '$1').slice(0, LENGTH))
      }
    }
    const [limit, remaining] = [headerOf(answer, 'ratelimit-limit'), headerOf(answer, 'ratelimit-remaining')]
    if (limit === undefined && remaining === undefined) return
    this.#rateLimit = {
      ...(limit !== undefined && { limit: escapeText(limit.slice(0, LENGTH)) }),
      ...(remaining !== undefined && { remaining: escapeText(remaining.slice(0, LENGTH)) }),
    }
  }

  /** A listing names its next page on another host, which is not asked. */
  cutShort(host: string): void {
    this.#incomplete = `The list is not complete: the registry continues it at ${escapeText(host)}, which is not asked`
  }

  /** A listing may have ended before its end: the registry does not say how it goes on. */
  mayGoOn(): void {
    this.#incomplete ??= 'The list may not be complete: the registry may hold more, and gives no way to ask for it'
  }

  /** Warnings in the order they first came, then what is left of the limit. Escaped, and without what must not be shown. */
  get diagnostics(): readonly Diagnostic[] {
    const said = [...this.#warnings].map(warning => {
      const message = `The registry says: ${escapeText(this.#secrets.redact(warning))}`
      return { code: 'REGISTRY_WARNING', severity: 'warning', message } as const
    })
    return [
      ...said,
      ...(this.#incomplete === undefined ? [] : [incomplete(this.#incomplete)]),
      ...(this.#rateLimit?.remaining === undefined ? [] : [limitDiagnostic(this.#rateLimit)]),
    ]
  }
}

function incomplete(message: string): Diagnostic {
  return { code: 'LISTING_INCOMPLETE', severity: 'warning', message }
}

/** Under a tenth of the limit it is worth a warning. */
const FEW = 0.1

/** `76;w=21600` is 76 in the next six hours; any other form is shown as it is. */
function limitDiagnostic({ remaining = '', limit = '' }: RateLimit): Diagnostic {
  const [left, all, window] = [Number.parseInt(remaining, 10), Number.parseInt(limit, 10), /;w=(\d+)/.exec(remaining)?.[1]]
  const few = left <= all * FEW
  const hours = window === undefined ? '' : ` in ${Math.round(Number(window) / 360) / 10} hours`
  const words = Number.isNaN(left) ? remaining : `${left}${Number.isNaN(all) ? '' : ` of ${all}`} more pulls${hours}`
  return { code: 'REGISTRY_RATE_LIMIT', severity: few ? 'warning' : 'info', message: `The registry allows ${words}` }
}
