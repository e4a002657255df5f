import type { Descriptor } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import { DOCKER_MANIFEST, type Family, OCI_MANIFEST } from '../blob/media-type.ts'
import type { Diagnostic } from '../error.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { CONFIG_SHAPE, MANIFEST_SHAPE } from '../image/document-shape.ts'
import { documentBytes, plainJson } from '../image/plain-json.ts'
import { elements, fromRaw, isRawObject, keys, member, type RawJson, rawArray, toRaw, withMember } from '../image/raw-json.ts'
import { type LayerGroup, mergeHistory } from './history-merge.ts'
import { inFamily } from './media-family.ts'
import { annotationsNaming } from './named-digests.ts'
import { applySetting, type Setting, withEntry, withoutEntries } from './setting.ts'

export type BlobPointer = Pick<Descriptor, 'mediaType' | 'digest' | 'size'>

/** A layer of the new image. */
export type NewLayer = {
  readonly group: LayerGroup
  /** Undefined where a short config names none; then the layers must stay as they are. */
  readonly diffID: Digest | undefined
  /** Where the bytes are now; undefined for a blob that stays. A kept layer with a blob was recompressed. */
  readonly blob: BlobPointer | undefined
}

export type DocumentChange = {
  readonly layers: readonly NewLayer[]
  /** How many layers the image had. */
  readonly before: number
  readonly settings: readonly Setting[]
  /** Undefined keeps the family. */
  readonly family: Family | undefined
  readonly keepSubject: boolean
  /** `SOURCE_DATE_EPOCH` as RFC 3339: the time of squashed history entries. */
  readonly created: string | undefined
}

/** Annotations that name the image a rebuilt base no longer is (image-spec annotations.md). */
const BASE_ANNOTATIONS = ['org.opencontainers.image.base.digest', 'org.opencontainers.image.base.name']
/** Annotations about a layer's very bytes, for lazy pulling and encryption: wrong once these are recompressed. */
const BYTES_ANNOTATION =
  /^(?:containerd\.io\/snapshot\/|io\.containers\.(?:estargz|zstd-chunked)|org\.opencontainers\.image\.enc\.)/

/** The config of the rebuilt image: the same bytes where nothing of it changes. Unknown fields survive. */
export function rewriteConfig(raw: Uint8Array, change: DocumentChange): Uint8Array {
  const before = plainJson(raw, CONFIG_SHAPE)
  let config = before
  if (groupsChanged(change)) {
    config = withMember(config, 'rootfs', rootfs(member(config, 'rootfs'), change))
    const history = member(config, 'history')
    if (history?.[0] === '[') {
      const groups = change.layers.map(layer => layer.group)
      config = withMember(config, 'history', mergeHistory(history, groups, change.created))
    }
  }
  for (const setting of change.settings) config = applySetting(config, setting)
  return config === before ? raw : documentBytes(config)
}

/**
 * The manifest of the rebuilt image around its new config: the same bytes where nothing changes.
 * @throws ImageError `MEDIA_TYPE_UNSUPPORTED`, `ANNOTATIONS_UNSUPPORTED`
 */
export function rewriteManifest(raw: Uint8Array, config: BlobPointer, change: DocumentChange): Uint8Array {
  const before = plainJson(raw, MANIFEST_SHAPE)
  let manifest = withMember(before, 'config', pointingTo(member(before, 'config') ?? toRaw({}), config))
  const layers = elements(member(manifest, 'layers'))
  const described = change.layers.map(layer => layerDescriptor(layers, layer, change.family))
  const same = described.length === layers.length && described.every((each, index) => each === layers[index])
  if (!same) manifest = withMember(manifest, 'layers', rawArray(described))
  manifest = inManifestFamily(manifest, change.family)
  for (const setting of change.settings) manifest = annotated(manifest, setting)
  if (baseReplaced(change)) {
    manifest = withoutEntries(manifest, 'annotations', BASE_ANNOTATIONS)
  }
  manifest = withoutEntries(manifest, 'annotations', annotationsNaming(manifest, goneBlobs(before, manifest)))
  if (manifest !== before && !change.keepSubject) manifest = withMember(manifest, 'subject', undefined)
  return manifest === before ? raw : documentBytes(manifest)
}

/** Digests of the config and the layers that one manifest names and the other does not. */
function goneBlobs(before: RawJson, after: RawJson): ReadonlySet<string> {
  return namedBlobs(before).difference(namedBlobs(after))
}

function namedBlobs(manifest: RawJson): Set<string> {
  const digests = new Set<string>()
  for (const each of [member(manifest, 'config') ?? toRaw({}), ...elements(member(manifest, 'layers'))]) {
    const digest = fromRaw(member(each, 'digest') ?? toRaw(null))
    if (typeof digest === 'string') digests.add(digest)
  }
  return digests
}

/** Tells of annotations of a manifest that named a config or a layer which the one rewritten from it has not. */
export function lostAnnotations(before: Uint8Array, after: Uint8Array): readonly Diagnostic[] {
  if (before === after) return []
  const [old, now] = [plainJson(before, MANIFEST_SHAPE), plainJson(after, MANIFEST_SHAPE)]
  const names = annotationsNaming(old, goneBlobs(old, now))
  if (names.length === 0) return []
  const message = `Annotations of the manifest named what was replaced and are dropped: ${names.map(escapeText).join(', ')}`
  return [{ code: 'ANNOTATION_DROPPED', severity: 'warning', message }]
}

/** A raw descriptor made to point to other bytes: fields about the old ones go, the rest stays. */
export function pointingTo(described: RawJson, blob: BlobPointer): RawJson {
  let text = described
  const set = (key: string, value: unknown) => {
    const current = member(text, key)
    if (current === undefined || fromRaw(current) !== value) text = withMember(text, key, toRaw(value))
  }
  const moved = fromRaw(member(text, 'digest') ?? toRaw(null)) !== blob.digest
  set('mediaType', blob.mediaType)
  set('digest', blob.digest)
  set('size', blob.size)
  return moved ? withMember(withMember(text, 'data', undefined), 'urls', undefined) : text
}

/** The media type in the family that is asked for. @throws ImageError `MEDIA_TYPE_UNSUPPORTED` */
export function typeIn(family: Family | undefined, mediaType: string): string {
  const wanted = family === undefined ? mediaType : inFamily(mediaType, family)
  if (wanted !== undefined) return wanted
  throw new ImageError(
    'MEDIA_TYPE_UNSUPPORTED',
    `Cannot write ${family === 'docker' ? 'a Docker' : 'an OCI'} manifest with "${escapeText(mediaType)}": the format has no such type`,
    { hint: family === 'docker' ? 'Use --format oci, or compress the layers with gzip (--compress gzip).' : 'Keep the format.' },
  )
}

function rootfs(present: RawJson | undefined, change: DocumentChange): RawJson {
  let text = isRawObject(present) ? present : toRaw({ type: 'layers' })
  // The only type the specification knows: a document of ours does not repeat a builder's mistake.
  const type = member(text, 'type')
  if (type !== toRaw('layers')) text = withMember(text, 'type', toRaw('layers'))
  const diffIDs = change.layers.map(layer => layer.diffID)
  if (diffIDs.includes(undefined)) {
    throw new ImageError('CONFIG_INVALID', 'Cannot rewrite the config: it names fewer DiffIDs than the image has layers', {
      hint: 'Squash the layers it does not describe as well.',
    })
  }
  return withMember(text, 'diff_ids', toRaw(diffIDs))
}

function layerDescriptor(layers: readonly RawJson[], { group, blob }: NewLayer, family: Family | undefined): RawJson {
  const old = group.kind === 'kept' ? layers[group.position] : undefined
  if (old === undefined) return toRaw(blob)
  if (blob !== undefined)
    return withoutAnnotations(pointingTo(old, blob), name => family === 'docker' || BYTES_ANNOTATION.test(name))
  const mediaType = String(fromRaw(member(old, 'mediaType') ?? toRaw('')))
  const wanted = typeIn(family, mediaType)
  if (wanted === mediaType) return old
  return withoutAnnotations(withMember(old, 'mediaType', toRaw(wanted)), () => family === 'docker')
}

function withoutAnnotations(descriptor: RawJson, gone: (name: string) => boolean): RawJson {
  const annotations = member(descriptor, 'annotations')
  const names = isRawObject(annotations) ? keys(annotations).filter(gone) : []
  return withoutEntries(descriptor, 'annotations', names)
}

/** Docker's schema 2 has no annotations, no artifact type and no subject, and says its own type. */
function inManifestFamily(manifest: RawJson, family: Family | undefined): RawJson {
  if (family === undefined) return manifest
  const wanted = toRaw(family === 'docker' ? DOCKER_MANIFEST : OCI_MANIFEST)
  const own = member(manifest, 'mediaType')
  const typed = own === wanted || (own === undefined && family === 'oci') ? manifest : withMember(manifest, 'mediaType', wanted)
  if (family === 'oci') return typed
  return ['annotations', 'artifactType', 'subject'].reduce<RawJson>((text, field) => withMember(text, field, undefined), typed)
}

function annotated(manifest: RawJson, setting: Setting): RawJson {
  if (setting.kind !== 'annotation' || !('name' in setting)) return manifest
  if (setting.value !== undefined && fromRaw(member(manifest, 'mediaType') ?? toRaw(null)) === DOCKER_MANIFEST) {
    throw new ImageError(
      'ANNOTATIONS_UNSUPPORTED',
      `Cannot set the annotation "${escapeText(setting.name)}": a Docker manifest has no annotations`,
      { hint: 'Use --format oci, or a label (--set label.NAME=VALUE).' },
    )
  }
  return withEntry(manifest, 'annotations', setting.name, setting.value)
}

function groupsChanged({ layers, before }: DocumentChange): boolean {
  return layers.length !== before || layers.some(({ group }, index) => group.kind !== 'kept' || group.position !== index)
}

function baseReplaced({ layers, before }: DocumentChange): boolean {
  const [first] = layers
  return before > 0 && !(first?.group.kind === 'kept' && first.group.position === 0)
}

/**
 * Tells of the `subject` that a manifest or index had and the one rewritten from it has not: the result is no longer found as
 * something about that image (semantics.md, "Writing a squashed layer", rules 8 and 10).
 */
export function lostSubject(before: Uint8Array, after: Uint8Array): readonly Diagnostic[] {
  const subject = before === after ? undefined : member(plainJson(before, MANIFEST_SHAPE), 'subject')
  if (!isRawObject(subject) || isRawObject(member(plainJson(after, MANIFEST_SHAPE), 'subject'))) return []
  const digest = member(subject, 'digest')
  const which = digest === undefined ? 'the image it refers to' : escapeText(String(fromRaw(digest)))
  const message = `The result does not refer to its subject any more (${which})`
  return [{ code: 'SUBJECT_DROPPED', severity: 'warning', message }]
}
