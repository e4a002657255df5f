import { compileGlob } from '../../filter/glob.ts'

/** Which tags a run is about. Conditions are ANDed; without any, no tag is selected. */
export type TagSelection = {
  /** Milliseconds: made longer ago than this. */
  readonly olderThan?: number | undefined
  /** All but the newest so many of each repository, counted among those that the other conditions allow. */
  readonly keepLast?: number | undefined
  /** A glob for the tag's name. */
  readonly match?: string | undefined
  /** Only images that have no tag; without it, only tags. */
  readonly untagged?: boolean | undefined
}

/** A tag as selections see it; `created` in milliseconds since 1970, undefined where it is not known. */
export type DatedTag = { readonly name: string; readonly created: number | undefined; readonly isUntagged?: boolean }

/**
 * The selected of `tags`, in their order. A tag whose age is not known is never selected where a condition asks for it: what
 * cannot be dated is not deleted.
 */
export function selectTags<Tag extends DatedTag>(tags: readonly Tag[], selection: TagSelection, now: number): readonly Tag[] {
  const { olderThan, keepLast, match, untagged = false } = selection
  if (olderThan === undefined && keepLast === undefined && match === undefined && !untagged) return []
  const matches = match === undefined ? () => true : compileGlob(match)
  const named = tags.filter(({ name, isUntagged = false }) => matches(name) && (!untagged || isUntagged))
  const kept = keepLast === undefined ? new Set<Tag>() : newestOf(named, keepLast)
  return named.filter(tag => {
    const isDated = tag.created !== undefined
    if (keepLast !== undefined && (!isDated || kept.has(tag))) return false
    return olderThan === undefined || (isDated && (tag.created ?? now) < now - olderThan)
  })
}

/** The newest `count` of each repository; of two that are as old, the one listed later. */
function newestOf<Tag extends DatedTag>(tags: readonly Tag[], count: number): Set<Tag> {
  const repositories = Map.groupBy(tags, ({ name }) => name.slice(0, Math.max(0, name.lastIndexOf(':'))))
  const newest = [...repositories.values()].flatMap(group =>
    group
      .filter(({ created }) => created !== undefined)
      .reverse()
      .sort((a, b) => (b.created ?? 0) - (a.created ?? 0))
      .slice(0, count),
  )
  return new Set(newest)
}
