import type { Descriptor } from '../blob/descriptor.ts'
import { DOCKER_LIST, type Family, OCI_INDEX } from '../blob/media-type.ts'
import { escapeText } from '../escape.ts'
import { INDEX_SHAPE } from '../image/document-shape.ts'
import { documentBytes, plainJson } from '../image/plain-json.ts'
import { elements, fromRaw, member, type RawJson, rawArray, toRaw, withMember } from '../image/raw-json.ts'
import { type BlobPointer, pointingTo } from './document.ts'
import { annotationsNaming, annotationsOf } from './named-digests.ts'
import { withEntries, withoutEntries } from './setting.ts'

/** The new entries of an index's manifests, by their old digests. */
export type IndexChange = {
  readonly replaced: ReadonlyMap<string, EntryTarget>
  readonly dropped: ReadonlySet<string>
  /** Undefined keeps the family. */
  readonly family: Family | undefined
  readonly keepSubject: boolean
}

/** The index as it is written, and what is no longer true or no longer in it. */
export type RewrittenIndex = {
  readonly raw: Uint8Array
  /** Names of annotations that spoke of bytes which were replaced. */
  readonly lost: readonly string[]
  /** Entries that came to be the same image for the same platform as another. */
  readonly repeated: number
}

/**
 * The index over rebuilt images: entries point to the new manifests, those of others stay as they were written, carried
 * attestations name the image they now hang below. The same bytes where nothing changes.
 */
export function rewriteIndex(raw: Uint8Array, change: IndexChange): RewrittenIndex {
  const before = plainJson(raw, INDEX_SHAPE)
  const listed = elements(member(before, 'manifests'))
  const lost = new Set<string>()
  const moved: RawJson[] = []
  for (const entry of listed) {
    const digest = digestOf(entry)
    if (change.dropped.has(digest)) continue
    const target = change.replaced.get(digest)
    if (target === undefined) {
      moved.push(renewedEntry(entry, change.replaced))
      continue
    }
    const { entry: pointed, lost: untrue } = movedEntry(entry, target, change.replaced)
    for (const name of untrue) lost.add(name)
    moved.push(pointed)
  }
  const rebuilt = new Set<string>()
  // Of what rebuilt images were and had.
  const gone = new Set(change.replaced.keys())
  for (const { digest, without = [] } of change.replaced.values()) {
    rebuilt.add(digest)
    for (const each of without) gone.add(each)
  }
  const after = distinct(moved, rebuilt)
  const same = after.length === listed.length && after.every((entry, index) => entry === listed[index])
  let index = same ? before : withMember(before, 'manifests', rawArray(after))
  if (change.family !== undefined && member(index, 'mediaType') !== undefined) {
    const wanted = toRaw(change.family === 'docker' ? DOCKER_LIST : OCI_INDEX)
    if (member(index, 'mediaType') !== wanted) index = withMember(index, 'mediaType', wanted)
  }
  const untrue = annotationsNaming(index, gone)
  index = withoutEntries(index, 'annotations', untrue)
  for (const name of untrue) lost.add(escapeText(name))
  if (index !== before && !change.keepSubject) index = withMember(index, 'subject', undefined)
  return { raw: index === before ? raw : documentBytes(index), lost: [...lost], repeated: moved.length - after.length }
}

/** Variants of one platform that were rebuilt into one image are one entry. */
function distinct(entries: readonly RawJson[], rebuilt: ReadonlySet<string>): readonly RawJson[] {
  const seen = new Set<string>()
  return entries.filter(entry => {
    const digest = digestOf(entry)
    const key = `${digest} ${member(entry, 'platform') ?? ''}`
    if (!rebuilt.has(digest) || !seen.has(key)) return Boolean(seen.add(key))
    return false
  })
}

function digestOf(entry: RawJson): string {
  return String(fromRaw(member(entry, 'digest') ?? toRaw('')))
}

/** Manifests in an index that are about the image `digest`: attestations, SOCI indexes, whatever names it. */
export function attestationsOf(manifests: readonly Descriptor[], digest: string): readonly Descriptor[] {
  return manifests.filter(manifest => manifest.digest !== digest && isAbout(manifest.annotations, digest))
}

/** A manifest that an index's entry will point to. */
export type EntryTarget = BlobPointer & {
  /** Whether all its layers are zstd, which containers/image marks variants by. */
  readonly zstd?: boolean
  /** Digests of layers and configs that the manifest had before and has no more. */
  readonly without?: ReadonlySet<string>
}

const REFERENCE_DIGEST = 'vnd.docker.reference.digest'
const ZSTD_MARK = 'io.github.containers.compression.zstd'
/** Words about a manifest's very layers or bytes: lazy pulling, SOCI, checksums of what was packed. */
const BYTES =
  /^(?:containerd\.io\/snapshot\/|io\.containers\.(?:estargz|zstd-chunked)|com\.amazon\.soci\.|org\.opencontainers\.image\.enc\.)/

type MovedEntry = { readonly entry: RawJson; readonly lost: readonly string[] }

/** An entry of an index made to point to a rebuilt manifest; fields about the old bytes go, and are named. */
function movedEntry(entry: RawJson, target: EntryTarget, replaced: ReadonlyMap<string, EntryTarget>): MovedEntry {
  const gone = annotationsOf(entry).filter(([name, value]) => {
    if (name === REFERENCE_DIGEST) return false
    if (name === ZSTD_MARK) return target.zstd !== true
    return BYTES.test(name) || replaced.has(value) || target.without?.has(value) === true
  })
  const names = gone.map(([name]) => name)
  return { entry: withoutEntries(pointingTo(entry, target), 'annotations', names), lost: names.map(escapeText) }
}

/** Whether an annotation of the entry names the digest: it is about that image (buildkit's attestations, SOCI v2, others). */
function isAbout(annotations: Readonly<Record<string, string>> | undefined, digest: string): boolean {
  return Object.values(annotations ?? {}).includes(digest)
}

/** An entry that is about rebuilt images, carried over: it names the new digests. */
function renewedEntry(entry: RawJson, replaced: ReadonlyMap<string, EntryTarget>): RawJson {
  const renewed = annotationsOf(entry).flatMap(([name, value]) => {
    const target = replaced.get(value)
    return target === undefined ? [] : [[name, target.digest] as const]
  })
  return withEntries(entry, 'annotations', renewed)
}
