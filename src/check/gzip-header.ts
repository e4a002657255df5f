/** The fields of a gzip header besides the compression (RFC 1952, 2.3). */
export type GzipHeader = {
  /** Seconds since the epoch; 0 where it says none. */
  readonly time: number
  /** Whether it names the file that was compressed. */
  readonly hasName: boolean
}

const NAMED = 8

/** Reads the first bytes of a member; undefined for what is none. */
export function readGzipHeader(bytes: Buffer): GzipHeader | undefined {
  if (bytes.length < 10 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) return undefined
  return { time: bytes.readUInt32LE(4), hasName: ((bytes[3] ?? 0) & NAMED) !== 0 }
}
