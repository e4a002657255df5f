import { readCertificates } from '../../blob/certificate.ts'
import { type Cbor, decodeCbor } from './cbor.ts'
import { objectAt, textAt, textsOf } from './json-fields.ts'
import type { SignatureSummary } from './signature.ts'

/** A COSE_Sign1 envelope with certificates (RFC 9052, 4.2; RFC 9360): what is signed, by which algorithm, and the signature. */
export type CoseEnvelope = {
  readonly payload: Buffer
  /** As JWS spells it (RFC 7518), undefined for one that notation does not use. */
  readonly algorithm: string | undefined
  /** The signed bytes: the Sig_structure (RFC 9052, 4.4). */
  readonly signed: Buffer
  readonly signature: Buffer
  /** DER, the signing one first. */
  readonly certificates: readonly Buffer[]
  readonly signedAt: string | undefined
  readonly agent: string | undefined
}

/** Labels of headers, and the algorithms that notation allows (notaryproject specifications, signature-envelope-cose.md). */
const [ALGORITHM, X5CHAIN] = [1, 33]
const ALGORITHMS: ReadonlyMap<Cbor, string> = new Map([
  [-37, 'PS256'],
  [-38, 'PS384'],
  [-39, 'PS512'],
  [-7, 'ES256'],
  [-35, 'ES384'],
  [-36, 'ES512'],
])
const CHAIN = 16

/** The parts of an envelope; undefined where the bytes are none. */
export function coseEnvelope(bytes: Buffer): CoseEnvelope | undefined {
  const parts = decodeCbor(bytes)
  if (!Array.isArray(parts) || parts.length !== 4) return undefined
  const [head, unprotected, payload, signature] = parts as readonly Cbor[]
  if (!Buffer.isBuffer(head) || !Buffer.isBuffer(payload) || !Buffer.isBuffer(signature)) return undefined
  const [signedHead, plain] = [mapOf(decodeCbor(head)), mapOf(unprotected)]
  const chain = plain.get(X5CHAIN) ?? signedHead.get(X5CHAIN)
  const certificates = (Array.isArray(chain) ? (chain as readonly Cbor[]) : [chain]).slice(0, CHAIN)
  const [time, agent] = [signedHead.get('io.cncf.notary.signingTime'), plain.get('io.cncf.notary.signingAgent')]
  return {
    payload,
    algorithm: ALGORITHMS.get(signedHead.get(ALGORITHM)),
    signed: Buffer.concat([SIGNATURE1, byteString(head), byteString(Buffer.alloc(0)), byteString(payload)]),
    signature,
    certificates: certificates.filter(each => Buffer.isBuffer(each)),
    signedAt: typeof time === 'number' && time >= 0 && time < 1e12 ? new Date(time * 1000).toISOString() : undefined,
    agent: typeof agent === 'string' ? agent.slice(0, 200) : undefined,
  }
}

/** An array of four that begins with the text "Signature1". */
const SIGNATURE1 = Buffer.concat([Buffer.from([0x84, 0x6a]), Buffer.from('Signature1')])

function mapOf(value: Cbor): ReadonlyMap<Cbor, Cbor> {
  return value instanceof Map ? value : new Map()
}

/** A byte string as CBOR has it, its length as short as it can be. */
function byteString(bytes: Buffer): Buffer {
  const { length } = bytes
  if (length < 24) return Buffer.concat([Buffer.from([0x40 | length]), bytes])
  const head = Buffer.alloc(length < 256 ? 2 : length < 65_536 ? 3 : 5)
  head[0] = 0x58 + (head.length === 2 ? 0 : head.length === 3 ? 1 : 2)
  head.writeUIntBE(length, 1, head.length - 1)
  return Buffer.concat([head, bytes])
}

/** notation's COSE envelope: its payload is the JSON that a JWS has. */
export function readCose(bytes: Buffer): SignatureSummary | undefined {
  const envelope = coseEnvelope(bytes)
  if (envelope === undefined) return undefined
  const target = objectAt(cosePayload(envelope), 'targetArtifact')
  return {
    kind: 'signature',
    format: 'notation',
    digest: textAt(target, 'digest'),
    identity: envelope.agent,
    claims: textsOf(objectAt(target, 'annotations'), 100),
    algorithm: envelope.algorithm,
    signedAt: envelope.signedAt,
    certificates: envelope.certificates.flatMap(each => readCertificates(each)),
    statement: undefined,
  }
}

/** The signed document; undefined where it is no JSON. */
export function cosePayload({ payload }: Pick<CoseEnvelope, 'payload'>): unknown {
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    return undefined
  }
}
