import { digestOf } from '../../../src/blob/digest.ts'
import { OCI_EMPTY, OCI_MANIFEST } from '../../../src/blob/media-type.ts'
import type { ImageFixture } from './image-fixture.ts'

export type ArtifactBlob = {
  readonly type: string
  readonly bytes: Buffer | string
  readonly annotations?: Readonly<Record<string, string>>
}

export type ArtifactFixtureOptions = {
  readonly artifactType?: string
  /** The empty config of OCI 1.1 where it is left out. */
  readonly config?: { readonly type: string; readonly value?: object }
  readonly annotations?: Readonly<Record<string, string>>
  readonly subject?: ImageFixture
}

export const TITLE = 'org.opencontainers.image.title'

/** A manifest over blobs that are no layers, as oras and helm write it. */
export function artifactFixture(layers: readonly ArtifactBlob[], options: ArtifactFixtureOptions = {}): ImageFixture {
  const blobs = new Map<string, Buffer>()
  const put = (bytes: Buffer, mediaType: string) => {
    const digest = digestOf(bytes)
    blobs.set(digest, bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const { config = { type: OCI_EMPTY }, subject } = options
  const descriptors = layers.map(({ type, bytes, annotations }) => ({
    ...put(Buffer.from(bytes), type),
    ...(annotations !== undefined && { annotations }),
  }))
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    ...(options.artifactType !== undefined && { artifactType: options.artifactType }),
    config: put(Buffer.from(JSON.stringify(config.value ?? {})), config.type),
    layers: descriptors,
    ...(subject !== undefined && {
      subject: { mediaType: subject.descriptor.mediaType, digest: subject.descriptor.digest, size: subject.descriptor.size },
    }),
    ...(options.annotations !== undefined && { annotations: options.annotations }),
  }
  const descriptor = put(Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST)
  return { descriptor, blobs, layers: descriptors }
}
