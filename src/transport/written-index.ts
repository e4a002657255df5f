import { type Descriptor, isRecord } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import { parseJsonObject } from '../blob/json.ts'
import { OCI_INDEX } from '../blob/media-type.ts'
import { DOCUMENT_LIMIT } from '../blob/read.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { keysOfEntry, keysSought } from '../image/choose.ts'
import { INDEX_SHAPE } from '../image/document-shape.ts'
import { plainJson } from '../image/plain-json.ts'
import { elements, fromRaw, member, type RawJson, rawArray, rawJsonBytes, toRaw, withMember } from '../image/raw-json.ts'
import { formatReference, isFullName, parseReference } from '../image/reference.ts'
import type { NamedRoot } from './docker-manifest.ts'

const REF_NAME = 'org.opencontainers.image.ref.name'
const CONTAINERD_NAME = 'io.containerd.image.name'
const CREATED = 'org.opencontainers.image.created'

/** `oci-layout`, as the spec has it. */
export const LAYOUT_FILE = '{"imageLayoutVersion":"1.0.0"}'

/** An `index.json` that is there, read once, however many images are looked for in it or added. */
export class WrittenIndex {
  readonly #text: RawJson
  readonly #entries: readonly WrittenEntry[]
  /** Digests of the entries that are found by a key of `keysSought`, and of those without a name. */
  readonly #found = new Map<string, Set<unknown>>()
  readonly #nameless = new Set<unknown>()

  /** @throws ImageError `DOCUMENT_INVALID`, `JSON_INVALID` */
  constructor(existing: Uint8Array) {
    this.#text = readIndexText(existing)
    this.#entries = elements(member(this.#text, 'manifests')).map(raw => ({ raw, value: fromRaw(raw) }))
    for (const { value: entry } of this.#entries) {
      const names = namesOf(entry)
      const digest = isRecord(entry) ? entry['digest'] : undefined
      for (const key of names.flatMap(keysOfEntry)) this.#found.set(key, (this.#found.get(key) ?? new Set()).add(digest))
      if (names.length === 0 && digest !== undefined) this.#nameless.add(digest)
    }
  }

  /**
   * The entry under a name, by any way of finding one: nothing, this very image, or another. Without a name all that it
   * lists counts: beside another image, one without a name could not be told from it.
   */
  heldUnder(name: string | undefined, digest: Digest): 'nothing' | 'same' | 'other' {
    if (name === undefined) return this.#entries.length === 0 ? 'nothing' : this.#nameless.has(digest) ? 'same' : 'other'
    const found = new Set(keysSought(name).flatMap(key => [...(this.#found.get(key) ?? [])]))
    if (found.size === 0) return 'nothing'
    return found.size === 1 && found.has(digest) ? 'same' : 'other'
  }

  /**
   * The index with more images, each under all its names. Its content stays as it is written, unknown fields and other images
   * included; an image of the same name gives way to the new one. With `replace`, one without a name takes the place of another when that is all there is. `written`
   * as in `namedDescriptor`.
   * @throws ImageError `DOCUMENT_TOO_LARGE`
   */
  with(
    roots: readonly NamedRoot[],
    { replace = false, written }: { replace?: boolean | undefined; written?: string } = {},
  ): string {
    const list = new EntryList(this.#entries)
    for (const { root, names } of roots) {
      for (const name of names.length > 0 ? names : [undefined]) {
        const isOther = replace && name === undefined && list.length === 1
        list.put(namedDescriptor(root, name, written), isOther ? list.onlyNameless : undefined)
      }
    }
    return withEntryTexts(this.#text, list.texts)
  }
}

/** An entry as it is written and as it was understood. */
type WrittenEntry = { readonly raw: RawJson; readonly value: unknown }

/** An `index.json` to edit. @throws ImageError `DOCUMENT_INVALID`, `JSON_INVALID` */
export function readIndexText(existing: Uint8Array): RawJson {
  parseJsonObject(existing, 'index.json')
  return plainJson(existing, INDEX_SHAPE)
}

/** The index with other entries, and with every other byte as it was written. @throws ImageError `DOCUMENT_TOO_LARGE` */
export function withEntryTexts(index: RawJson, entries: readonly RawJson[]): string {
  return boundedText(rawJsonBytes(withMember(index, 'manifests', rawArray(entries))).toString())
}

/** Entries of an index, found by name or, where they have none, by digest. */
class EntryList {
  /** Undefined in the place of one that went. */
  readonly #list: (WrittenEntry | undefined)[]
  readonly #places = new Map<string, readonly number[]>()
  length: number

  constructor(entries: readonly WrittenEntry[]) {
    this.#list = [...entries]
    this.length = entries.length
    const places = new Map<string, number[]>()
    for (const [at, entry] of entries.entries()) {
      const key = keyOf(entry.value)
      const known = places.get(key)
      if (known === undefined) places.set(key, [at])
      else known.push(at)
    }
    this.#places = places
  }

  get texts(): readonly RawJson[] {
    return this.#list.flatMap(entry => (entry === undefined ? [] : [entry.raw]))
  }

  /** The key of the only entry, where that has no name. */
  get onlyNameless(): string | undefined {
    const only = this.#list.find(entry => entry !== undefined)?.value
    return refName(only) === undefined ? keyOf(only) : undefined
  }

  /** Puts an entry in the place of the first that is like it, or has the key `instead`; others like it go. */
  put(added: Descriptor, instead?: string): void {
    const key = keyOf(added)
    const [first = this.#list.length, ...others] = this.#places.get(key) ?? this.#places.get(instead ?? '') ?? []
    if (first === this.#list.length) this.length++
    for (const at of others) this.#list[at] = undefined
    this.length -= others.length
    this.#list[first] = { raw: toRaw(added), value: added }
    if (instead !== undefined) this.#places.delete(instead)
    this.#places.set(key, [first])
  }
}

/** Two entries are about one thing where their keys are the same. */
function keyOf(entry: unknown): string {
  const name = refName(entry)
  if (typeof name === 'string') return `name ${name}`
  return name === undefined && isRecord(entry) ? `digest ${String(entry['digest'])}` : 'other'
}

/**
 * The text of an `index.json`. One that is longer than peel reads is not written: all that a layout has would be out of reach.
 * @throws ImageError `DOCUMENT_TOO_LARGE`
 */
function boundedText(text: string): string {
  const size = Buffer.byteLength(text)
  if (size <= DOCUMENT_LIMIT) return text
  throw new ImageError(
    'DOCUMENT_TOO_LARGE',
    { action: 'write the index', why: `its ${size} bytes would be over the limit of ${DOCUMENT_LIMIT} for a document` },
    { hint: 'Write to another place, or take tags out of this one: peel prune.' },
  )
}

/** The `index.json` of a new place: an entry for each name, or one without a name. @throws ImageError `DOCUMENT_TOO_LARGE` */
export function indexJsonOf(roots: readonly NamedRoot[], written?: string): string {
  const named = new Map<string, { root: Descriptor; names: string[] }>()
  for (const { root, names } of roots) {
    const known = named.get(root.digest)
    if (known === undefined) named.set(root.digest, { root, names: [...names] })
    else known.names.push(...names)
  }
  const manifests = [...named.values()].flatMap(({ root, names }) => {
    const each = names.length === 0 ? [undefined] : names
    return each.map(name => namedDescriptor(root, name, written))
  })
  return boundedText(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }))
}

/** The error for a name that an index has another image under. */
export function nameTaken(name: string | undefined, where: string): ImageError {
  return name === undefined
    ? new ImageError('DESTINATION_EXISTS', `Cannot write ${where}: it has images already, and this one would have no name`, {
        hint: 'Give it a tag (oci:DIRECTORY:TAG), or add it without one with --force.',
      })
    : new ImageError('DESTINATION_EXISTS', `Cannot write ${where}: it has an image "${escapeText(name)}" already`, {
        hint: 'Choose another tag, or replace it with --force.',
      })
}

/**
 * The descriptor as the index lists it, of the members that image-spec descriptor.md has and nothing else: a value may hold
 * words of peel's own (reports/repo-tags-in-index-json). Names of the place it came from do not come along. `written` is the time it is
 * listed at, as RFC 3339: regclient and `peel prune` tell by it what is old. An archive has none, so that the same image is the same bytes.
 */
export function namedDescriptor(root: Descriptor, name: string | undefined, written?: string): Descriptor {
  const { mediaType, digest, size, urls, annotations = {}, platform, artifactType } = root
  const old = written === undefined ? [REF_NAME, CONTAINERD_NAME] : [REF_NAME, CONTAINERD_NAME, CREATED]
  const kept = Object.entries(annotations).filter(([key]) => !old.includes(key))
  const named = [
    ...kept,
    ...(name === undefined ? [] : [[REF_NAME, name] as const, ...containerdName(name)]),
    ...(written === undefined ? [] : [[CREATED, written] as const]),
  ]
  return {
    mediaType,
    digest,
    size,
    ...(urls !== undefined && { urls }),
    ...(named.length > 0 && { annotations: Object.fromEntries(named) }),
    ...(platform !== undefined && { platform }),
    ...(artifactType !== undefined && { artifactType }),
  }
}

/** containerd and docker's own store take the full name from an annotation of their own. */
function containerdName(name: string): readonly (readonly [string, string])[] {
  return isFullName(name) ? [[CONTAINERD_NAME, formatReference(parseReference(name))]] : []
}

function refName(item: unknown): unknown {
  return isRecord(item) && isRecord(item['annotations']) ? item['annotations'][REF_NAME] : undefined
}

function namesOf(item: unknown): readonly string[] {
  const annotations = isRecord(item) && isRecord(item['annotations']) ? item['annotations'] : {}
  return [annotations[REF_NAME], annotations[CONTAINERD_NAME]].filter(each => typeof each === 'string')
}
