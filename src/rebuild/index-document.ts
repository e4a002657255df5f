import type { Descriptor } from '../blob/descriptor.ts'
import { DOCKER_LIST, type Family, OCI_INDEX } from '../blob/media-type.ts'
import { type BlobPointer, pointingTo } from './document.ts'
import { elements, fromRaw, isRawObject, member, rawArray, rawJson, rawJsonBytes, toRaw, withMember } from './raw-json.ts'
import { withEntry } from './setting.ts'

/** What becomes of an index's manifests, by their old digests. */
export type IndexChange = {
  readonly replaced: ReadonlyMap<string, BlobPointer>
  readonly dropped: ReadonlySet<string>
  /** Undefined keeps the family. */
  readonly family: Family | undefined
  readonly keepSubject: boolean
}

const REFERENCE_DIGEST = 'vnd.docker.reference.digest'

/**
 * The index over rebuilt images: entries point to the new manifests, those of others stay as they were written, carried
 * attestations name the image they now hang below. The same bytes where nothing changes.
 */
export function rewriteIndex(raw: Uint8Array, change: IndexChange): Uint8Array {
  const before = rawJson(raw)
  const listed = elements(member(before, 'manifests'))
  const after = listed.flatMap(entry => {
    const digest = String(fromRaw(member(entry, 'digest') ?? toRaw('')))
    if (change.dropped.has(digest)) return []
    const replacement = change.replaced.get(digest)
    const moved = replacement === undefined ? entry : pointingTo(entry, replacement)
    const annotations = member(moved, 'annotations')
    const about = isRawObject(annotations) ? member(annotations, REFERENCE_DIGEST) : undefined
    const target = about === undefined ? undefined : change.replaced.get(String(fromRaw(about)))
    return [target === undefined ? moved : withEntry(moved, 'annotations', REFERENCE_DIGEST, target.digest)]
  })
  const same = after.length === listed.length && after.every((entry, index) => entry === listed[index])
  let index = same ? before : withMember(before, 'manifests', rawArray(after))
  if (change.family !== undefined && member(index, 'mediaType') !== undefined) {
    const wanted = toRaw(change.family === 'docker' ? DOCKER_LIST : OCI_INDEX)
    if (member(index, 'mediaType') !== wanted) index = withMember(index, 'mediaType', wanted)
  }
  if (index !== before && !change.keepSubject) index = withMember(index, 'subject', undefined)
  return index === before ? raw : rawJsonBytes(index)
}

/** Digests of the attestations in an index that are about the image `digest` (formats.md 1.2). */
export function attestationsOf(manifests: readonly Descriptor[], digest: string): readonly Descriptor[] {
  return manifests.filter(manifest => manifest.annotations?.[REFERENCE_DIGEST] === digest)
}
