import type { Descriptor } from '../../blob/descriptor.ts'
import { DOCKER_LIST, documentKind, OCI_INDEX } from '../../blob/media-type.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { parseImageIndex } from '../../image/image-index.ts'
import { parseManifest } from '../../image/manifest.ts'
import { repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import { discard, type HttpAnswer, headerOf } from './http.ts'
import { referrersTag } from './referrers-tag.ts'
import type { RepositoryName } from './registry-options.ts'
import { manifestPath, tryDocument } from './remote-document.ts'
import { pause } from './retry.ts'

export type ReferrerPush = {
  readonly client: RegistryClient
  readonly repository: RepositoryName
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
  /** What the registry answered to the manifest. */
  readonly answer: HttpAnswer
  readonly signal?: AbortSignal | undefined
}

/**
 * Where a manifest has a subject and the registry did not say `OCI-Subject`, enters it into the index under the fallback
 * tag (distribution-spec, Pushing Manifests with Subject). Read, changed and written back, guarded by the ETag where there
 * is one: two clients must not lose each other's entries.
 */
export async function recordReferrer(push: ReferrerPush): Promise<void> {
  const { client, repository, descriptor, bytes, answer, signal } = push
  const { subject, entry } = describe(descriptor, bytes)
  if (subject === undefined || headerOf(answer, 'oci-subject') !== undefined) return
  const tag = referrersTag(subject.digest)
  for (let attempt = 1; attempt <= client.retry.tries; attempt++) {
    const found = await tryDocument({ client, repository, reference: tag, push: true, signal })
    const usable =
      found !== undefined && found.document.descriptor.digest !== subject.digest && isIndex(found.document.descriptor)
    const listed = usable ? parseImageIndex(found.document.bytes, 'the list of referrers').value.manifests : []
    if (listed.some(({ digest }) => digest === descriptor.digest)) return
    const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...listed, entry] }
    const etag = usable ? headerOf(found.answer, 'etag') : undefined
    const put = await client.request({
      method: 'PUT',
      target: manifestPath(repository, tag),
      headers: { 'content-type': OCI_INDEX, ...(etag !== undefined && { 'if-match': etag }) },
      body: Buffer.from(JSON.stringify(index)),
      scopes: [repositoryScope(repository.path, 'pull', 'push')],
      action: `list ${descriptor.digest} as a referrer in ${escapeText(`${repository.host}/${repository.path}`)}`,
      accept: [200, 201, 202, 412],
      signal,
      repeatable: true,
    })
    await discard(put)
    if (put.status !== 412) return
    await pause(attempt, client.retry, signal)
  }
  throw new ImageError('PUSH_FAILED', `Cannot list ${descriptor.digest} as a referrer: others keep changing the list`, {
    hint: 'Try again.',
  })
}

function isIndex({ mediaType }: Descriptor): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST
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
