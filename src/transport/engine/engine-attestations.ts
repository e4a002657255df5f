import { type Descriptor, EMPTY_DESCRIPTOR, parseDescriptor } from '../../blob/descriptor.ts'
import { digestOf, isVerifiable, splitDigest } from '../../blob/digest.ts'
import { DOCKER_ATTESTATION, isManifestType, OCI_MANIFEST } from '../../blob/media-type.ts'
import type { BlobSource, Root } from '../../blob/source.ts'
import type { Diagnostic } from '../../error.ts'
import type { ErrorCode } from '../../error-code.ts'
import type { Platform } from '../../image/platform.ts'
import { elements, fromRaw, member, type RawJson, rawJson, rawJsonBytes } from '../../image/raw-json.ts'
import { sourceAs } from '../source-as.ts'
import { type EngineClient, engineMessage, engineText } from './engine-client.ts'
import { askForImage } from './engine-image.ts'
import { platformQuery, TELLS_ATTESTATIONS } from './engine-platform.ts'

/** Statements as an engine has them, each by its descriptor, and what is odd about its answer. */
export type AttestedStatements = {
  readonly statements: readonly { readonly blob: Descriptor; readonly bytes: Buffer }[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Bytes of all statements of one image: the SBOM of a large one has tens of megabytes. */
const LIMIT = 64 * 1024 * 1024
const NONE: AttestedStatements = { statements: [], diagnostics: [] }

/**
 * The statements about one platform of an image, by `GET /images/{name}/attestations` (API 1.55). The engine puts the statements' own text
 * into its answer; one that does not have its digest there, such as one with white space, which the engine leaves out, is not used.
 */
export async function attestedStatements(
  client: EngineClient,
  name: string,
  platform: Platform,
  signal?: AbortSignal,
): Promise<AttestedStatements> {
  if (client.apiVersion < TELLS_ATTESTATIONS) return NONE
  const answer = await askForImage(client, name, 'attestations', signal, `?statement=1&${platformQuery(platform)}`)
  if (answer.status !== 200) {
    const why = await engineMessage(answer)
    // An engine whose store has no indexes has no attestations either, and does not have this.
    return NOT_THERE.has(answer.status) ? NONE : { ...NONE, diagnostics: [odd('ENGINE_REFUSED', why)] }
  }
  const text = await engineText(answer, LIMIT)
  if (text === undefined) return { ...NONE, diagnostics: [odd('ANSWER_INVALID', `its answer has more than ${LIMIT} bytes`)] }
  try {
    JSON.parse(text.toString('utf8'))
  } catch {
    return { ...NONE, diagnostics: [odd('ANSWER_INVALID', 'its answer is not JSON')] }
  }
  const read = elements(rawJson(text)).map(readStatement)
  return {
    statements: read.flatMap(each => ('code' in each ? [] : [each])),
    diagnostics: read.flatMap(each => ('code' in each ? [each] : [])),
  }
}

const NOT_THERE: ReadonlySet<number> = new Set([404, 501])

function readStatement(entry: RawJson): Diagnostic | AttestedStatements['statements'][number] {
  const [described, statement] = [member(entry, 'Descriptor'), member(entry, 'Statement')]
  if (described === undefined || statement === undefined) return odd('ANSWER_INVALID', 'its answer lacks a statement')
  try {
    const blob = parseDescriptor(fromRaw(described), 'attestations')
    const bytes = rawJsonBytes(statement)
    const right = isVerifiable(blob.digest) && digestOf(bytes, splitDigest(blob.digest)[0]) === blob.digest
    return right ? { blob, bytes } : odd('BLOB_DIGEST_MISMATCH', `its text of ${blob.digest} has another digest`)
  } catch {
    return odd('ANSWER_INVALID', 'its answer has an invalid descriptor')
  }
}

function odd(code: ErrorCode, why: string): Diagnostic {
  return { code, severity: 'warning', message: `An attestation that the engine has was left out: ${why}` }
}

/**
 * A source of one platform's image with the statements about it, which such an archive does not have. The statements are the engine's, byte
 * for byte; the manifest that names them, as BuildKit writes it, is made here, since no engine gives it. An archive of a whole index has its own.
 */
export async function withAttestations(source: BlobSource, ask: () => Promise<AttestedStatements>): Promise<BlobSource> {
  const roots = await source.roots()
  const [subject, second] = roots
  if (subject === undefined || second !== undefined || !isManifestType(subject.mediaType)) return source
  const { statements, diagnostics } = await ask()
  if (statements.length === 0) return sourceAs(source, source.name, diagnostics)
  const { mediaType, digest, size } = subject
  const layers = statements.map(({ blob }) => blob)
  const raw = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: DOCKER_ATTESTATION,
      config: EMPTY_DESCRIPTOR,
      layers,
      subject: { mediaType, digest, size },
    }),
  )
  const root: Root = { mediaType: OCI_MANIFEST, digest: digestOf(raw), size: raw.byteLength, artifactType: DOCKER_ATTESTATION }
  const made = new Map<string, Buffer>([
    [root.digest, raw],
    ...statements.map(({ blob, bytes }) => [blob.digest, bytes] as const),
  ])
  return {
    ...sourceAs(source, source.name, diagnostics),
    roots: async () => [subject, root],
    fetchUnverified: (blob, range, signal) => {
      const bytes = made.get(blob.digest)
      return bytes === undefined ? source.fetchUnverified(blob, range, signal) : part(bytes, range)
    },
    locate: async blob => (made.has(blob.digest) ? undefined : source.locate(blob)),
  }
}

async function* part(bytes: Buffer, { offset = 0, length = bytes.byteLength }: { offset?: number; length?: number } = {}) {
  yield bytes.subarray(offset, offset + length)
}
