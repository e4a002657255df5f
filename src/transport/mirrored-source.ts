import type { Descriptor } from '../blob/descriptor.ts'
import type { BlobSource, KeptBlob, LocalBlob, Range, Root } from '../blob/source.ts'
import { type Diagnostic, ImageError, reasonOf } from '../error.ts'
import { escapeText } from '../escape.ts'

/** One of the places that may have an image. */
export type MirrorHost = { readonly host: string; readonly isMirror: boolean; readonly open: () => BlobSource }

/** Milliseconds for which a host that failed is asked last. */
const REST = 60_000
/** When hosts failed, and how many milliseconds they took to answer, in this process. */
const failed = new Map<string, number>()
const answered = new Map<string, number>()

/**
 * An image that several registries may have: mirrors first, in their order, but those that have failed lately after the others and
 * of those that have answered the quickest first. The first that has the image gives its documents; a blob that it cannot give is asked for
 * from the next.
 */
export class MirroredSource implements BlobSource {
  readonly name: string
  readonly #candidates: readonly MirrorHost[]
  readonly #sources = new Map<MirrorHost, BlobSource>()
  readonly #said: Diagnostic[] = []
  #current: BlobSource | undefined

  constructor(name: string, candidates: readonly MirrorHost[]) {
    this.name = name
    this.#candidates = inOrder(candidates)
  }

  get diagnostics(): readonly Diagnostic[] {
    return [...this.#said, ...(this.#current?.diagnostics ?? [])]
  }

  async roots(signal?: AbortSignal): Promise<readonly Root[]> {
    let last: unknown
    for (const candidate of this.#candidates) {
      const source = this.#open(candidate)
      const started = performance.now()
      try {
        const roots = await source.roots(signal)
        answered.set(candidate.host, performance.now() - started)
        this.#current = source
        const what = candidate.isMirror ? `the mirror ${escapeText(candidate.host)}` : escapeText(candidate.host)
        this.#said.push({ code: 'SERVED_BY', severity: 'info', message: `${this.name} comes from ${what}` })
        return roots
      } catch (thrown) {
        signal?.throwIfAborted()
        if (!(thrown instanceof ImageError)) throw thrown
        // The registry's own answer is told, not that of a mirror that lacks the image.
        if (last === undefined || !candidate.isMirror) last = thrown
        if (FAILURES.has(thrown.code)) failed.set(candidate.host, Date.now())
        const message = `${escapeText(candidate.host)} was passed over: ${reasonOf(thrown)}`
        this.#said.push({ code: 'MIRROR_SKIPPED', severity: 'info', message })
      }
    }
    throw last ?? new Error('an image has no place to be read from')
  }

  async *fetchUnverified(blob: Descriptor, range?: Range, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const first = await this.#chosen(signal)
    let begun = false
    try {
      for await (const chunk of first.fetchUnverified(blob, range, signal)) {
        begun = true
        yield chunk
      }
      return
    } catch (thrown) {
      signal?.throwIfAborted()
      const others = this.#candidates.map(each => this.#open(each)).filter(each => each !== first)
      if (begun || !(thrown instanceof ImageError) || others.length === 0) throw thrown
      const next = others.at(-1)
      if (next === undefined) throw thrown
      yield* next.fetchUnverified(blob, range, signal)
    }
  }

  async fetchToKeep(blob: Descriptor, signal?: AbortSignal): Promise<KeptBlob | undefined> {
    return (await this.#chosen(signal)).fetchToKeep?.(blob, signal)
  }

  async locate(blob: Descriptor): Promise<LocalBlob | undefined> {
    return this.#current?.locate(blob)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sources.values()].map(source => source.close()))
  }

  async #chosen(signal?: AbortSignal): Promise<BlobSource> {
    if (this.#current === undefined) await this.roots(signal)
    return this.#current ?? this.#open(this.#candidates[0] as MirrorHost)
  }

  #open(candidate: MirrorHost): BlobSource {
    const known = this.#sources.get(candidate)
    if (known !== undefined) return known
    const opened = candidate.open()
    this.#sources.set(candidate, opened)
    return opened
  }
}

/** Failures of a host, not of what was asked of it. */
const FAILURES = new Set([
  'CONNECTION_LOST',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMED_OUT',
  'HOST_UNKNOWN',
  'REGISTRY_SILENT',
  'REGISTRY_FAILED',
  'TLS_UNTRUSTED',
  'RATE_LIMITED',
])

function inOrder(candidates: readonly MirrorHost[]): readonly MirrorHost[] {
  const rests = ({ host }: MirrorHost) => Date.now() - (failed.get(host) ?? Number.NEGATIVE_INFINITY) < REST
  const rank = (each: MirrorHost) => (each.isMirror ? (rests(each) ? 2 : 0) : 1)
  const time = ({ host, isMirror }: MirrorHost) => (isMirror ? (answered.get(host) ?? Number.POSITIVE_INFINITY) : 0)
  const compare = (a: MirrorHost, b: MirrorHost) => (time(a) === time(b) ? 0 : time(a) - time(b))
  return candidates
    .map((each, index) => ({ each, index }))
    .sort((a, b) => rank(a.each) - rank(b.each) || compare(a.each, b.each) || a.index - b.index)
    .map(({ each }) => each)
}
