import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib'
import { isRecord } from '../blob/descriptor.ts'
import type { Digest } from '../blob/digest.ts'
import type { LayerScan } from '../check/layer-scan.ts'

/**
 * A layer's scan as bytes, for the disk and for the way from a worker: the CRC-32 of the rest, the length of its JSON, the
 * JSON, and the kept contents, deflated. Few files have anything to tell, so there is nothing to gain by columns; most are some hundred bytes.
 */
export function encodeScan(digest: Digest, { kept, heads, ...scan }: LayerScan): Uint8Array<ArrayBuffer> {
  const json = Buffer.from(JSON.stringify({ digest, ...scan, kept: lengthsOf(kept), heads: lengthsOf(heads) }))
  const contents = deflateRawSync(Buffer.concat([...kept.values(), ...heads.values()]), { level: 1 })
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
  const { files, more, sums, kept, heads, symbols, marks, packing } = value as unknown as Encoded
  const contents = inflateRawSync(buffer.subarray(end))
  let at = 0
  const viewsOf = (lengths: Lengths) =>
    new Map(
      lengths.map(([entry, length]) => {
        at += length
        return [entry, contents.subarray(at - length, at)] as const
      }),
    )
  return { files, more, sums, kept: viewsOf(kept), heads: viewsOf(heads), symbols, marks, packing }
}

type Lengths = readonly (readonly [entry: number, length: number])[]
type Encoded = Omit<LayerScan, 'kept' | 'heads'> & { readonly kept: Lengths; readonly heads: Lengths }

function lengthsOf(contents: ReadonlyMap<number, Uint8Array>): Lengths {
  return [...contents].map(([entry, { length }]) => [entry, length])
}

/** Checksum and length of the JSON. */
const HEAD = 8
