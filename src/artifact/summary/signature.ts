import { type CertificateFacts, readCertificates } from '../../blob/certificate.ts'
import { isRecord } from '../../blob/descriptor.ts'
import { objectAt, textAt, textsOf } from './json-fields.ts'
import { dsseEnvelope, readStatement, type StatementSummary } from './statement.ts'

/** The signer and the thing signed. `session` verifies the signature, with a key that the user trusts. */
export type SignatureSummary = {
  readonly kind: 'signature'
  readonly format: 'cosign' | 'notation' | 'sigstore-bundle'
  /** The digest that is signed, as the signed document itself has it. */
  readonly digest: string | undefined
  /** The name the image was signed under (cosign's docker-reference). */
  readonly identity: string | undefined
  /** Signed annotations (cosign `-a`). */
  readonly claims: Readonly<Record<string, string>>
  readonly algorithm: string | undefined
  readonly signedAt: string | undefined
  /** The signing certificate first, then its chain. */
  readonly certificates: readonly CertificateFacts[]
  /** The signed document of a bundle, where that is a statement. */
  readonly statement: StatementSummary | undefined
}

const CLAIMS = 100
/** Certificates of one chain. */
const CHAIN = 16
type Annotations = Readonly<Record<string, string>>

/** cosign's payload (github.com/sigstore/cosign specs/SIGNATURE_SPEC.md); its signature and certificate are annotations. */
export function readCosign(document: unknown, annotations: Annotations): SignatureSummary | undefined {
  const critical = objectAt(document, 'critical')
  if (!isRecord(critical['image'])) return undefined
  const integrated = /"integratedTime":\s*(\d{1,12})/.exec(annotations['dev.sigstore.cosign/bundle'] ?? '')?.[1]
  return {
    kind: 'signature',
    format: 'cosign',
    digest: textAt(critical, 'image', 'docker-manifest-digest'),
    identity: textAt(critical, 'identity', 'docker-reference'),
    claims: textsOf(objectAt(document, 'optional'), CLAIMS),
    algorithm: undefined,
    signedAt: integrated === undefined ? undefined : new Date(Number(integrated) * 1000).toISOString(),
    certificates: cosignChain(annotations).flatMap(each => readCertificates(each)),
    statement: undefined,
  }
}

/** notation's JWS envelope (notaryproject specifications, signature-envelope-jws.md). */
export function readNotation(document: unknown): SignatureSummary | undefined {
  const jws = notationEnvelope(document)
  if (jws === undefined) return undefined
  const target = objectAt(jws.payload, 'targetArtifact')
  return {
    kind: 'signature',
    format: 'notation',
    digest: textAt(target, 'digest'),
    identity: textAt(jws.header, 'io.cncf.notary.signingAgent'),
    claims: textsOf(objectAt(target, 'annotations'), CLAIMS),
    algorithm: textAt(jws.protected, 'alg'),
    signedAt: textAt(jws.protected, 'io.cncf.notary.signingTime'),
    certificates: jws.certificates.flatMap(each => readCertificates(each)),
    statement: undefined,
  }
}

type NotationEnvelope = {
  readonly payload: unknown
  readonly protected: unknown
  readonly header: unknown
  /** The signed bytes: the encoded protected header, a dot, the encoded payload. */
  readonly signed: Buffer
  readonly signature: Buffer
  /** DER, the signing one first. */
  readonly certificates: readonly Buffer[]
}

/** The parts of a JWS JSON serialization with certificates (RFC 7515, 7.2.2). */
export function notationEnvelope(document: unknown): NotationEnvelope | undefined {
  const { payload, protected: head, signature, header } = objectAt(document)
  if (typeof payload !== 'string' || typeof head !== 'string' || typeof signature !== 'string') return undefined
  const chain = objectAt(header)['x5c']
  const certificates = Array.isArray(chain) ? chain.slice(0, 16).filter(each => typeof each === 'string') : []
  return {
    payload: decoded(payload),
    protected: decoded(head),
    header,
    signed: Buffer.from(`${head}.${payload}`),
    signature: Buffer.from(signature, 'base64url'),
    certificates: certificates.map(each => Buffer.from(each, 'base64')),
  }
}

/** A Sigstore bundle (github.com/sigstore/protobuf-specs, sigstore_bundle.proto): around a statement, or a bare digest. */
export function readBundle(document: unknown): SignatureSummary | undefined {
  if (textAt(document, 'mediaType')?.includes('sigstore.bundle') !== true) return undefined
  const entries = objectAt(document, 'verificationMaterial')['tlogEntries']
  const time = Array.isArray(entries) ? textAt(entries[0], 'integratedTime') : undefined
  const statement = dsseEnvelope(document) === undefined ? undefined : readStatement(document)
  const [bare] = [textAt(document, 'messageSignature', 'messageDigest', 'digest')]
  return {
    kind: 'signature',
    format: 'sigstore-bundle',
    digest: bare === undefined ? statement?.subjects[0]?.digests[0] : `sha256:${Buffer.from(bare, 'base64').toString('hex')}`,
    identity: statement?.subjects[0]?.name || undefined,
    claims: {},
    algorithm: undefined,
    signedAt: time !== undefined && /^\d{1,12}$/.test(time) ? new Date(Number(time) * 1000).toISOString() : undefined,
    certificates: bundleChain(document).flatMap(each => readCertificates(each)),
    statement,
  }
}

/** The certificates of a bundle, DER, the signing one first; none where a key signed. */
export function bundleChain(document: unknown): readonly Buffer[] {
  const material = objectAt(document, 'verificationMaterial')
  const chain = objectAt(material, 'x509CertificateChain')['certificates']
  const encoded = [rawBytes(material['certificate']), ...(Array.isArray(chain) ? chain.slice(0, CHAIN).map(rawBytes) : [])]
  return encoded.flatMap(each => (each === undefined ? [] : [Buffer.from(each, 'base64')]))
}

/** The certificates beside a signature of cosign's, PEM, the signing one first. */
export function cosignChain(annotations: Annotations): readonly Buffer[] {
  const pem = ['dev.sigstore.cosign/certificate', 'dev.sigstore.cosign/chain'].map(name => annotations[name] ?? '').join('\n')
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]{1,65536}-----END CERTIFICATE-----/g) ?? []
  return blocks.slice(0, CHAIN).map(block => Buffer.from(block))
}

const rawBytes = (certificate: unknown) => {
  const { rawBytes: bytes } = objectAt(certificate)
  return typeof bytes === 'string' ? bytes : undefined
}

function decoded(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
