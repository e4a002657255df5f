import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { sniffCompression } from '../../../src/blob/compression.ts'
import { digestOf, parseDigest, splitDigest } from '../../../src/blob/digest.ts'
import { OCI_INDEX } from '../../../src/blob/media-type.ts'
import { type TarFixture, tarFixture } from '../tar/tar-fixture.ts'
import type { ImageFixture } from './image-fixture.ts'

type Images = Readonly<Record<string, ImageFixture>>

/** The members of an oci-archive, `index.json` last, as skopeo writes it. */
export function ociArchiveMembers(images: Images): readonly TarFixture[] {
  const blobs = new Map(Object.values(images).flatMap(image => [...image.blobs]))
  const manifests = Object.entries(images).map(([name, { descriptor }]) => ({
    ...descriptor,
    ...(name !== '' && { annotations: { 'org.opencontainers.image.ref.name': name } }),
  }))
  return [
    { name: 'blobs/' },
    ...[...blobs].map(([digest, content]) => ({ name: ['blobs', ...splitDigest(parseDigest(digest))].join('/'), content })),
    { name: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    { name: 'index.json', content: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }) },
  ]
}

/** The members of a docker-archive as docker 20 and skopeo write it: plain layers, named after their DiffIDs. */
export function dockerArchiveMembers(images: Images): readonly TarFixture[] {
  const members = new Map<string, Buffer>()
  const manifest = Object.entries(images).map(([name, image]) => {
    const { config } = JSON.parse((image.blobs.get(image.descriptor.digest) ?? '').toString())
    const configName = `${splitDigest(config.digest)[1]}.json`
    members.set(configName, image.blobs.get(config.digest) ?? Buffer.alloc(0))
    const layers = image.layers.map(({ digest }) => {
      const plain = inflate(image.blobs.get(digest) ?? Buffer.alloc(0))
      const path = `${splitDigest(digestOf(plain))[1]}.tar`
      members.set(path, plain)
      return path
    })
    return { Config: configName, RepoTags: name === '' ? null : [name.includes(':') ? name : `${name}:latest`], Layers: layers }
  })
  return [
    ...[...members].map(([name, content]) => ({ name, content })),
    { name: 'manifest.json', content: JSON.stringify(manifest) },
  ]
}

export function ociArchive(images: Images): Buffer {
  return tarFixture(ociArchiveMembers(images))
}

export function dockerArchive(images: Images): Buffer {
  return tarFixture(dockerArchiveMembers(images))
}

function inflate(bytes: Buffer): Buffer {
  const compression = sniffCompression(bytes)
  if (compression === 'gzip') return gunzipSync(bytes)
  return compression === 'zstd' ? zstdDecompressSync(bytes) : bytes
}
