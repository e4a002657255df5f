/** Names for kinds of artifacts, by their media, artifact or predicate type: first match. */
const WORDS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/cyclonedx/, 'SBOM (CycloneDX)'],
  [/spdx/, 'SBOM (SPDX)'],
  [/syft|cosign\.sbom|\bsbom\b/, 'SBOM'],
  [/slsa\.dev\/provenance/, 'provenance (SLSA)'],
  [/openvex/, 'vulnerabilities (OpenVEX)'],
  [/\bvuln/, 'vulnerabilities'],
  [/simplesigning|cosign\.artifact\.sig|cosign\.signature/, 'signature (cosign)'],
  [/notary\.signature/, 'signature (Notary)'],
  [/sigstore\.bundle/, 'signature (Sigstore bundle)'],
  [/amazon\.soci\.index/, 'SOCI index'],
  [/in-toto|dsse\.envelope/, 'attestation (in-toto)'],
]

/** Words for a type, else the type without what every type begins with. Not escaped. */
export function artifactWords(type: string): string {
  const found = WORDS.find(([pattern]) => pattern.test(type))
  return found === undefined ? type.replace(/^application\/(?:vnd\.)?/, '') : found[1]
}
