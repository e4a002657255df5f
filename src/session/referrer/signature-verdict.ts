import { coseEnvelope, cosePayload } from '../../artifact/summary/cose.ts'
import { objectAt, textAt } from '../../artifact/summary/json-fields.ts'
import { bundleChain, cosignChain, notationEnvelope } from '../../artifact/summary/signature.ts'
import { dsseEnvelope, type StatementSummary } from '../../artifact/summary/statement.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { readDocument } from '../../blob/read.ts'
import { dsseMessage, isSignedBy, isSignedByChain, type TrustedKey, trustedSigners } from '../../blob/signature.ts'
import type { BlobSource } from '../../blob/source.ts'
import type { ArtifactFile } from '../artifact/artifact-facts.ts'

/** How a signature stands to the key that was given: `right`, `wrong`, or nothing that this key could have signed. */
export type Verdict = 'right' | 'wrong' | 'unsigned'

export type Trust = {
  readonly key: TrustedKey
  /** The descriptor whose digest must be signed. */
  readonly subject: Descriptor
  readonly signal: AbortSignal
}

/** Documents that are signed, bytes. */
const LIMIT = 64 * 1024 * 1024

/**
 * Whether one document is signed by the trusted key, or by a certificate that leads to the trusted one. A signature of something else
 * than what it hangs on is as wrong as one by another key. Undefined for what is no signature and no statement.
 * @throws ImageError those of the source
 */
export async function verdictOf(source: BlobSource, { part, summary }: ArtifactFile, trust: Trust): Promise<Verdict | undefined> {
  if (summary?.kind !== 'signature' && summary?.kind !== 'statement') return undefined
  const bytes = await readDocument(source, part.blob, trust.signal, LIMIT)
  const cose = summary.kind === 'signature' && summary.format === 'notation' ? coseEnvelope(bytes) : undefined
  if (cose !== undefined) return notationVerdict({ ...cose, data: cose.signed }, cosePayload(cose), trust)
  const document: unknown = JSON.parse(bytes.toString('utf8'))
  const statement = summary.kind === 'statement' ? summary : summary.statement
  const enveloped = envelopeVerdict(document, statement, trust)
  if (enveloped !== undefined) return enveloped
  if (summary.kind === 'statement') return 'unsigned'
  if (summary.format === 'sigstore-bundle') return messageVerdict(source, document, trust)
  if (summary.format === 'cosign') {
    const annotations = part.blob.annotations ?? {}
    const signature = Buffer.from(annotations['dev.cosignproject.cosign/signature'] ?? '', 'base64')
    return verdict(summary.digest === trust.subject.digest && isRight(trust, cosignChain(annotations), bytes, signature))
  }
  const jws = notationEnvelope(document)
  if (jws === undefined) return 'unsigned'
  const algorithm = textAt(jws.protected, 'alg')
  return notationVerdict({ ...jws, algorithm, data: jws.signed }, jws.payload, trust)
}

/** A statement in a DSSE envelope, alone or in a Sigstore bundle. */
function envelopeVerdict(document: unknown, statement: StatementSummary | undefined, trust: Trust): Verdict | undefined {
  const envelope = dsseEnvelope(document)
  if (envelope === undefined) return undefined
  const message = dsseMessage(envelope.payloadType, envelope.payload)
  const isAbout = statement?.subjects.some(({ digests }) => digests.includes(trust.subject.digest)) === true
  const chain = bundleChain(document)
  return verdict(isAbout && envelope.signatures.some(({ signature }) => isRight(trust, chain, message, signature)))
}

/** A bundle around a bare signature: the manifest itself is what is signed. */
async function messageVerdict(source: BlobSource, document: unknown, trust: Trust): Promise<Verdict> {
  const encoded = textAt(document, 'messageSignature', 'signature')
  if (encoded === undefined) return 'unsigned'
  const manifest = await readDocument(source, trust.subject, trust.signal)
  return verdict(isRight(trust, bundleChain(document), manifest, Buffer.from(encoded, 'base64')))
}

function isRight({ key }: Trust, chain: readonly Buffer[], data: Buffer, signature: Buffer): boolean {
  return trustedSigners(key, chain).some(each => isSignedBy(each, data, signature))
}

type NotationSignature = {
  readonly certificates: readonly Buffer[]
  readonly algorithm: string | undefined
  readonly data: Buffer
  readonly signature: Buffer
}

/** Both envelopes of notation sign the same document, by a certificate. */
function notationVerdict(signed: NotationSignature, payload: unknown, { key, subject }: Trust): Verdict {
  if (key.certificate === undefined) return 'unsigned'
  const right = isSignedByChain(signed.certificates, key.certificate, signed)
  return verdict(right && textAt(objectAt(payload, 'targetArtifact'), 'digest') === subject.digest)
}

const verdict = (right: boolean): Verdict => (right ? 'right' : 'wrong')
