import { readFileSync } from 'node:fs'
import { objectAt, textAt } from '../../artifact/summary/json-fields.ts'
import { notationEnvelope } from '../../artifact/summary/signature.ts'
import { dsseEnvelope } from '../../artifact/summary/statement.ts'
import type { Descriptor } from '../../blob/descriptor.ts'
import { readDocument } from '../../blob/read.ts'
import { dsseMessage, isSignedBy, isSignedByChain, readTrustedKey, type TrustedKey } from '../../blob/signature.ts'
import type { BlobSource } from '../../blob/source.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { type Image, loadAny } from '../../image/load.ts'
import { type ArtifactFacts, type ArtifactFile, artifactFacts } from '../artifact/artifact-facts.ts'
import type { Session } from '../session.ts'
import type { ReferrerRow } from './referrer-rows.ts'

/** How a signature stands to the key that was given: `right`, `wrong`, or nothing that this key could have signed. */
export type Verdict = 'right' | 'wrong' | 'unsigned'

export type ShownReferrer = {
  readonly image: Image
  readonly facts: ArtifactFacts
  /** By file, where a key was given. */
  readonly verdicts: readonly (Verdict | undefined)[]
}

export type ShowOptions = {
  /** A file with a public key or a certificate. */
  readonly key: string | undefined
  /** The descriptor whose digest must be signed: the referrer's subject. */
  readonly subject: Descriptor
  readonly signal: AbortSignal
}

/**
 * Reads one referrer: its documents, what they say, and with a key whether their signatures are right. No registry and no log of
 * signatures is asked.
 * @throws ImageError `KEY_INVALID`, those of the source
 */
export async function shownReferrer(session: Session, row: ReferrerRow, options: ShowOptions): Promise<ShownReferrer> {
  const { signal, subject } = options
  const key = options.key === undefined ? undefined : trustedKey(options.key)
  const image = await loadAny(session.source, row.descriptor, signal)
  const facts = await artifactFacts(session.source, image, signal)
  const verdicts: (Verdict | undefined)[] = []
  for (const file of facts.files) verdicts.push(key && (await verdictOf(session.source, file, { key, subject, signal })))
  return { image, facts, verdicts }
}

function trustedKey(file: string): TrustedKey {
  const name = `"${escapeText(file)}"`
  try {
    return readTrustedKey(readFileSync(file), name)
  } catch (error) {
    if (error instanceof ImageError) throw error
    throw new ImageError('KEY_INVALID', `Cannot use ${name} to verify: it cannot be read`, { cause: error })
  }
}

type Trust = { readonly key: TrustedKey; readonly subject: Descriptor; readonly signal: AbortSignal }

/** A signature of something else than what it hangs on is as wrong as one by another key. */
async function verdictOf(
  source: BlobSource,
  { part, summary }: ArtifactFile,
  { key, subject, signal }: Trust,
): Promise<Verdict | undefined> {
  if (summary?.kind !== 'signature' && summary?.kind !== 'statement') return undefined
  const bytes = await readDocument(source, part.blob, signal, LIMIT)
  const document: unknown = JSON.parse(bytes.toString('utf8'))
  const envelope = dsseEnvelope(document)
  if (envelope !== undefined) {
    const message = dsseMessage(envelope.payloadType, envelope.payload)
    const statement = summary.kind === 'statement' ? summary : summary.statement
    const about = statement?.subjects.some(({ digests }) => digests.includes(subject.digest)) === true
    return verdict(about && envelope.signatures.some(({ signature }) => isSignedBy(key.key, message, signature)))
  }
  if (summary.kind === 'statement') return 'unsigned'
  if (summary.format === 'cosign') {
    const signature = part.blob.annotations?.['dev.cosignproject.cosign/signature'] ?? ''
    return verdict(summary.digest === subject.digest && isSignedBy(key.key, bytes, Buffer.from(signature, 'base64')))
  }
  const jws = notationEnvelope(document)
  if (jws === undefined || key.certificate === undefined) return 'unsigned'
  const right = isSignedByChain(jws.certificates, key.certificate, {
    algorithm: textAt(jws.protected, 'alg'),
    data: jws.signed,
    signature: jws.signature,
  })
  return verdict(right && textAt(objectAt(jws.payload, 'targetArtifact'), 'digest') === subject.digest)
}

const LIMIT = 64 * 1024 * 1024
const verdict = (right: boolean): Verdict => (right ? 'right' : 'wrong')
