import { crc32 } from 'node:zlib'
import { isRecord } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import type { LayerSecrets } from '../check/secret/layer-secrets.ts'

/**
 * What was found in a layer as bytes, for the disk and for the way from a worker: the CRC-32 of the rest, then JSON. Few files have
 * hits, so there is nothing to gain by columns, and most layers' lists are some sixty bytes.
 */
export function encodeSecrets(digest: Digest, secrets: LayerSecrets): Uint8Array<ArrayBuffer> {
  const json = Buffer.from(JSON.stringify({ digest, ...secrets }))
  const bytes = Buffer.from(new ArrayBuffer(HEAD + json.length))
  json.copy(bytes, HEAD)
  bytes.writeUInt32LE(crc32(json), 0)
  return bytes
}

/** What `encodeSecrets` wrote about this layer; undefined for anything else. */
export function decodeSecrets(bytes: Uint8Array, digest: Digest): LayerSecrets | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEAD || buffer.readUInt32LE(0) !== crc32(buffer.subarray(HEAD))) return undefined
  // From here on the checksum vouches for the form.
  const value: unknown = JSON.parse(buffer.toString('utf8', HEAD))
  if (!isRecord(value) || value['digest'] !== digest) return undefined
  const { files, more } = value as unknown as LayerSecrets
  return { files, more }
}

const HEAD = 4
