import { X509Certificate } from 'node:crypto'

/** The fields of a certificate that are shown, unescaped. */
export type CertificateFacts = {
  readonly subject: string
  readonly issuer: string
  readonly validFrom: string
  readonly validTo: string
  readonly serialNumber: string
  readonly alternativeNames: string | undefined
  readonly fingerprint256: string
  readonly authority: boolean
}

/** Certificates looked at in one file: a bundle of a distribution has about 150. */
const LIMIT = 500

/** The X.509 certificates in a file, PEM or a single DER one; empty for everything else. */
export function readCertificates(bytes: Uint8Array): readonly CertificateFacts[] {
  if (bytes[0] === 0x30 && bytes[1] === 0x82) return facts(bytes)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return [...text.matchAll(PEM)].slice(0, LIMIT).flatMap(([block]) => facts(block))
}

const PEM =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[A-Za-z0-9+/=\s]{1,65536}?-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/** None when it cannot be parsed: a file that only looks like one is text. */
function facts(encoded: string | Uint8Array): CertificateFacts[] {
  try {
    const certificate = new X509Certificate(encoded)
    return [
      {
        subject: oneLine(certificate.subject),
        issuer: oneLine(certificate.issuer),
        validFrom: certificate.validFrom,
        validTo: certificate.validTo,
        serialNumber: certificate.serialNumber,
        alternativeNames: certificate.subjectAltName,
        fingerprint256: certificate.fingerprint256,
        authority: certificate.ca,
      },
    ]
  } catch {
    return []
  }
}

/** Node puts one name a line. */
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ')
}
