import { decodeText } from './text-encoding.ts'

/** The members of a zip archive (jar, wheel, apk) as its central directory lists them, those that were found. */
export type ZipDirectory = {
  /** As the archive says; of a zip64 archive with more than 65,534 members that is unknown. */
  readonly count: number | undefined
  /** Names are not escaped. */
  readonly members: readonly ZipMember[]
}

type ZipMember = { readonly name: string; readonly size: number }

/** Bytes at the end of an archive that hold the directory of most: its end is at most 65,557 bytes before the end of the file. */
export const ZIP_TAIL = 128 * 1024

const MEMBER = 0x02014b50
const END = 0x06054b50
const [END_BYTES, MEMBER_BYTES] = [22, 46]
/** A field of 32 bits that a zip64 record replaces. */
const ELSEWHERE = 0xffffffff

/** Whether a file begins as a zip archive does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4
}

/**
 * The directory of an archive of `size` bytes from its last bytes (APPNOTE.TXT 4.3.12, 4.3.16); undefined where there is none
 * in them. Members are listed as far as records follow each other; a directory that begins before `tail` is only counted.
 */
export function readZipDirectory(tail: Uint8Array, size: number): ZipDirectory | undefined {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.byteLength)
  const end = endRecord(bytes)
  if (end === undefined) return undefined
  const told = bytes.readUInt16LE(end + 10)
  const count = told === 0xffff ? undefined : told
  const start = bytes.readUInt32LE(end + 16) - (size - bytes.length)
  const members: ZipMember[] = []
  for (let at = start; at >= 0 && at + MEMBER_BYTES <= end && bytes.readUInt32LE(at) === MEMBER; ) {
    const [name, extra, comment] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)]
    const next = at + MEMBER_BYTES + name + extra + comment
    if (next > end) break
    const plain = bytes.readUInt32LE(at + 24)
    const named = decodeText(bytes.subarray(at + MEMBER_BYTES, at + MEMBER_BYTES + name), 'utf-8')
    if (plain !== ELSEWHERE) members.push({ name: named, size: plain })
    at = next
  }
  return { count, members }
}

/** The last place where the end of a directory stands, with a comment that reaches just to the end of the file. */
function endRecord(bytes: Buffer): number | undefined {
  for (let at = bytes.length - END_BYTES; at >= 0; at--) {
    if (bytes.readUInt32LE(at) === END && at + END_BYTES + bytes.readUInt16LE(at + 20) === bytes.length) return at
  }
  return undefined
}
