import { randomBytes } from 'node:crypto'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { discard, type HttpAnswer, headerOf } from '../http/http.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'

export type ProvenRequest = {
  readonly client: RegistryClient
  readonly repository: RepositoryName
  /** For messages, after "Cannot". */
  readonly action: string
  readonly signal?: AbortSignal | undefined
}

/** Clients whose server was seen to say no, and those of which that is being found out. */
const proven = new WeakMap<RegistryClient, Promise<void>>()

/**
 * Asks once for a digest that nothing has, where an answer may come from a server that says 200 to everything: a login page, the portal of
 * a network, a CDN. Its yes to anything else would mean nothing.
 * @throws ImageError `NOT_A_REGISTRY`
 */
export function proveRegistry(request: ProvenRequest): Promise<void> {
  const known = proven.get(request.client) ?? askForNothing(request)
  proven.set(request.client, known)
  // A question that was given up, or could not be asked, is asked again.
  known.catch(() => proven.delete(request.client))
  return known
}

/** Whether an answer names the digest of what it brings, as registries do and other servers do not. */
export function namesItsDigest(answer: HttpAnswer): boolean {
  return headerOf(answer, 'docker-content-digest') !== undefined
}

async function askForNothing({ client, repository, action, signal }: ProvenRequest): Promise<void> {
  let answer: HttpAnswer
  try {
    answer = await client.request({
      method: 'GET',
      target: `/v2/${repository.path === '' ? 'none' : repository.path}/manifests/sha256:${randomBytes(32).toString('hex')}`,
      scopes: repository.path === '' ? [] : [repositoryScope(repository.path, 'pull')],
      action,
      accept: [200, 204, 404],
      signal,
    })
  } catch (thrown) {
    signal?.throwIfAborted()
    // A server that refuses does not say yes to everything.
    if (thrown instanceof ImageError && thrown.code !== 'NOT_A_REGISTRY') return
    throw thrown
  }
  await discard(answer)
  if (answer.status === 404 || namesItsDigest(answer)) return
  const host = escapeText(client.host)
  const asked = escapeText(answer.url.host)
  const elsewhere = answer.url.host.startsWith(client.host) || client.host === 'docker.io' ? '' : `; it leads to ${asked}`
  throw new ImageError(
    'NOT_A_REGISTRY',
    { action, why: `${host} is no registry, it answers ${answer.status} whatever it is asked for${elsewhere}` },
    {
      hint: `A login page, the portal of a network or a CDN may stand there: check the host and the port, or open ${escapeText(answer.url.origin)}/v2/ in a browser.`,
    },
  )
}
