import type { Descriptor } from '../../blob/descriptor.ts'
import { escapeText } from '../../escape.ts'
import { discard, headerOf } from '../http/http.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'

/** Answers that leave it open: HEAD is not taken, or not from a client that may only push. The request that sends the blob gets the reasons. */
const UNTOLD = [400, 403, 405, 501]

/** Whether a repository is known to hold a blob, of the right size where the registry says which. */
export async function hasBlob(
  { client, repository }: { readonly client: RegistryClient; readonly repository: RepositoryName },
  blob: Descriptor,
  signal?: AbortSignal,
): Promise<boolean> {
  const answer = await client.request({
    method: 'HEAD',
    target: `/v2/${repository.path}/blobs/${blob.digest}`,
    // Asked for together with pushing: one token does for all that follows.
    scopes: [repositoryScope(repository.path, 'pull', 'push')],
    action: `push to ${escapeText(`${repository.host}/${repository.path}`)}`,
    accept: [200, 404, ...UNTOLD],
    signal,
  })
  await discard(answer)
  const length = headerOf(answer, 'content-length')
  return answer.status === 200 && (length === undefined || Number(length) === blob.size)
}
