import { digestOf } from '../../../src/blob/digest.ts'
import { type ImageFixture, imageFixture } from './image-fixture.ts'

/** A manifest with one document as its only layer, as attestations and signatures are stored. */
export function documentFixture(
  mediaType: string,
  document: string,
  annotations: object = {},
  manifest: object = {},
): ImageFixture {
  const bytes = Buffer.from(document)
  const blob = { mediaType, digest: digestOf(bytes), size: bytes.length, annotations }
  const made = imageFixture([], { manifest: { ...manifest, layers: [blob] } })
  return { ...made, blobs: new Map([...made.blobs, [blob.digest, bytes]]) }
}

/** The manifest that buildkit puts beside an image into its index: an SBOM as an in-toto statement. */
export function attestationFixture(about: ImageFixture): ImageFixture {
  const predicateType = 'https://spdx.dev/Document'
  const statement = JSON.stringify({ predicateType, subject: [{ digest: about.descriptor.digest }], predicate: {} }, null, 1)
  const made = documentFixture('application/vnd.in-toto+json', statement, { 'in-toto.io/predicate-type': predicateType })
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': about.descriptor.digest,
  }
  const platform = { os: 'unknown', architecture: 'unknown' }
  return { ...made, descriptor: { ...made.descriptor, platform, annotations } }
}
