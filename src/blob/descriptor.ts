import { ImageError } from '../error.ts'
import { escapeText } from '../escape.ts'
import { type Digest, parseDigest } from './digest.ts'
import { OCI_EMPTY } from './media-type.ts'

/** `platform` of a descriptor as the spec spells it. */
export type DescriptorPlatform = {
  readonly architecture: string
  readonly os: string
  readonly variant?: string
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
}

/** A pointer to a blob (image-spec descriptor.md). Field names are the spec's. */
export type Descriptor = {
  readonly mediaType: string
  readonly digest: Digest
  /** Bytes of the blob. */
  readonly size: number
  readonly urls?: readonly string[]
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: DescriptorPlatform
  /** The blob itself, base64; verified like any other source. */
  readonly data?: string
  readonly artifactType?: string
}

/** Bytes of the blobs of layers, or of whatever else has one, together: as they lie there, compressed. */
export function sizeOfBlobs(parts: Iterable<{ readonly blob: Pick<Descriptor, 'size'> }>): number {
  let total = 0
  for (const { blob } of parts) total += blob.size
  return total
}

/** `{}`: the empty config or layer of an artifact (image-spec manifest.md). */
export const EMPTY_DESCRIPTOR: Descriptor = {
  mediaType: OCI_EMPTY,
  digest: parseDigest('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'),
  size: 2,
  data: 'e30=',
}

/**
 * Reads a descriptor out of a parsed document. Unknown fields are left to the raw document.
 * `where` names the place for messages: `index.json manifests[2]`.
 * @throws ImageError `DESCRIPTOR_INVALID`, `DIGEST_INVALID`
 */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (!isRecord(value)) throw invalid(where, 'it is not an object')
  const { mediaType, digest, size } = value
  if (typeof mediaType !== 'string') throw invalid(where, '"mediaType" is missing or not a string')
  if (typeof size !== 'number')
    throw invalid(where, `"size" is ${size === undefined ? 'missing' : `a ${typeof size}, not a number`}`)
  if (!Number.isSafeInteger(size) || size < 0) throw invalid(where, `"size" is ${size}, not a whole number from 0 to 2^53-1`)
  const platform = parsePlatform(value['platform'])
  const annotations = stringMap(value['annotations'])
  const urls = strings(value['urls'])
  return {
    mediaType,
    digest: parseDigest(digest),
    size,
    ...(urls.length > 0 && { urls }),
    ...(annotations !== undefined && { annotations }),
    ...(platform !== undefined && { platform }),
    ...(typeof value['data'] === 'string' && { data: value['data'] }),
    ...(typeof value['artifactType'] === 'string' && { artifactType: value['artifactType'] }),
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The string entries of an object; `null`, absent and non-string values are left out. */
export function stringMap(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isRecord(value)) return undefined
  // Object.fromEntries defines own properties: a key such as __proto__ stays data.
  return Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
}

export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}

function parsePlatform(value: unknown): DescriptorPlatform | undefined {
  if (!isRecord(value)) return undefined
  const text = (key: string) => (typeof value[key] === 'string' ? value[key] : undefined)
  const [variant, version, features] = [text('variant'), text('os.version'), strings(value['os.features'])]
  return {
    architecture: text('architecture') ?? '',
    os: text('os') ?? '',
    ...(variant !== undefined && { variant }),
    ...(version !== undefined && { 'os.version': version }),
    ...(features.length > 0 && { 'os.features': features }),
  }
}

function invalid(where: string, why: string): ImageError {
  return new ImageError('DESCRIPTOR_INVALID', `Cannot read the descriptor at ${escapeText(where)}: ${why}`)
}
