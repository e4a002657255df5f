import { Bzip2Inflater } from './compression-bzip2.ts'
import { GzipInflater } from './compression-gzip.ts'
import { ZstdInflater } from './compression-zstd.ts'
import type { Inflater, InflaterOptions } from './inflater.ts'
import type { Packing } from './media-type.ts'

/** Bytes that `sniffCompression` wants to see. */
export const SNIFF_LENGTH = 10

/** The compression that the first bytes of a blob show, whatever its media type says (formats.md 1.5). */
export function sniffCompression(start: Uint8Array): Packing {
  const [a, b, c, d] = start
  if (a === 0x1f && b === 0x8b) return 'gzip'
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  if (BZIP2.test(Buffer.from(start.subarray(0, SNIFF_LENGTH)).toString('hex'))) return 'bzip2'
  // A skippable frame: 0x184D2A50 to 0x184D2A5F, little-endian (RFC 8878, 3.1.2).
  return a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18 ? 'zstd' : 'none'
}

/** `BZh`, a level, and what a block or an empty stream begins with: a tar may begin with a name like that, not with all of it. */
const BZIP2 = /^425a683[1-9](?:314159265359|177245385090)/

/** The inflater for what `sniffCompression` found. */
export function createInflater(compression: Packing, options: InflaterOptions): Inflater {
  if (compression === 'gzip') return new GzipInflater(options)
  if (compression === 'zstd') return new ZstdInflater(options)
  if (compression === 'bzip2') return new Bzip2Inflater(options)
  return { push: options.output, finish: () => {}, [Symbol.dispose]: () => {}, accessPoints: [] }
}
