import { type Digest, splitDigest } from '../blob/digest.ts'
import { ImageError } from '../error.ts'
import { bodyOf, changesOf, checkedDigest, type Exchange, sendEmpty, verifiableDigest } from './exchange.ts'
import { mountBlob } from './mount-blob.ts'
import { RegistryError } from './registry-error.ts'
import type { ChunkRange, Upload } from './uploads.ts'

type UploadRoute = { readonly name: string; readonly id: string }

/**
 * POST: a blob in one request, a mount, or the beginning of an upload (distribution-spec, Pushing Blobs). A blob that cannot be mounted becomes an
 * upload.
 */
export async function startUpload(exchange: Exchange, name: string): Promise<void> {
  const { request, url, uploads } = exchange
  const { searchParams: query } = url
  const [mount, whole] = [query.get('mount'), query.get('digest')]
  const digest = whole === null ? undefined : verifiableDigest(whole)
  const algorithm = digest === undefined ? (query.get('digest-algorithm') ?? 'sha256') : splitDigest(digest)[0]
  if (!['sha256', 'sha512'].includes(algorithm)) throw new RegistryError(400, 'DIGEST_INVALID', 'the algorithm is not known here')
  const changes = await changesOf(exchange, name)
  if (mount !== null) {
    const blob = checkedDigest(mount)
    if (await mountBlob(exchange, changes, blob, query.get('from'))) return sendCreated(exchange, name, blob)
  }
  const upload = await uploads.start(name, changes.spool, algorithm)
  if (digest === undefined) return sendState(exchange, upload, 202)
  try {
    await upload.append(bodyOf(request))
    await upload.finish(digest, file => changes.keepBlob(digest, file))
  } finally {
    await uploads.end(upload)
  }
  sendCreated(exchange, name, digest)
}

/** PATCH, PUT, GET and DELETE of an upload. */
export async function answerUpload(exchange: Exchange, { name, id }: UploadRoute, method: string): Promise<void> {
  const { uploads } = exchange
  const upload = uploads.find(name, id)
  switch (method) {
    case 'GET':
      return sendState(exchange, upload, 204)
    case 'PATCH':
      await appendBody(exchange, upload)
      return sendState(exchange, upload, 202)
    case 'PUT': {
      const digest = verifiableDigest(exchange.url.searchParams.get('digest'))
      const changes = await changesOf(exchange, name)
      await appendBody(exchange, upload)
      return finish(exchange, upload, digest, file => changes.keepBlob(digest, file))
    }
    case 'DELETE':
      await uploads.end(upload)
      return sendEmpty(exchange.response, 204)
    default:
      throw new RegistryError(405, 'UNSUPPORTED', 'there is no such method for an upload', { allow: 'GET, PATCH, PUT, DELETE' })
  }
}

async function finish(exchange: Exchange, upload: Upload, digest: Digest, keep: (file: string) => Promise<void>): Promise<void> {
  try {
    await upload.finish(digest, keep)
  } finally {
    await exchange.uploads.end(upload)
  }
  sendCreated(exchange, upload.name, digest)
}

/**
 * An upload that the disk has no room for ends, and gives back what it took; one whose connection broke can go on.
 * @throws RegistryError 416 where the chunk does not follow, `SIZE_INVALID`
 */
async function appendBody({ request, uploads }: Exchange, upload: Upload): Promise<void> {
  const { 'content-range': header, 'content-length': length } = request.headers
  const range = header === undefined ? undefined : chunkRange(header)
  if (range !== undefined && length !== undefined && Number(length) !== range.end - range.start + 1)
    throw new RegistryError(400, 'SIZE_INVALID', 'the range and the length of the chunk differ')
  try {
    await upload.append(bodyOf(request), range)
  } catch (thrown) {
    if (thrown instanceof ImageError && thrown.code === 'NO_SPACE') await uploads.end(upload)
    throw thrown
  }
}

function chunkRange(header: string): ChunkRange {
  const [, start, end] = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/.*)?$/.exec(header.trim()) ?? []
  if (start === undefined) throw new RegistryError(400, 'BLOB_UPLOAD_INVALID', 'the range of the chunk is not one')
  return { start: Number(start), end: Number(end) }
}

function sendState({ response }: Exchange, upload: Upload, status: number): void {
  sendEmpty(response, status, { location: upload.location, range: upload.range, 'docker-upload-uuid': upload.id })
}

function sendCreated({ response }: Exchange, name: string, digest: Digest): void {
  sendEmpty(response, 201, { location: `/v2/${name}/blobs/${digest}`, 'docker-content-digest': digest })
}
