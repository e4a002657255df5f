import { ImageError } from '../../error.ts'
import { connectionFailure, isSilence, isTransient } from '../http/failure.ts'
import { type HttpAnswer, readSteadily } from '../http/http.ts'
import { waitBefore } from '../http/retry.ts'
import type { RegistryClient } from './client.ts'
import type { RegistryRequest } from './registry-request.ts'

/**
 * An answer with its whole body, asked for again when the connection dies while the body arrives.
 * @throws ImageError `DOCUMENT_TOO_LARGE` over `limit` bytes
 */
export async function requestBytes(
  client: RegistryClient,
  request: RegistryRequest,
  limit: number,
): Promise<{ answer: HttpAnswer; bytes: Buffer }> {
  const until = performance.now() + client.patience
  for (let attempt = 1; ; attempt++) {
    const answer = await client.request(request)
    try {
      const bytes = await readSteadily(answer, limit, client.patience)
      if (bytes !== undefined) return { answer, bytes }
    } catch (error) {
      request.signal?.throwIfAborted()
      const isOver = isSilence(error) && performance.now() > until - 100
      if (attempt >= client.retry.tries || isOver || !isTransient(error))
        throw connectionFailure(request.action, answer.url.host, error)
      await waitBefore(attempt, client.retry, request.signal)
      continue
    }
    throw new ImageError('DOCUMENT_TOO_LARGE', `Cannot ${request.action}: the answer is over the limit of ${limit} bytes`)
  }
}
