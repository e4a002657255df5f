import { type Descriptor, isRecord } from '../../blob/descriptor.ts'
import type { Digest } from '../../blob/digest.ts'
import { parseJsonObject } from '../../blob/json.ts'
import { DOCKER_LIST, documentKind, OCI_INDEX } from '../../blob/media-type.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { parseImageIndex } from '../../image/image-index.ts'
import { parseManifest } from '../../image/manifest.ts'
import { discard, type HttpAnswer, headerOf } from '../http/http.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { waitBefore } from '../http/retry.ts'
import { repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import { referrersFromApi } from './referrers.ts'
import { referrersTag } from './referrers-tag.ts'
import { manifestPath, type RemoteDocument, tryDocument } from './remote-document.ts'

export type ReferrerPush = {
  readonly client: RegistryClient
  readonly repository: RepositoryName
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
  /** The registry's answer to the manifest. */
  readonly answer: HttpAnswer
  readonly signal?: AbortSignal | undefined
}

/**
 * Where a manifest has a subject and the registry keeps no referrers itself, enters it into the index under the fallback tag
 * (distribution-spec, Pushing Manifests with Subject). Read, changed and written back, guarded by the ETag where there is
 * one, and read again: registries that ignore the guard let two clients lose each other's entries.
 */
export async function recordReferrer(push: ReferrerPush): Promise<void> {
  const { client, repository, descriptor, bytes, signal } = push
  const { subject, entry } = describe(descriptor, bytes)
  if (subject === undefined || (await keepsReferrers(push, subject.digest))) return
  const tag = referrersTag(subject.digest)
  for (let attempt = 1; ; attempt++) {
    const found = await tryDocument({ client, repository, reference: tag, push: true, signal })
    const usable = found !== undefined && found.document.descriptor.digest !== subject.digest ? found : undefined
    const index = listOf(usable?.document)
    if (index.manifests.some(each => isRecord(each) && each['digest'] === descriptor.digest)) return
    if (attempt > client.retry.tries) break
    const etag = usable === undefined ? undefined : headerOf(usable.answer, 'etag')
    await discard(
      await client.request({
        method: 'PUT',
        target: manifestPath(repository, tag),
        // A weak ETag never matches where one is asked for.
        headers: { 'content-type': OCI_INDEX, ...(etag !== undefined && !etag.startsWith('W/') && { 'if-match': etag }) },
        body: Buffer.from(JSON.stringify({ ...index, manifests: [...index.manifests, entry] })),
        scopes: [repositoryScope(repository.path, 'pull', 'push')],
        action: `list ${descriptor.digest} as a referrer in ${escapeText(`${repository.host}/${repository.path}`)}`,
        accept: [200, 201, 202, 412],
        signal,
        repeatable: true,
      }),
    )
    // Gives a client that read the list before this write the time to write its own, so that a lost entry is seen here.
    await waitBefore(attempt, client.retry, signal)
  }
  throw new ImageError('PUSH_FAILED', `Cannot list ${descriptor.digest} as a referrer: others keep changing the list`, {
    hint: 'Try again.',
  })
}

/** `OCI-Subject` says so, but ECR says it without the API (sigstore-js#1183): the API itself is asked. */
async function keepsReferrers({ client, repository, answer, signal }: ReferrerPush, subject: Digest): Promise<boolean> {
  if (headerOf(answer, 'oci-subject') === undefined) return false
  try {
    return (await referrersFromApi({ client, repository, subject, signal })) !== undefined
  } catch (thrown) {
    // An API that fails is one; a client without the right to read it can still push.
    if (thrown instanceof ImageError) return true
    throw thrown
  }
}

/** The entries that are listed already, as they were written: fields that others put there stay. */
function listOf(document: RemoteDocument | undefined): Readonly<Record<string, unknown>> & { manifests: readonly unknown[] } {
  const empty = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }
  const { mediaType } = document?.descriptor ?? {}
  if (document === undefined || (mediaType !== OCI_INDEX && mediaType !== DOCKER_LIST)) return empty
  const { value } = parseJsonObject(document.bytes, 'the list of referrers')
  return { ...value, ...empty, manifests: Array.isArray(value['manifests']) ? value['manifests'] : [] }
}

function describe(
  { mediaType, digest, size }: Descriptor,
  bytes: Uint8Array,
): { subject: Descriptor | undefined; entry: Descriptor } {
  const { subject, artifactType, annotations } =
    documentKind(mediaType) === 'index' ? parseImageIndex(bytes, 'the index').value : withConfigType(bytes)
  return {
    subject,
    entry: {
      mediaType,
      digest,
      size,
      ...(artifactType !== undefined && { artifactType }),
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
  }
}

/** The entry's type is the config's where the manifest names none. */
function withConfigType(bytes: Uint8Array) {
  const { value } = parseManifest(bytes, 'the manifest')
  return { ...value, artifactType: value.artifactType ?? value.config.mediaType }
}
