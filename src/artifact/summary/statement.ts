import { isRecord } from '../../blob/descriptor.ts'
import { listAt, objectAt, textAt } from './json-fields.ts'
import { type ProvenanceSummary, readProvenance } from './provenance.ts'
import { readSbom, type SbomSummary } from './sbom.ts'
import { readVex, type VexSummary } from './vex.ts'

type StatementSubject = { readonly name: string; readonly digests: readonly string[] }

/** An in-toto statement (github.com/in-toto/attestation, spec/v1/statement.md): what is said about which digests. */
export type StatementSummary = {
  readonly kind: 'statement'
  readonly predicateType: string | undefined
  readonly subjects: readonly StatementSubject[]
  /** The predicate, where its kind is known. */
  readonly predicate: ProvenanceSummary | SbomSummary | VexSummary | undefined
  /** Signatures of the envelope around it; undefined where there is none, as in what buildkit writes. */
  readonly signatures: number | undefined
}

const [SUBJECTS, DIGESTS] = [1000, 8]

/** The summary of a parsed statement, or of the DSSE envelope around one; undefined where it is neither. */
export function readStatement(document: unknown): StatementSummary | undefined {
  const envelope = dsseEnvelope(document)
  const statement = envelope === undefined ? document : parsed(envelope.payload)
  const predicateType = textAt(statement, 'predicateType')
  if (predicateType === undefined && textAt(statement, '_type')?.startsWith('https://in-toto.io/Statement') !== true)
    return undefined
  const predicate = isRecord(statement) ? statement['predicate'] : undefined
  return {
    kind: 'statement',
    predicateType,
    subjects: listAt(statement, SUBJECTS, 'subject').map(subjectOf),
    predicate: /slsa\.dev\/provenance/.test(predicateType ?? '')
      ? readProvenance(predicate)
      : (readVex(predicate) ?? readSbom(predicate)),
    signatures: envelope?.signatures.length,
  }
}

export type DsseEnvelope = {
  readonly payloadType: string
  readonly payload: Buffer
  readonly signatures: readonly { readonly keyID: string | undefined; readonly signature: Buffer }[]
}

/** The envelope around a statement (github.com/secure-systems-lab/dsse), also the one in a Sigstore bundle. */
export function dsseEnvelope(document: unknown): DsseEnvelope | undefined {
  const inner = isRecord(document) && isRecord(document['dsseEnvelope']) ? document['dsseEnvelope'] : document
  const { payload, payloadType, signatures } = objectAt(inner)
  if (typeof payload !== 'string' || typeof payloadType !== 'string' || !Array.isArray(signatures)) return undefined
  return {
    payloadType,
    payload: Buffer.from(payload, 'base64'),
    signatures: signatures.slice(0, 100).map(each => ({
      keyID: textAt(each, 'keyid'),
      signature: Buffer.from(textAt(each, 'sig') ?? '', 'base64'),
    })),
  }
}

function parsed(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    return undefined
  }
}

function subjectOf(value: unknown): StatementSubject {
  const digests = Object.entries(objectAt(value, 'digest')).flatMap(([algorithm, hex]) =>
    typeof hex === 'string' ? [`${algorithm}:${hex}`.slice(0, 200)] : [],
  )
  return { name: textAt(value, 'name') ?? '', digests: digests.slice(0, DIGESTS) }
}
