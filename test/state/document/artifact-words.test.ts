import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { artifactWords } from '../../../src/format/artifact-words.ts'

describe('what hangs on an image', () => {
  for (const [type, words] of [
    ['application/spdx+json', 'SBOM (SPDX)'],
    ['https://spdx.dev/Document', 'SBOM (SPDX)'],
    ['application/vnd.cyclonedx+json', 'SBOM (CycloneDX)'],
    ['application/vnd.dev.cosign.sbom', 'SBOM'],
    ['https://slsa.dev/provenance/v1', 'provenance (SLSA)'],
    ['application/vnd.dev.cosign.simplesigning.v1+json', 'signature (cosign)'],
    ['application/vnd.cncf.notary.signature', 'signature (Notary)'],
    ['application/vnd.dev.sigstore.bundle.v0.3+json', 'signature (Sigstore bundle)'],
    ['application/vnd.dsse.envelope.v1+json', 'attestation (in-toto)'],
    ['application/vnd.in-toto+json', 'attestation (in-toto)'],
    ['application/vnd.example.thing.v1', 'example.thing.v1'],
    ['', ''],
  ] as const) {
    test(`${type || 'nothing'} is ${words || 'nothing'}`, () => assert.equal(artifactWords(type), words))
  }
})
