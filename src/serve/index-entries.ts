import { isRecord } from '../blob/descriptor.ts'
import { elements, fromRaw, member, type RawJson, toRaw } from '../image/raw-json.ts'
import { withoutEntries } from '../rebuild/setting.ts'
import type { GraphDocument } from '../session/blob-graph.ts'
import { namedDescriptor, readIndexText, withEntryTexts } from '../transport/written-index.ts'
import { servedName } from './served-name.ts'

const NAMES = ['org.opencontainers.image.ref.name', 'io.containerd.image.name']

/** All that a layout holds: its manifests and indexes by digest. */
export type HeldDocuments = ReadonlyMap<string, GraphDocument>

/** A change to the tags of a layout. */
export type TagChange = {
  /** Tags that name this document afterwards, whatever they named before; none where it is only stored. */
  readonly put?: { readonly document: GraphDocument; readonly tags: readonly string[] }
  /** When, as RFC 3339. */
  readonly written?: string
  /** A tag that goes. */
  readonly untag?: string
  /** A document that goes, with its tags. */
  readonly gone?: string
}

/**
 * `index.json` after a change. `held` are the documents afterwards. Each that no other leads to has an entry, one for each tag or one
 * without a name: an image stays under its digest when its tag goes or names another. Entries that the change is not about stay as
 * they are.
 * @throws ImageError `DOCUMENT_TOO_LARGE`
 */
export function changedIndex(raw: Uint8Array, change: TagChange, held: HeldDocuments): string {
  const index = readIndexText(raw)
  const entries = elements(member(index, 'manifests'))
  const { put, untag, gone, written } = change
  const freed = new Set([...(put?.tags ?? []), ...(untag === undefined ? [] : [untag])])
  const stay = entries
    .filter(entry => digestOfEntry(fromRaw(entry)) !== gone || gone === undefined)
    .map(entry => (freed.has(servedTag(fromRaw(entry)) ?? '') ? withoutEntries(entry, 'annotations', NAMES) : entry))
  const tagged = put === undefined ? [] : put.tags.map(tag => toRaw(namedDescriptor(put.document.descriptor, tag, written)))
  return withEntryTexts(index, withTops([...stay, ...tagged], held, written))
}

/** The digests that tags name. A layout may give full names to images; their tags count where no plain tag is the same. */
export function tagsOf(entries: readonly unknown[]): ReadonlyMap<string, string> {
  const tags = new Map<string, string>()
  for (const isPlain of [true, false]) {
    for (const entry of entries) {
      const name = tagOfEntry(entry)
      if (name === undefined) continue
      const { repository, tag } = servedName(name, '')
      if ((repository === '') === isPlain && !tags.has(tag)) tags.set(tag, digestOfEntry(entry))
    }
  }
  return tags
}

/** The tag that an entry names, or its full name; undefined for one without. */
function tagOfEntry(entry: unknown): string | undefined {
  const annotations = isRecord(entry) && isRecord(entry['annotations']) ? entry['annotations'] : {}
  const name = NAMES.map(each => annotations[each]).find(each => typeof each === 'string' && each !== '')
  return typeof name === 'string' ? name : undefined
}

function servedTag(entry: unknown): string | undefined {
  const name = tagOfEntry(entry)
  return name === undefined ? undefined : servedName(name, '').tag
}

function digestOfEntry(entry: unknown): string {
  return isRecord(entry) ? String(entry['digest']) : ''
}

/** An entry without a name for each document that needs one, and none for what is listed otherwise or lies below another. */
function withTops(texts: readonly RawJson[], held: HeldDocuments, written: string | undefined): readonly RawJson[] {
  const entries = texts.map(raw => ({ raw, value: fromRaw(raw) }))
  const below = new Set([...held.values()].flatMap(({ children }) => children.map(({ digest }) => digest as string)))
  const named = new Set(entries.flatMap(({ value }) => (tagOfEntry(value) === undefined ? [] : [digestOfEntry(value)])))
  const seen = new Set<string>()
  const kept = entries.filter(({ value }) => {
    const digest = digestOfEntry(value)
    if (tagOfEntry(value) !== undefined || !held.has(digest)) return true
    if (named.has(digest) || below.has(digest) || seen.has(digest)) return false
    seen.add(digest)
    return true
  })
  const missing = [...held.values()].filter(
    ({ descriptor: { digest } }) => !named.has(digest) && !below.has(digest) && !seen.has(digest),
  )
  return [
    ...kept.map(({ raw }) => raw),
    ...missing.map(({ descriptor }) => toRaw(namedDescriptor(descriptor, undefined, written))),
  ]
}
