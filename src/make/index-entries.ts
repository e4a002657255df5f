import { type DescriptorPlatform, isRecord, stringMap } from '../blob/descriptor.ts'
import { OCI_INDEX } from '../blob/media-type.ts'
import { type Diagnostic, ImageError } from '../error.ts'
import { INDEX_SHAPE } from '../image/document-shape.ts'
import { documentBytes, plainJson } from '../image/plain-json.ts'
import {
  descriptorPlatform,
  formatPlatform,
  normalizePlatform,
  type Platform,
  parsePlatform,
  platformDistance,
} from '../image/platform.ts'
import { elements, fromRaw, member, type RawJson, rawArray, toRaw, withMember } from '../image/raw-json.ts'
import { familyOf } from '../rebuild/media-family.ts'
import { withEntry, withoutEntries } from '../rebuild/setting.ts'

/** An image that an index lists, and what is listed because of it. */
export type IndexEntry = {
  /** Its descriptor as it was written, or as it will be. */
  readonly raw: RawJson
  readonly digest: string
  /** Undefined for what runs nowhere: an artifact that stands for itself. */
  readonly platform: Platform | undefined
  /** Attestations and artifacts about it, which go where it goes. */
  readonly about: readonly RawJson[]
}

/**
 * The platform that an image's config names, as a descriptor says it. @throws ImageError `PLATFORM_UNKNOWN` where it names none
 */
export function configPlatform(config: unknown, digest: string): DescriptorPlatform {
  const value = isRecord(config) ? config : {}
  const text = (key: string) => (typeof value[key] === 'string' && value[key] !== '' ? value[key] : undefined)
  const [os, architecture, variant, version] = [text('os'), text('architecture'), text('variant'), text('os.version')]
  const features = Array.isArray(value['os.features']) ? value['os.features'].filter(each => typeof each === 'string') : []
  if (os === undefined || architecture === undefined) {
    throw new ImageError('PLATFORM_UNKNOWN', `Cannot list ${digest}: its config does not say what it runs on`, {
      hint: 'An index is chosen from by platform; build the image with --platform.',
    })
  }
  return {
    architecture,
    os,
    ...(version !== undefined && { 'os.version': version }),
    ...(features.length > 0 && { 'os.features': features }),
    ...(variant !== undefined && { variant }),
  }
}

/** The descriptor with the platform of the image's own config; as it was written where that is what it says. */
export function withPlatform(raw: RawJson, platform: DescriptorPlatform): RawJson {
  const present = member(raw, 'platform')
  const said = present === undefined ? undefined : descriptorPlatform(fromRaw(present) as DescriptorPlatform)
  const wanted = descriptorPlatform(platform)
  return JSON.stringify(said) === JSON.stringify(wanted) ? raw : withMember(raw, 'platform', toRaw(platform))
}

/**
 * An index that lists these images, for the platforms most machines have first, then as given, and what is about them after all
 * images. Other fields of `before` stay; it is an OCI index, unless it was docker's and still lists only such manifests.
 * @throws ImageError `PLATFORM_REPEATED`
 */
export function indexOf(
  before: Uint8Array | undefined,
  entries: readonly IndexEntry[],
): { readonly raw: Uint8Array; readonly mediaType: string; readonly diagnostics: readonly Diagnostic[] } {
  checkPlatforms(entries)
  const sorted = [...entries].sort((a, b) => rankOf(a) - rankOf(b))
  const empty = toRaw({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] })
  const text = before === undefined ? empty : plainJson(before, INDEX_SHAPE)
  const types = new Set(entries.map(({ raw }) => familyOf(String(fromRaw(member(raw, 'mediaType') ?? toRaw(''))))))
  const own = member(text, 'mediaType')
  const stays = own !== undefined && (familyOf(String(fromRaw(own))) === 'oci' || !types.has('oci'))
  const mediaType = stays ? String(fromRaw(own)) : OCI_INDEX
  const typed = own === toRaw(mediaType) ? text : withMember(text, 'mediaType', toRaw(mediaType))
  const listed = rawArray([...sorted.map(({ raw }) => raw), ...sorted.flatMap(({ about }) => about)])
  const message = 'The index lists manifests of Docker and of OCI side by side: some tools mirror only one kind'
  return {
    raw: documentBytes(withMember(typed, 'manifests', listed)),
    mediaType,
    diagnostics: types.size > 1 ? [{ code: 'INDEX_MIXED', severity: 'warning', message }] : [],
  }
}

/** The entries that words choose, by platform or digest. @throws ImageError `PLATFORM_NOT_FOUND` for a word that chooses none */
export function chosenEntries(entries: readonly IndexEntry[], words: readonly string[]): ReadonlySet<IndexEntry> {
  const chosen = new Set<IndexEntry>()
  for (const word of words) {
    const found = entries.filter(entry => (word.includes(':') ? entry.digest === word : isFor(entry, word)))
    for (const entry of found) chosen.add(entry)
    if (found.length > 0) continue
    const there = entries.map(({ platform, digest }) => (platform === undefined ? digest : formatPlatform(platform)))
    throw new ImageError(
      'PLATFORM_NOT_FOUND',
      { action: `find "${word.replace(/[^ -~]/g, '?')}" in the index`, why: 'it lists no such image' },
      {
        hint: `There are ${there.join(', ')}.`,
      },
    )
  }
  return chosen
}

/** The entry, or the whole index, with an annotation set, or removed where the value is undefined. */
export function annotated(raw: RawJson, name: string, value: string | undefined): RawJson {
  return withEntry(raw, 'annotations', name, value)
}

function isFor({ platform }: IndexEntry, word: string): boolean {
  return platform !== undefined && platformDistance(parsePlatform(word), platform) === 0
}

const FIRST = ['linux/amd64', 'linux/arm64']

function rankOf({ platform }: IndexEntry): number {
  const place = platform === undefined ? -1 : FIRST.indexOf(formatPlatform(platform))
  return place === -1 ? FIRST.length : place
}

/** The first of two that fit is taken: the second would never run, unless something else tells them apart. */
function checkPlatforms(entries: readonly IndexEntry[]): void {
  const seen = new Set<string>()
  for (const { raw, platform } of entries) {
    if (platform === undefined) continue
    const annotations = stringMap(fromRaw(member(raw, 'annotations') ?? toRaw({}))) ?? {}
    const key = JSON.stringify([normalizePlatform(platform), Object.entries(annotations).sort()])
    if (seen.has(key)) {
      throw new ImageError(
        'PLATFORM_REPEATED',
        `Cannot list two images for ${formatPlatform(platform)}: only the first would ever run`,
        {
          hint: 'Remove the other one first (peel index remove), or tell them apart by an annotation.',
        },
      )
    }
    seen.add(key)
  }
}

/** Descriptors of an index by their digests, as they are written. */
export function rawDescriptors(index: Uint8Array): ReadonlyMap<string, RawJson> {
  const listed = member(plainJson(index, INDEX_SHAPE), 'manifests')
  return new Map(elements(listed).map(each => [String(fromRaw(member(each, 'digest') ?? toRaw(''))), each]))
}

/** A descriptor without the name it had in a place of its own. */
export function withoutName(raw: RawJson): RawJson {
  return withoutEntries(raw, 'annotations', NAMES)
}

const NAMES = ['org.opencontainers.image.ref.name', 'io.containerd.image.name', 'org.opencontainers.image.created']
