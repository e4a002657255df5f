import { digestOf, isDigest } from '../../../src/blob/digest.ts'
import type { ImageFixture } from '../image/image-fixture.ts'

export type StoredManifest = { readonly bytes: Buffer; readonly mediaType: string }

export type StoredRepository = {
  readonly blobs: Map<string, Buffer>
  readonly manifests: Map<string, StoredManifest>
  readonly tags: Map<string, string>
  /** Blobs too large for memory: they begin with `head`, the rest is zeros; only parts of them can be had. */
  readonly sparse: Map<string, { readonly head: Buffer; readonly size: number }>
}

/** The contents of the test registry: repositories by name. */
export class RegistryStore {
  readonly repositories = new Map<string, StoredRepository>()

  repository(name: string): StoredRepository {
    const known = this.repositories.get(name)
    if (known !== undefined) return known
    const created: StoredRepository = { blobs: new Map(), manifests: new Map(), tags: new Map(), sparse: new Map() }
    this.repositories.set(name, created)
    return created
  }

  /** Puts a fixture as if it had been pushed. */
  add(name: string, tag: string, image: ImageFixture): void {
    const repository = this.repository(name)
    for (const [digest, bytes] of image.blobs) {
      const mediaType = manifestType(bytes)
      if (mediaType === undefined) repository.blobs.set(digest, bytes)
      else repository.manifests.set(digest, { bytes, mediaType })
    }
    repository.tags.set(tag, image.descriptor.digest)
  }

  /** The manifest a tag or digest means. */
  find(name: string, reference: string): (StoredManifest & { digest: string }) | undefined {
    const repository = this.repositories.get(name)
    const digest = isDigest(reference) ? reference : repository?.tags.get(reference)
    const manifest = digest === undefined ? undefined : repository?.manifests.get(digest)
    return manifest === undefined || digest === undefined ? undefined : { ...manifest, digest }
  }

  putManifest(name: string, reference: string, bytes: Buffer, mediaType: string): string {
    const digest = digestOf(bytes)
    const repository = this.repository(name)
    repository.manifests.set(digest, { bytes, mediaType })
    if (!isDigest(reference)) repository.tags.set(reference, digest)
    return digest
  }

  /** Digests a manifest refers to that are not here: a real registry refuses it. */
  missing(name: string, bytes: Buffer): string[] {
    const { blobs, manifests } = this.repository(name)
    const document = JSON.parse(bytes.toString()) as {
      config?: { digest: string }
      layers?: { digest: string }[]
      manifests?: { digest: string }[]
    }
    const wanted = [document.config, ...(document.layers ?? [])].flatMap(each => each?.digest ?? [])
    const children = (document.manifests ?? []).map(each => each.digest)
    return [...wanted.filter(digest => !blobs.has(digest)), ...children.filter(digest => !manifests.has(digest))]
  }
}

function manifestType(bytes: Buffer): string | undefined {
  if (bytes[0] !== 0x7b) return undefined
  const { mediaType, manifests, layers } = JSON.parse(bytes.toString()) as Record<string, unknown>
  if (typeof mediaType === 'string') return mediaType
  if (Array.isArray(manifests)) return 'application/vnd.oci.image.index.v1+json'
  return Array.isArray(layers) ? 'application/vnd.oci.image.manifest.v1+json' : undefined
}
