import assert from 'node:assert/strict'
import type { Descriptor } from '../../../src/blob/descriptor.ts'
import { digestOf } from '../../../src/blob/digest.ts'
import { isIndexOrManifest } from '../../../src/blob/media-type.ts'
import type { ImageFixture } from '../image/image-fixture.ts'

export type ApiRequest = {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | ReadableStream<Uint8Array>
}

/** The distribution API of one registry, a request at a time, as a client of the specification sends it. */
export class RegistryApi {
  readonly origin: string

  constructor(origin: string) {
    this.origin = origin
  }

  async send(method: string, path: string, { headers = {}, body }: ApiRequest = {}): Promise<Response> {
    const streamed = body instanceof ReadableStream
    return fetch(new URL(path, this.origin), {
      method,
      headers,
      ...(body !== undefined && { body: body as Uint8Array<ArrayBuffer> }),
      ...(streamed && { duplex: 'half' }),
    })
  }

  /** Sends, expects one of `statuses`, and reads the answer to its end. */
  async expect(
    statuses: number | readonly number[],
    method: string,
    path: string,
    request: ApiRequest = {},
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly bytes: Buffer }> {
    const answer = await this.send(method, path, request)
    const bytes = Buffer.from(await answer.arrayBuffer())
    const wanted = [statuses].flat()
    assert.ok(wanted.includes(answer.status), `${method} ${path}: ${answer.status} ${bytes}, not ${wanted.join(' or ')}`)
    return { status: answer.status, headers: answer.headers, bytes }
  }

  /** POST for an upload; gives its address. */
  async startUpload(name: string, query = ''): Promise<string> {
    const { headers } = await this.expect(202, 'POST', `/v2/${name}/blobs/uploads/${query}`)
    return headers.get('location') ?? assert.fail('no Location')
  }

  /** POST and PUT. */
  async pushBlob(name: string, bytes: Uint8Array, digest: string = digestOf(bytes)): Promise<void> {
    const location = await this.startUpload(name)
    await this.expect(201, 'PUT', withDigest(location, digest), { body: bytes })
  }

  async pushManifest(name: string, reference: string, mediaType: string, bytes: Uint8Array): Promise<Headers> {
    const path = `/v2/${name}/manifests/${reference}`
    return (await this.expect(201, 'PUT', path, { headers: { 'content-type': mediaType }, body: bytes })).headers
  }

  /** Pushes an image or an index in the order that clients keep: blobs, manifests, the root by its tag. */
  async pushImage(name: string, tag: string, { descriptor, blobs }: ImageFixture): Promise<void> {
    const documents = documentsBelow(descriptor, blobs)
    for (const [digest, bytes] of blobs)
      if (!documents.some(document => document.digest === digest)) await this.pushBlob(name, bytes, digest)
    for (const document of documents) {
      const bytes = blobs.get(document.digest) ?? assert.fail()
      const reference = document.digest === descriptor.digest ? tag : document.digest
      await this.pushManifest(name, reference, document.mediaType, bytes)
    }
  }
}

/** The documents of an image, the root last. */
function documentsBelow(root: Descriptor, blobs: ImageFixture['blobs']): readonly Descriptor[] {
  const { manifests = [] } = JSON.parse(String(blobs.get(root.digest)))
  const below = (manifests as Descriptor[]).filter(({ mediaType }) => isIndexOrManifest(mediaType))
  return [...below.flatMap(child => documentsBelow(child, blobs)), root]
}

/** The address that ends an upload. */
export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`
}
