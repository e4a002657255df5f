import type { BlobSource } from '../blob/source.ts'
import type { Diagnostic } from '../error.ts'

/** A source under another name, with oddities besides its own: where one was opened on behalf of another. */
export function sourceAs(source: BlobSource, name: string, oddities: readonly Diagnostic[] = []): BlobSource {
  return {
    name,
    get diagnostics() {
      return [...(source.diagnostics ?? []), ...oddities]
    },
    get documents() {
      return source.documents ?? []
    },
    roots: signal => source.roots(signal),
    fetchUnverified: (blob, range, signal) => source.fetchUnverified(blob, range, signal),
    locate: blob => source.locate(blob),
    close: () => source.close(),
  }
}
