import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Descriptor } from '../../blob/descriptor.ts'
import { sizeMismatch } from '../../blob/read.ts'
import type { Range } from '../../blob/source.ts'
import { ImageError } from '../../error.ts'
import { escapeText } from '../../escape.ts'
import { connectionFailure, isTransient } from '../http/failure.ts'
import { discard, type HttpAnswer, headerOf } from '../http/http.ts'
import type { RepositoryName } from '../http/registry-options.ts'
import { waitBefore } from '../http/retry.ts'
import { repositoryScope } from './auth/scope.ts'
import type { RegistryClient } from './client.ts'

export type BlobRequest = {
  readonly client: RegistryClient
  readonly repository: RepositoryName
  readonly blob: Descriptor
  readonly range?: Range
  readonly signal?: AbortSignal | undefined
}

/** Bytes that count as progress: a server that drips and cuts uses up its tries. */
const PROGRESS = 64 * 1024
/** Bytes after a part that are read to keep the connection; a server that sends more loses it. */
const SURPLUS = 64 * 1024

/**
 * The bytes a registry has under a blob's digest, unverified. A cut is resumed where it happened, by Range at the
 * registry's own address again: signed addresses of a redirect expire (registry.md 3.5). Progress renews the patience.
 * @throws ImageError `BLOB_MISSING`, `BLOB_SIZE_MISMATCH`, `CONNECTION_LOST`, `RANGE_UNSUPPORTED` where `strict` asks for it, and refusals
 */
export async function* downloadBlob(request: BlobRequest): AsyncGenerator<Uint8Array> {
  const { client, blob, range = {}, signal } = request
  const end = Math.min(blob.size, (range.offset ?? 0) + (range.length ?? blob.size))
  let position = range.offset ?? 0
  // A server that sends another part than was asked for is asked for all of it, and the rest is skipped.
  let ranges = true
  for (let attempt = 1; position < end || blob.size === 0; attempt++) {
    const answer = await ask(request, position, end, ranges)
    if (answer.status === 206 && !isPart(answer, position)) {
      await discard(answer)
      if (range.strict === true) throw rangeUnsupported(blob, 'sends another part than was asked for')
      ranges = false
      continue
    }
    const before = position
    try {
      for await (const chunk of partOf(answer, position, end, request)) {
        position += chunk.byteLength
        noteArrival(chunk.byteLength)
        yield chunk
      }
      // An answer that ends early without an error is a cut as well: some proxies close politely.
      if (position >= end || blob.size === 0) return
      if (attempt >= client.retry.tries && position - before < PROGRESS) throw sizeMismatch(blob, String(position))
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ImageError) throw error
      if (!isTransient(error) || (attempt >= client.retry.tries && position - before < PROGRESS)) {
        throw connectionFailure(`read ${blob.digest}`, answer.url.host, error)
      }
    } finally {
      answer.body.destroy()
    }
    if (position - before >= PROGRESS) attempt = 1
    await waitBefore(attempt, client.retry, signal)
  }
}

async function ask(request: BlobRequest, position: number, end: number, ranges: boolean): Promise<HttpAnswer> {
  const { client, repository, blob, signal } = request
  const partial = ranges && (position > 0 || end < blob.size)
  return client.request({
    method: 'GET',
    target: `/v2/${repository.path}/blobs/${blob.digest}`,
    headers: { 'accept-encoding': 'identity', ...(partial && { range: `bytes=${position}-${end < blob.size ? end - 1 : ''}` }) },
    scopes: [repositoryScope(repository.path, 'pull')],
    action: `read ${blob.digest} of ${escapeText(`${repository.host}/${repository.path}`)}`,
    accept: partial ? [200, 206, 416] : [200],
    signal,
  })
}

/** The answer's bytes from `position` on; a server that ignores Range sends what was seen already, which is skipped. */
async function* partOf(
  answer: HttpAnswer,
  position: number,
  end: number,
  { blob, range }: BlobRequest,
): AsyncGenerator<Uint8Array> {
  if (range?.strict === true && answer.status === 200 && position > 0) {
    throw rangeUnsupported(blob, 'only sends all of it')
  }
  if (answer.status === 416) {
    await discard(answer)
    throw sizeMismatch(blob, `at most ${position}`)
  }
  const total = answer.status === 206 ? totalOf(answer) : lengthOf(answer)
  if (total !== undefined && total !== blob.size) throw sizeMismatch(blob, String(total))
  let skip = answer.status === 206 ? 0 : position
  let left = end - position
  for await (const chunk of answer.body) {
    const from = Math.min(skip, chunk.byteLength)
    skip -= from
    // Bytes after the requested part are cut off; bytes after the whole blob are handed on, so that its reader sees that it is too long.
    const wanted = end < blob.size ? chunk.subarray(from, from + Math.max(0, left)) : chunk.subarray(from)
    left -= chunk.byteLength - from
    if (wanted.byteLength > 0) yield wanted
    if (left <= 0 && end < blob.size && (answer.status === 200 || left < -SURPLUS)) return
  }
}

function lengthOf(answer: HttpAnswer): number | undefined {
  const length = headerOf(answer, 'content-length')
  return length === undefined || headerOf(answer, 'content-encoding') !== undefined ? undefined : Number(length)
}

const CONTENT_RANGE = /^bytes (\d+)-\d+\/(\d+|\*)$/i

/** Whether a partial answer is the part that was asked for. */
function isPart(answer: HttpAnswer, position: number): boolean {
  return Number(CONTENT_RANGE.exec(headerOf(answer, 'content-range') ?? '')?.[1] ?? Number.NaN) === position
}

/** The blob's whole size, where a partial answer says it. */
function totalOf(answer: HttpAnswer): number | undefined {
  const total = CONTENT_RANGE.exec(headerOf(answer, 'content-range') ?? '')?.[2] ?? '*'
  return total === '*' ? undefined : Number(total)
}

function rangeUnsupported({ digest }: Descriptor, why: string): ImageError {
  return new ImageError('RANGE_UNSUPPORTED', `Cannot read a part of ${digest}: the registry ${why}`)
}

/** Bytes that arrive between two collections. */
const STEP = 2 * 1024 * 1024

let collect: ((options: { type: 'minor' }) => void) | undefined
let arrived = 0

/**
 * Counts bytes that arrived from a socket, and has the youngest garbage collected now and then. Each piece is memory of its
 * own outside the heap, where the collector does not see how much it is until it is a lot: freed early it is used again
 * while it is in the processor's cache, which saves a sixth of a download's time and tens of megabytes.
 */
function noteArrival(bytes: number): void {
  arrived += bytes
  if (arrived < STEP) return
  arrived = 0
  collect ??= collector()
  collect({ type: 'minor' })
}

function collector(): (options: { type: 'minor' }) => void {
  setFlagsFromString('--expose-gc')
  const gc: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return typeof gc === 'function' ? options => void gc(options) : () => undefined
}
