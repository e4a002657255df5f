import type { Descriptor } from '../../../src/blob/descriptor.ts'
import { type Digest, digestOf } from '../../../src/blob/digest.ts'
import { OCI_CONFIG, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from '../../../src/blob/media-type.ts'
import { noise } from '../noise.ts'

type ConformanceManifest = {
  readonly descriptor: Descriptor
  readonly raw: Buffer
  readonly tags: readonly string[]
  readonly subject: string | undefined
}

/** The documents that one data set of the conformance suite pushes, children before what names them, and the referrers that are then listed. */
export type ConformanceSet = {
  readonly name: string
  readonly blobs: ReadonlyMap<string, Buffer>
  readonly manifests: readonly ConformanceManifest[]
  readonly referrers: ReadonlyMap<string, readonly Descriptor[]>
}

type ManifestOptions = {
  readonly tags?: readonly string[]
  readonly layers?: readonly (Buffer | Descriptor)[]
  readonly config?: Buffer | Descriptor
  readonly extra?: Readonly<Record<string, unknown>>
}

const EMPTY = Buffer.from('{}')
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json'
const UNDISTRIBUTED = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'

/** Builds the documents of one set with digests of one algorithm. */
class SetBuilder {
  readonly blobs = new Map<string, Buffer>()
  readonly manifests: ConformanceManifest[] = []
  readonly referrers = new Map<string, Descriptor[]>()
  readonly #algorithm: string

  constructor(algorithm: string) {
    this.#algorithm = algorithm
  }

  digest(bytes: Buffer): Digest {
    return digestOf(bytes, this.#algorithm)
  }

  blob(bytes: Buffer, mediaType: string): Descriptor {
    const digest = this.digest(bytes)
    this.blobs.set(digest, bytes)
    return { mediaType, digest, size: bytes.length }
  }

  image({ tags = [], layers = [noise(500)], config, extra = {} }: ManifestOptions = {}): Descriptor {
    const given = config ?? Buffer.from(JSON.stringify({ os: 'linux', architecture: 'amd64', tags }))
    return this.#document(OCI_MANIFEST, tags, {
      config: Buffer.isBuffer(given) ? this.blob(given, OCI_CONFIG) : given,
      layers: layers.map(layer => (Buffer.isBuffer(layer) ? this.blob(layer, OCI_LAYER) : layer)),
      ...extra,
    })
  }

  artifact(artifactType: string, options: ManifestOptions = {}): Descriptor {
    const config = this.blob(EMPTY, EMPTY_TYPE)
    return this.image({ config, layers: [config], ...options, extra: { artifactType, ...options.extra } })
  }

  index(
    manifests: readonly Descriptor[],
    tags: readonly string[] = [],
    extra: Readonly<Record<string, unknown>> = {},
  ): Descriptor {
    return this.#document(OCI_INDEX, tags, { manifests, ...extra })
  }

  #document(mediaType: string, tags: readonly string[], fields: Readonly<Record<string, unknown>>): Descriptor {
    const raw = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...fields }))
    const descriptor: Descriptor = { mediaType, digest: this.digest(raw), size: raw.length }
    const subject = fields['subject'] as Descriptor | undefined
    this.manifests.push({ descriptor, raw, tags, subject: subject?.digest })
    if (subject !== undefined) {
      const config = fields['config'] as Descriptor | undefined
      const artifactType = (fields['artifactType'] as string | undefined) ?? config?.mediaType
      const annotations = fields['annotations'] as Record<string, string> | undefined
      const listed = {
        ...descriptor,
        ...(artifactType !== undefined && { artifactType }),
        ...(annotations !== undefined && { annotations }),
      }
      this.referrers.set(subject.digest, [...(this.referrers.get(subject.digest) ?? []), listed])
    }
    return descriptor
  }
}

/** The data sets of the suite (facts/serve.md §3), each a little larger than its least. */
export function conformanceSets(algorithm: string): readonly ConformanceSet[] {
  return Object.entries(SETS).map(([name, build]) => {
    const set = new SetBuilder(algorithm)
    build(set)
    return { name, blobs: set.blobs, manifests: set.manifests, referrers: set.referrers }
  })
}

const SETS: Readonly<Record<string, (set: SetBuilder) => void>> = {
  image: set => void set.image({ tags: ['image', 'latest', 'v1', 'v2'], layers: [noise(100), noise(200)] }),
  'large manifest': set => {
    const annotations = Object.fromEntries(Array.from({ length: 4000 }, (_, at) => [`large-${at}`, 'x'.repeat(1000)]))
    set.image({ tags: ['large'], extra: { annotations } })
  },
  index: set => void set.index([set.image(), set.image({ layers: [noise(300)] })], ['index']),
  'nested index': set => void set.index([set.index([set.image()]), set.image({ layers: [noise(10)] })], ['nested']),
  'empty index': set => void set.index([], ['empty-index']),
  artifact: set => void set.artifact('application/vnd.example', { tags: ['artifact'] }),
  'artifact index': set =>
    void set.index([set.artifact('application/vnd.a')], ['artifacts'], { artifactType: 'application/vnd.b' }),
  'artifact without layers': set => void set.artifact('application/vnd.example', { tags: ['bare'], layers: [] }),
  'artifacts with subject': set => {
    const subject = set.image({ tags: ['subject'] })
    const annotations = { 'org.example': 'value' }
    set.artifact('application/vnd.sbom', { extra: { subject, annotations } })
    set.artifact('application/vnd.signature', { extra: { subject } })
    set.image({ layers: [noise(40)], extra: { subject } })
  },
  'index with subject': set => {
    const subject = set.image({ tags: ['indexed'] })
    set.index([set.image({ layers: [noise(50)] })], ['with-subject'], { subject, artifactType: 'application/vnd.index' })
  },
  'missing subject': set => {
    const subject = { mediaType: OCI_MANIFEST, digest: set.digest(Buffer.from('nowhere')), size: 7 }
    set.artifact('application/vnd.sbom', { tags: ['orphan'], extra: { subject } })
  },
  'data field': set => {
    const content = noise(64)
    const layer = { ...set.blob(content, OCI_LAYER), data: content.toString('base64') }
    set.image({ tags: ['data'], layers: [layer] })
  },
  'layers that are not distributed': set => {
    const layer = {
      mediaType: UNDISTRIBUTED,
      digest: set.digest(Buffer.from('elsewhere')),
      size: 9,
      urls: ['https://example.com/'],
    }
    set.image({ tags: ['foreign'], layers: [layer] })
  },
  'custom fields': set =>
    void set.index([set.image({ extra: { 'org.example.custom': { deep: [1, null] } } })], ['custom'], { custom: 'field' }),
  'no layers': set => void set.image({ tags: ['no-layers'], layers: [] }),
}
