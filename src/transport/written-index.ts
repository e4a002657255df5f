import { type Descriptor, isRecord } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import { type JsonRecord, parseJsonObject } from '../blob/json.ts'
import { OCI_INDEX } from '../blob/media-type.ts'
import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { isFoundBy } from '../image/choose.ts'
import { formatReference, isFullName, parseReference } from '../image/reference.ts'
import type { NamedRoot } from './docker-manifest.ts'

const REF_NAME = 'org.opencontainers.image.ref.name'
const CONTAINERD_NAME = 'io.containerd.image.name'
const CREATED = 'org.opencontainers.image.created'

/** `oci-layout`, as the spec has it. */
export const LAYOUT_FILE = '{"imageLayoutVersion":"1.0.0"}'

/**
 * `index.json` with one more image. Its content stays, unknown fields and other images included; an image of the same
 * name gives way to the new one. With `replace`, one without a name takes the place of another when that is all there is. `written` as in
 * `namedDescriptor`.
 * @throws ImageError `DOCUMENT_INVALID`, `JSON_INVALID`
 */
export function indexWith(
  root: Descriptor,
  name: string | undefined,
  existing?: Uint8Array,
  { replace = false, written }: { readonly replace?: boolean | undefined; readonly written?: string } = {},
): string {
  const before: JsonRecord =
    existing === undefined ? { schemaVersion: 2, mediaType: OCI_INDEX } : parseJsonObject(existing, 'index.json').value
  const manifests: readonly unknown[] = Array.isArray(before['manifests']) ? before['manifests'] : []
  const added = namedDescriptor(root, name, written)
  const replacesNameless = (item: unknown) =>
    isSame(item, root) || (replace && manifests.length === 1 && refName(item) === undefined)
  const replaces = (item: unknown) => (name === undefined ? replacesNameless(item) : refName(item) === name)
  const position = manifests.findIndex(replaces)
  const kept = manifests.filter((item, index) => index === position || !replaces(item))
  const merged = position === -1 ? [...kept, added] : kept.map(item => (item === manifests[position] ? added : item))
  return JSON.stringify({ ...before, manifests: merged })
}

/** `index.json` with more roots, each under all its names. */
export function mergedIndex(
  roots: readonly NamedRoot[],
  existing: Uint8Array,
  options: { readonly replace?: boolean | undefined; readonly written?: string } = {},
): string {
  let text = Buffer.from(existing)
  for (const { root, names } of roots) {
    for (const name of names.length > 0 ? names : [undefined]) text = Buffer.from(indexWith(root, name, text, options))
  }
  return text.toString()
}

/** The `index.json` of a new place: an entry for each name, or one without a name. */
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
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })
}

/**
 * The entry of an index under a name, by any way of finding one: nothing, this very image, or another. Without a name all that it
 * lists counts: beside another image, one without a name could not be told from it.
 * @throws ImageError `JSON_INVALID`
 */
export function heldUnder(
  existing: Uint8Array,
  name: string | undefined,
  digest: Digest | undefined,
): 'nothing' | 'same' | 'other' {
  const { value } = parseJsonObject(existing, 'index.json')
  const manifests: readonly unknown[] = Array.isArray(value['manifests']) ? value['manifests'] : []
  const isThis = (item: unknown) => isRecord(item) && item['digest'] === digest
  const found = name === undefined ? manifests : manifests.filter(item => isFoundBy(namesOf(item), name))
  if (found.length === 0) return 'nothing'
  const same = name === undefined ? found.some(item => isThis(item) && namesOf(item).length === 0) : found.every(isThis)
  return same ? 'same' : 'other'
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

function isSame(item: unknown, root: Descriptor): boolean {
  return isRecord(item) && item['digest'] === root.digest && refName(item) === undefined
}
