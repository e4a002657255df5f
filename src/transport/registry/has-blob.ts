import type { Descriptor } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { discard, type HttpAnswer, headerOf } from '../http/http.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { waitBefore } from '../http/retry.ts'
import { repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'
import { namesItsDigest, proveRegistry } from './proven-registry.ts'

/** A repository of a registry, and the conversation with it. */
type AskedRepository = { readonly client: RegistryClient; readonly repository: RepositoryName }

/** Answers that leave it open: HEAD is not taken, or not from a client that may only push. The request that sends the blob gets the reasons. */
const UNTOLD = [400, 403, 405, 501]

/** Whether a repository is known to hold a blob, of the right size where the registry says which. */
export async function hasBlob(asked: AskedRepository, blob: Descriptor, signal?: AbortSignal): Promise<boolean> {
  const answer = await askFor(asked, blob, 'HEAD', signal)
  if (answer.status === 200 && !namesItsDigest(answer)) await proveRegistry({ ...asked, action: actionOf(asked), signal })
  const length = headerOf(answer, 'content-length')
  return answer.status === 200 && (length === undefined || Number(length) === blob.size)
}

/** How often a blob is looked for that was just sent: some registries need a moment. */
const LOOKS = 3

/**
 * Looks whether blobs that were sent are there: an answer of 201 alone does not show it (defects.md C10). Where HEAD finds none,
 * GET of its first byte decides (A5), and a login that may push and not pull is believed.
 * @throws ImageError `PUSH_FAILED`, and refusals
 */
export async function checkSentBlobs(asked: AskedRepository, blobs: Iterable<Descriptor>, signal?: AbortSignal): Promise<void> {
  await Promise.all([...blobs].map(blob => checkSentBlob(asked, blob, signal)))
}

async function checkSentBlob(asked: AskedRepository, blob: Descriptor, signal?: AbortSignal): Promise<void> {
  const { client } = asked
  for (let attempt = 1; ; attempt++) {
    if ((await hasBlob(asked, blob, signal)) || (await canBeRead(asked, blob, signal))) return
    if (attempt >= Math.min(LOOKS, client.retry.tries)) break
    await waitBefore(attempt, client.retry, signal)
  }
  throw new ImageError(
    'PUSH_FAILED',
    {
      action: actionOf(asked),
      why: `the registry took the blob ${blob.digest}, and does not have it`,
    },
    { hint: 'No tag was moved. Try again; if it stays so, look at the registry’s log and at the room it has left.' },
  )
}

async function canBeRead(asked: AskedRepository, blob: Descriptor, signal?: AbortSignal): Promise<boolean> {
  try {
    const answer = await askFor(asked, blob, 'GET', signal)
    // A blob without bytes has no first one.
    if (answer.status === 416) return blob.size === 0
    if (answer.status !== 200 && answer.status !== 206) return UNTOLD.includes(answer.status)
    const size = answer.status === 206 ? headerOf(answer, 'content-range')?.split('/')[1] : headerOf(answer, 'content-length')
    return size === undefined || size === '*' || Number(size) === blob.size
  } catch (thrown) {
    if (thrown instanceof ImageError && ['UNAUTHORIZED', 'DENIED'].includes(thrown.code)) return true
    throw thrown
  }
}

/** Asks by HEAD, or by GET for the first byte alone. */
async function askFor(
  asked: AskedRepository,
  blob: Descriptor,
  method: 'HEAD' | 'GET',
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  const { client, repository } = asked
  const answer = await client.request({
    method,
    target: `/v2/${repository.path}/blobs/${blob.digest}`,
    ...(method === 'GET' && { headers: { range: 'bytes=0-0' } }),
    // Asked for together with pushing: one token does for all that follows.
    scopes: [repositoryScope(repository.path, 'pull', 'push')],
    action: actionOf(asked),
    accept: method === 'GET' ? [200, 206, 404, 416, ...UNTOLD] : [200, 404, ...UNTOLD],
    signal,
  })
  await discard(answer)
  return answer
}

function actionOf({ repository: { host, path } }: AskedRepository): string {
  return `push to ${escapeText(`${host}/${path}`)}`
}
