import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { isRecord } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import type { LayerScan } from '../check/layer-scan.ts'

/**
 * A layer's scan as bytes, for the disk and for the way from a worker: the CRC-32 of the rest, the length of its JSON, the
 * JSON, and the kept contents, deflated. Few files have anything to tell, so there is nothing to gain by columns; most are some hundred bytes.
 */
export function encodeScan(digest: Digest, { kept, ...scan }: LayerScan): Uint8Array<ArrayBuffer> {
  const lengths = [...kept].map(([entry, content]) => [entry, content.length])
  const json = Buffer.from(JSON.stringify({ digest, ...scan, kept: lengths }))
  const contents = deflateRawSync(Buffer.concat([...kept.values()]), { level: 1 })
  const bytes = Buffer.from(new ArrayBuffer(HEAD + json.length + contents.length))
  json.copy(bytes, HEAD)
  contents.copy(bytes, HEAD + json.length)
  bytes.writeUInt32LE(json.length, 4)
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0)
  return bytes
}

/** The scan that `encodeScan` wrote about this layer; undefined for anything else. */
export function decodeScan(bytes: Uint8Array, digest: Digest): LayerScan | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (buffer.length < HEAD || buffer.readUInt32LE(0) !== crc32(buffer.subarray(4))) return undefined
  // From here on the checksum vouches for the form.
  const end = HEAD + buffer.readUInt32LE(4)
  const value: unknown = JSON.parse(buffer.toString('utf8', HEAD, end))
  if (!isRecord(value) || value['digest'] !== digest) return undefined
  const { files, more, sums, kept, symbols, marks, packing } = value as unknown as Encoded
  const contents = inflateRawSync(buffer.subarray(end))
  let at = 0
  const views = kept.map(([entry, length]) => {
    at += length
    return [entry, contents.subarray(at - length, at)] as const
  })
  return { files, more, sums, kept: new Map(views), symbols, marks, packing }
}

type Encoded = Omit<LayerScan, 'kept'> & { readonly kept: readonly (readonly [entry: number, length: number])[] }

/** Checksum and length of the JSON. */
const HEAD = 8
