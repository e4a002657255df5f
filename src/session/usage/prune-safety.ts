import { type Diagnostic, ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import type { PlaceUsage } from './place-usage.ts'

/**
 * The error that keeps a place from being pruned; undefined where nothing does. A document that is there and damaged may lead to blobs that
 * seem unreachable, and a tag that the registry did not list may name an image that seems to go.
 */
export function pruneRefusal({ damaged, diagnostics }: PlaceUsage, typed: string): ImageError | undefined {
  const [first] = damaged
  if (first === undefined) return partialList(diagnostics, typed)
  return new ImageError(
    'PRUNE_UNSAFE',
    { action: `prune ${escapeText(typed)}`, why: `the blobs that it needs are not known: ${first.message}` },
    { hint: 'Repair or remove that image first; "peel verify" tells more.', cause: first },
  )
}

/** @throws ImageError `PRUNE_UNSAFE` where {@link pruneRefusal} has one */
export function checkSafe(usage: PlaceUsage, typed: string): void {
  const refusal = pruneRefusal(usage, typed)
  if (refusal !== undefined) throw refusal
}

/** The error for a repository whose listing may have ended before its end: deleting by digest takes unlisted tags with it. */
export function partialList(diagnostics: readonly Diagnostic[], typed: string): ImageError | undefined {
  const said = diagnostics.find(({ code }) => code === 'LISTING_INCOMPLETE')
  if (said === undefined) return undefined
  return new ImageError(
    'PRUNE_UNSAFE',
    {
      action: `prune ${escapeText(typed)}`,
      why: `a tag that is not listed may need what would be deleted. ${said.message}`,
    },
    { hint: 'Delete where all tags are seen: in the registry’s console, by its cleanup policy or on its own host.' },
  )
}
