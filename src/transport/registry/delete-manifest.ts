import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { discard } from '../http/http.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import { manifestPath } from './remote-document.ts'

/** Statuses with which registries say that they delete nothing, or nothing that is named like this. */
const UNSUPPORTED = [400, 405, 501]

/**
 * Deletes a tag, or a manifest with all its tags by its digest (distribution-spec, Content Management). False where it is gone already.
 * @throws ImageError `PRUNE_UNSUPPORTED` where the registry deletes nothing this way, and refusals
 */
export async function deleteManifest(
  { client, repository }: { readonly client: RegistryClient; readonly repository: RepositoryName },
  reference: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { host, path } = repository
  const action = `delete ${escapeText(`${host}/${path}${reference.includes(':') ? '@' : ':'}${reference}`)}`
  const answer = await client.request({
    method: 'DELETE',
    target: manifestPath(repository, reference),
    scopes: [repositoryScope(path, 'pull', 'delete')],
    action,
    accept: [200, 202, 204, 404, ...UNSUPPORTED],
    signal,
    // Deleting twice is deleting once.
    repeatable: true,
  })
  await discard(answer)
  if (!UNSUPPORTED.includes(answer.status)) return answer.status !== 404
  throw new ImageError(
    'PRUNE_UNSUPPORTED',
    { action, why: 'this registry deletes nothing by its API' },
    { hint: whereToDelete(repository) },
  )
}

/** The console or command that deletes images of a registry which does not do it by the API of the specification. */
export function whereToDelete({ host, path }: RepositoryName): string {
  const found = CONSOLES.find(({ pattern }) => pattern.test(host))
  return (
    found?.says(escapeText(host), escapeText(path)) ??
    'Its configuration may allow it: docker-registry deletes with REGISTRY_STORAGE_DELETE_ENABLED=true.'
  )
}

type Console = { readonly pattern: RegExp; readonly says: (host: string, path: string) => string }

const CONSOLES: readonly Console[] = [
  {
    pattern: /^(?:.*\.)?docker\.io$/,
    says: (_, path) => `Docker Hub deletes tags on its page: https://hub.docker.com/r/${path}/tags`,
  },
  {
    pattern: /^ghcr\.io$/,
    says: (_, path) =>
      `GitHub deletes versions of a package in its settings, or: gh api -X DELETE /user/packages/container/${encodeURIComponent(path.split('/').slice(1).join('/'))}/versions/ID`,
  },
  {
    pattern: /^public\.ecr\.aws$/,
    says: (_, path) =>
      `aws ecr-public batch-delete-image --repository-name ${path.split('/').slice(1).join('/')} --image-ids imageTag=TAG`,
  },
  {
    pattern: /\.dkr\.ecr\..*\.amazonaws\.com(?:\.cn)?$/,
    says: (_, path) => `aws ecr batch-delete-image --repository-name ${path} --image-ids imageTag=TAG`,
  },
  {
    pattern: /(?:^|\.)gcr\.io$|-docker\.pkg\.dev$/,
    says: (host, path) => `gcloud artifacts docker images delete ${host}/${path}:TAG --delete-tags`,
  },
  {
    pattern: /\.azurecr\.io$/,
    says: (host, path) => `az acr repository delete --name ${host.split('.')[0]} --image ${path}:TAG`,
  },
  { pattern: /^quay\.io$/, says: (_, path) => `Quay deletes tags on its page: https://quay.io/repository/${path}?tab=tags` },
  {
    pattern: /^registry\.gitlab\.com$/,
    says: (_, path) => `GitLab deletes tags on the page of the container registry of ${path}, or by a cleanup policy.`,
  },
]
