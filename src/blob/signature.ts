import { constants, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto'
import { ImageError } from '../error.ts'

/** A key that signatures are checked against: a public key, or a certificate, whose key signed or which issued the one whose key did. */
export type TrustedKey = { readonly key: KeyObject; readonly certificate: X509Certificate | undefined }

/** Reads a key or certificate, PEM or DER. @throws ImageError `KEY_INVALID` */
export function readTrustedKey(bytes: Buffer, name: string): TrustedKey {
  try {
    const certificate = readCertificate(bytes)
    return { key: certificate?.publicKey ?? createPublicKey(bytes), certificate }
  } catch (cause) {
    throw new ImageError('KEY_INVALID', `Cannot use ${name} to verify: it is neither a public key nor a certificate`, {
      hint: 'It takes a PEM file, such as cosign.pub or a certificate.',
      cause,
    })
  }
}

function readCertificate(bytes: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes)
  } catch {
    return undefined
  }
}

/** Whether `signature` is one of `data` by this key, with sha256 but for Ed25519, as cosign and DSSE sign. False for anything odd. */
export function isSignedBy(key: KeyObject, data: Buffer, signature: Buffer): boolean {
  try {
    return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', data, key, signature)
  } catch {
    return false
  }
}

/** The bytes that an in-toto envelope signs: the length and text of the type and of the payload (github.com/secure-systems-lab/dsse, "PAE"). */
export function dsseMessage(payloadType: string, payload: Buffer): Buffer {
  const type = Buffer.from(payloadType)
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload])
}

/**
 * The keys whose signature counts: the trusted one, and that of the first certificate of a chain which leads to the trusted
 * certificate. Certificates are DER or PEM; validity in time is not asked.
 */
export function trustedSigners({ key, certificate }: TrustedKey, chain: readonly Buffer[]): readonly KeyObject[] {
  const certificates = chain.map(readCertificate)
  const [first] = certificates
  const leads = certificate !== undefined && first !== undefined && leadsTo(certificates, certificate)
  return leads ? [key, first.publicKey] : [key]
}

/** Salt lengths of RSA-PSS and hashes by the names of RFC 7518. */
const JWS: Readonly<Record<string, readonly [hash: string, salt: number | undefined]>> = {
  PS256: ['sha256', 32],
  PS384: ['sha384', 48],
  PS512: ['sha512', 64],
  ES256: ['sha256', undefined],
  ES384: ['sha384', undefined],
  ES512: ['sha512', undefined],
}

/**
 * Whether a JWS signature is right by the first certificate of its chain, and that chain leads to the trusted one. Validity in time
 * is not asked: old images are looked at too.
 */
export function isSignedByChain(
  chain: readonly Buffer[],
  trusted: X509Certificate,
  { algorithm, data, signature }: { readonly algorithm: string | undefined; readonly data: Buffer; readonly signature: Buffer },
): boolean {
  const [hash, salt] = (algorithm === undefined ? undefined : JWS[algorithm]) ?? []
  const certificates = chain.map(readCertificate)
  const [first] = certificates
  if (hash === undefined || first === undefined || !leadsTo(certificates, trusted)) return false
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt ?? 0 }
  try {
    const key = { key: first.publicKey, ...(salt === undefined ? { dsaEncoding: 'ieee-p1363' as const } : padding) }
    return verify(hash, data, key, signature)
  } catch {
    return false
  }
}

/** Each certificate must be issued by the next, until one is the trusted one or was issued by it. */
function leadsTo(certificates: readonly (X509Certificate | undefined)[], trusted: X509Certificate): boolean {
  for (const [index, certificate] of certificates.entries()) {
    if (certificate === undefined) return false
    if (certificate.fingerprint256 === trusted.fingerprint256) return true
    if (issued(trusted, certificate)) return true
    const next = certificates[index + 1]
    if (next === undefined || !issued(next, certificate)) return false
  }
  return false
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  try {
    return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
  } catch {
    return false
  }
}
