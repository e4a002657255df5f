import { BlockEnvelope, blockFormat, compressBlock, compressedLimit } from '../blob/block-compression.ts'
import type { Descriptor } from '../blob/descriptor.ts'
import { type Digest, digestOf } from '../blob/digest.ts'
import { layerMediaType, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../blob/media-type.ts'
import type { BlobSource } from '../blob/source.ts'
import { TAR_END, tarHeader, tarPaddingBytes } from '../blob/tar-writer.ts'
import { ImageError } from '../error.ts'
import { type DemoMember, demoSteps } from './demo-files.ts'

/** The reference that opens the demo image wherever an image is asked for. */
export const DEMO = 'demo:'

/**
 * The built-in image: an index of two platforms, made in code, the same bytes on every run with one Node version. It is
 * a small model of how images waste: see `demo-files.ts`.
 */
export function demoSource(): BlobSource {
  const blobs = new Map<Digest, Buffer>()
  const put = (bytes: Buffer, mediaType: string): Descriptor => {
    const digest = digestOf(bytes)
    blobs.set(digest, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const manifests = ['amd64', 'arm64'].map(architecture => ({
    ...image(architecture, put),
    platform: { os: 'linux', architecture },
  }))
  const index = put(json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }), OCI_INDEX)
  const root = { ...index, annotations: { 'org.opencontainers.image.ref.name': 'weather' } }
  return {
    name: DEMO,
    roots: async () => [root],
    async *fetchUnverified(blob, { offset = 0, length } = {}) {
      const bytes = blobs.get(blob.digest)
      if (bytes === undefined) throw new ImageError('BLOB_MISSING', `Cannot read ${blob.digest}: the demo image has no such blob`)
      yield bytes.subarray(offset, length === undefined ? undefined : offset + length)
    },
    locate: async () => undefined,
    close: async () => undefined,
  }
}

type Put = (bytes: Buffer, mediaType: string) => Descriptor

function image(architecture: string, put: Put): Descriptor {
  const layers: Descriptor[] = []
  const diffIDs: Digest[] = []
  const history: { readonly created: string }[] = []
  for (const [index, { createdBy, members }] of demoSteps(architecture).entries()) {
    const created = new Date(Date.UTC(2026, 0, 15, 9, 30, index * 7)).toISOString().replace('.000Z', 'Z')
    const step = { created, created_by: createdBy, ...(members === undefined && { empty_layer: true }) }
    history.push(step)
    if (members === undefined) continue
    const bytes = tar(members)
    diffIDs.push(digestOf(bytes))
    layers.push(put(gzip(bytes), layerMediaType('oci', 'gzip')))
  }
  const created = history.at(-1)?.created
  const rootfs = { type: 'layers', diff_ids: diffIDs }
  const config = put(json({ created, architecture, os: 'linux', config: CONTAINER, rootfs, history }), OCI_CONFIG)
  const annotations = { 'org.opencontainers.image.title': 'weather', 'org.opencontainers.image.version': '1.4' }
  return put(json({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers, annotations }), OCI_MANIFEST)
}

const CONTAINER = {
  User: '1000',
  ExposedPorts: { '8080/tcp': {} },
  Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'WEATHER_HOME=/app'],
  Entrypoint: ['/app/bin/weather'],
  WorkingDir: '/app',
  Labels: { 'org.opencontainers.image.title': 'weather', 'org.opencontainers.image.description': 'The demo image of peel' },
}

function tar(members: readonly DemoMember[]): Buffer {
  const parts: Buffer[] = []
  for (const { content, ...member } of members) {
    parts.push(tarHeader(member))
    if (content !== undefined) parts.push(content, tarPaddingBytes(content.length))
  }
  return Buffer.concat([...parts, TAR_END])
}

/** One block: layers of the demo are small. */
function gzip(bytes: Buffer): Buffer {
  const format = blockFormat('gzip')
  const envelope = new BlockEnvelope(format)
  envelope.update(bytes)
  const output = Buffer.alloc(compressedLimit(bytes.length))
  const length = compressBlock({ bytes, start: 0, last: true }, format, output)
  return Buffer.concat([envelope.head, output.subarray(0, length), envelope.tail])
}

function json(document: object): Buffer {
  return Buffer.from(JSON.stringify(document))
}
