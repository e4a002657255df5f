import { existsSync } from 'node:fs'
import { INDEX_DIGEST, MANIFEST_DIGEST, SOCI_CONFIG, SOCI_V2, sociManifest } from '../../artifact/soci/soci-index.ts'
import { type Descriptor, isRecord } from '../../blob/descriptor.ts'
import { digestOf } from '../../blob/digest.ts'
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../blob/media-type.ts'
import { once } from '../../blob/pieces.ts'
import { type Parcel, sendBlobs } from '../../blob/send-blobs.ts'
import { type Diagnostic, ImageError } from '../../error.ts'
import { INDEX_SHAPE, MANIFEST_SHAPE } from '../../image/document-shape.ts'
import { allNodes, type ImageNode } from '../../image/list.ts'
import type { Image } from '../../image/load.ts'
import { type Destination, formatLocation, parseDestination } from '../../image/location.ts'
import { documentBytes, plainJson } from '../../image/plain-json.ts'
import { elements, fromRaw, member, type RawJson, rawArray, toRaw, withMember } from '../../image/raw-json.ts'
import { pointingTo } from '../../rebuild/document.ts'
import { withEntry } from '../../rebuild/setting.ts'
import type { Asking } from '../asking.ts'
import { openDestination } from '../remote.ts'
import type { Session } from '../session.ts'
import { parcelsOf } from '../write/copy-image.ts'
import { type IndexedLayer, indexLayers, type SociOptions } from './index-layers.ts'

/** One image, its layers' zTOCs, and the SOCI index over them. */
type SociImage = { readonly image: Image; readonly layers: readonly IndexedLayer[]; readonly index: Descriptor }

export type SociRun = {
  readonly version: 1 | 2
  readonly images: readonly SociImage[]
  /** The written manifest: the SOCI index itself, or the image index that has it. */
  readonly root: Descriptor
  readonly reference: string
  readonly diagnostics: readonly Diagnostic[]
}

const CONFIG_PARCEL: Parcel = { blob: SOCI_CONFIG, open: () => once(Buffer.from('{}')) }

/**
 * Makes the SOCI index of one image and hangs it on the image where it lies, as a referrer (version 1).
 * @throws ImageError `DESTINATION_UNSUPPORTED` where nothing can be added, `SOCI_EMPTY`, those of `indexLayers` and of the place
 */
export async function attachSociIndex(asking: Asking, session: Session, image: Image, options: SociOptions): Promise<SociRun> {
  const destination = placeOf(session)
  const layers = await indexedLayers(asking, session, image, options)
  const { descriptor, bytes } = sociManifest(ztocs(layers), image.descriptor)
  // Written to the very place it is read from, which a copy would refuse: nothing there is replaced.
  await using sink = await openDestination(asking, destination, { force: false, from: { transport: 'demo' }, attaches: true })
  const parcels = [...ztocParcels(layers), CONFIG_PARCEL, { blob: descriptor, open: () => once(bytes) }]
  const left = await sendBlobs(parcels, sink, { signal: asking.signal })
  await sink.commit(descriptor, undefined, asking.signal)
  const reference = formatLocation(destination)
  return {
    version: 1,
    images: [{ image, layers, index: descriptor }],
    root: descriptor,
    reference,
    diagnostics: [...left, ...(sink.diagnostics ?? [])],
  }
}

/** The place itself, without a name. */
function placeOf({ place, source }: Session): Destination {
  if (place.transport === 'docker') {
    const { tag: _, digest: __, ...repository } = place.reference
    return { transport: 'docker', reference: repository }
  }
  const layout = 'path' in place && source.name.startsWith('oci:')
  if (layout) return { transport: 'oci', path: place.path, selector: {} }
  throw new ImageError(
    'DESTINATION_UNSUPPORTED',
    'Cannot attach a SOCI index here: nothing can be added to an archive or an engine',
    {
      hint: 'Name a DEST: a copy is written there that has the index in it.',
    },
  )
}

/**
 * Copies an image, or an index with all its images, with SOCI indexes beside them (version 2): each image's manifest names its index,
 * so its digest changes; layers and configs stay as they are.
 * @throws ImageError `DESTINATION_UNSUPPORTED`, `SOCI_EMPTY`, those of `indexLayers`, the source and the sink
 */
export async function copyWithSociIndex(
  asking: Asking,
  session: Session,
  node: ImageNode,
  typed: string,
  options: SociOptions & { readonly force: boolean },
): Promise<SociRun> {
  const destination = parseDestination(typed, existsSync)
  if (destination.transport === 'docker-archive' || destination.transport === 'docker-daemon')
    throw new ImageError(
      'DESTINATION_UNSUPPORTED',
      'Cannot write the index there: a docker-archive or an engine takes an image alone',
      {
        hint: 'Write a layout, an oci-archive or to a registry.',
      },
    )
  await using sink = await openDestination(asking, destination, { force: options.force, from: session.place })
  const { parcels } = await parcelsOf(session.source, node.descriptor, asking.signal)
  const made = await convertedImages(asking, session, node, options)
  const { root, bytes, diagnostics } = rootIndex(node, made)
  const replaced = new Set<string>([node.descriptor.digest, ...made.map(({ image }) => image.descriptor.digest)])
  const kept = parcels.filter(({ blob }) => !replaced.has(blob.digest))
  const documents = made.flatMap(({ manifest, index, indexBytes, layers }): Parcel[] => [
    ...ztocParcels(layers),
    { blob: manifest.descriptor, open: () => once(manifest.bytes) },
    { blob: index, open: () => once(indexBytes) },
  ])
  const sent = [...kept, CONFIG_PARCEL, ...documents, { blob: root, open: () => once(bytes) }]
  const left = await sendBlobs(sent, sink, { signal: asking.signal })
  await sink.commit(root, 'selector' in destination ? destination.selector.name : undefined, asking.signal)
  const said = [...diagnostics, ...left, ...(sink.diagnostics ?? [])]
  return { version: 2, images: made, root, reference: formatLocation(destination), diagnostics: said }
}

type Converted = SociImage & {
  readonly node: ImageNode
  readonly indexBytes: Buffer
  readonly manifest: { readonly descriptor: Descriptor; readonly bytes: Buffer }
}

/** Images without a layer that is worth it stay as they are; at least one must have one. */
async function convertedImages(
  asking: Asking,
  session: Session,
  root: ImageNode,
  options: SociOptions,
): Promise<readonly Converted[]> {
  const made: Converted[] = []
  for (const node of allNodes([root])) {
    if (node.kind !== 'image') continue
    const image = await session.load(node, asking.signal)
    const layers = await indexLayers(session.source, image.layers, options, asking)
    if (layers.every(({ ztoc }) => ztoc === undefined)) continue
    const { descriptor: index, bytes: indexBytes } = sociManifest(ztocs(layers), undefined)
    made.push({ node, image, layers, index, indexBytes, manifest: annotated(image, index) })
  }
  if (made.length === 0) throw empty()
  return made
}

/** The image's manifest with the digest of its index, as an OCI manifest: every other field stays as it was. */
function annotated({ manifest, platform }: Image, index: Descriptor): { descriptor: Descriptor; bytes: Buffer } {
  const before = plainJson(manifest.raw, MANIFEST_SHAPE)
  const config = withMember(member(before, 'config') ?? toRaw({}), 'mediaType', toRaw(OCI_CONFIG))
  const typed = withMember(withMember(before, 'mediaType', toRaw(OCI_MANIFEST)), 'config', config)
  const bytes = documentBytes(withEntry(typed, 'annotations', INDEX_DIGEST, index.digest))
  return {
    descriptor: {
      mediaType: OCI_MANIFEST,
      digest: digestOf(bytes),
      size: bytes.length,
      ...(platform !== undefined && { platform: descriptorPlatformOf(platform) }),
    },
    bytes,
  }
}

function descriptorPlatformOf({ os, architecture, variant }: NonNullable<Image['platform']>) {
  return { os, architecture, ...(variant !== undefined && { variant }) }
}

/** The image index with each image's new manifest in its place and its SOCI index behind them all. */
function rootIndex(
  node: ImageNode,
  made: readonly Converted[],
): { root: Descriptor; bytes: Buffer; diagnostics: readonly Diagnostic[] } {
  const text = node.kind === 'index' ? plainJson(node.document.raw, INDEX_SHAPE) : toRaw({})
  const listed = node.kind === 'index' ? elements(member(text, 'manifests')) : [toRaw({ digest: node.descriptor.digest })]
  const byDigest = new Map<unknown, Converted>(made.map(each => [each.image.descriptor.digest, each]))
  let carried = 0
  const manifests = listed.flatMap(raw => {
    const entry = fromRaw(raw)
    if (!isRecord(entry)) return []
    const converted = byDigest.get(entry['digest'])
    // An older index of the same image gives way.
    if (converted === undefined && entry['artifactType'] === SOCI_V2) return []
    if (converted !== undefined) return [replacedEntry(raw, converted)]
    const annotations = isRecord(entry['annotations']) ? entry['annotations'] : {}
    const about = byDigest.get(annotations['vnd.docker.reference.digest'])
    if (about === undefined) return [raw]
    carried++
    return [withEntry(raw, 'annotations', 'vnd.docker.reference.digest', about.manifest.descriptor.digest)]
  })
  const indexes = made.map(({ index, manifest }) =>
    toRaw({
      ...index,
      ...(manifest.descriptor.platform !== undefined && { platform: manifest.descriptor.platform }),
      annotations: { [MANIFEST_DIGEST]: manifest.descriptor.digest },
    }),
  )
  const typed = withMember(withMember(text, 'schemaVersion', toRaw(2)), 'mediaType', toRaw(OCI_INDEX))
  const bytes = documentBytes(withMember(typed, 'manifests', rawArray([...manifests, ...indexes])))
  const message = `${carried} attestations name the digests that the images had without their indexes; their layers are the same`
  return {
    root: { mediaType: OCI_INDEX, digest: digestOf(bytes), size: bytes.length },
    bytes,
    diagnostics: carried === 0 ? [] : [{ code: 'ATTESTATION_CARRIED', severity: 'warning', message }],
  }
}

function replacedEntry(entry: RawJson, { manifest: { descriptor } }: Converted): RawJson {
  const pointed = pointingTo(entry, descriptor)
  const { platform } = descriptor
  return member(pointed, 'platform') === undefined && platform !== undefined
    ? withMember(pointed, 'platform', toRaw(platform))
    : pointed
}

async function indexedLayers(
  asking: Asking,
  session: Session,
  image: Image,
  options: SociOptions,
): Promise<readonly IndexedLayer[]> {
  const layers = await indexLayers(session.source, image.layers, options, asking)
  if (layers.every(({ ztoc }) => ztoc === undefined)) throw empty()
  return layers
}

function empty(): ImageError {
  return new ImageError('SOCI_EMPTY', 'Cannot make a SOCI index: no layer is one that it would help', {
    hint: 'Layers that are small, or compressed with zstd, have none; they are read as they are.',
  })
}

function ztocs(layers: readonly IndexedLayer[]): readonly Descriptor[] {
  return [
    ...new Map(layers.flatMap(({ ztoc }) => (ztoc === undefined ? [] : [[ztoc.descriptor.digest, ztoc.descriptor]]))).values(),
  ]
}

function ztocParcels(layers: readonly IndexedLayer[]): Parcel[] {
  return layers.flatMap(({ ztoc }) => (ztoc === undefined ? [] : [{ blob: ztoc.descriptor, open: () => once(ztoc.bytes) }]))
}
