import type { ImageError } from '../../error.ts'
import { compareNewestFirst, compareTags } from '../../image/tag-order.ts'
import type { Cursor } from '../../line/cursor.ts'
import type { ListedName, Listing, NameFacts } from '../../list/listing.ts'

/** One level of browsing: what it lists, as far as it has come. */
export type Level = {
  readonly listing: Listing
  /** In the order of `compareNames`. */
  readonly names: readonly ListedName[]
  /** Those that `filter` keeps. */
  readonly shown: readonly ListedName[]
  readonly filter: string
  readonly status: 'loading' | 'more' | 'all' | 'failed'
  readonly error?: ImageError
  /** Facts that were asked for, by name; `asking` where the answer is still to come. */
  readonly facts: ReadonlyMap<string, NameFacts | 'asking'>
  /** Where the cursor was when a deeper level was entered. */
  readonly cursor: Cursor
}

/** From the registry to what is shown; empty when nothing is browsed. */
export type BrowseSlice = readonly Level[]

/** Names kept of one listing: more are not walked through but filtered by a typed name. */
const MOST_NAMES = 100_000

export function newLevel(listing: Listing): Level {
  return {
    listing,
    names: [],
    shown: [],
    filter: '',
    status: 'loading',
    facts: new Map(),
    cursor: { index: 0, top: 0 },
  }
}

/** The level with another page of names in their places. */
export function withNames(level: Level, added: readonly ListedName[], more: boolean): Level {
  const names = [...level.names, ...added].sort((a, b) => compareNames(level.listing, a, b)).slice(0, MOST_NAMES)
  const status = more && names.length < MOST_NAMES ? 'more' : 'all'
  return { ...level, names, shown: kept(names, level.filter), status }
}

/**
 * The digest that a tag of referrers is about: `sha256-<hex>` of registries without an API for them, and cosign's with
 * `.sig`, `.att` and `.sbom` (formats.md 1.7). Its image shows what they hold.
 */
export function referrerTagSubject(tag: string): string | undefined {
  return /^(?:sha256|sha512)-([0-9a-f]{64,128})(?:\.(?:sig|att|sbom))?$/.exec(tag)?.[1]
}

/** Repositories by name, an engine's images by age, tags the newest version first, and after those that people gave those that stand for referrers. */
function compareNames({ kind }: Listing, a: ListedName, b: ListedName): number {
  if (kind === 'repositories') return compareTags(a.name, b.name)
  if (kind === 'engine') return compareTexts(b.facts?.created ?? '', a.facts?.created ?? '') || compareTags(a.name, b.name)
  const [first, second] = [referrerTagSubject(a.name) !== undefined, referrerTagSubject(b.name) !== undefined]
  return first === second ? compareNewestFirst(a.name, b.name) : first ? 1 : -1
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Only names with all of the typed words in them; capitals count only where some are typed. */
export function withFilter(level: Level, filter: string): Level {
  return { ...level, filter, shown: kept(level.names, filter) }
}

function kept(names: readonly ListedName[], filter: string): readonly ListedName[] {
  const words = filter.split(/\s+/).filter(word => word !== '')
  if (words.length === 0) return names
  const exact = filter !== filter.toLowerCase()
  return names.filter(({ name }) => {
    const text = exact ? name : name.toLowerCase()
    return words.every(word => text.includes(word))
  })
}

/** The reference that opens the name, or undefined where a name leads to a deeper listing. */
export function referenceOf(listing: Listing, name: string): string | undefined {
  switch (listing.kind) {
    case 'repositories':
      return undefined
    case 'tags':
      return `docker://${listing.host}/${listing.path}:${name}`
    case 'engine':
      return `docker-daemon:${name}`
  }
}

/** The name of a level, unescaped. */
export function levelName(listing: Listing): string {
  switch (listing.kind) {
    case 'repositories':
      return listing.host
    case 'tags':
      return `${listing.host}/${listing.path}`
    case 'engine':
      return 'container engine'
  }
}
