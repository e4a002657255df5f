/** One member of a zip archive as its central directory has it. */
export type ZipMember = {
  /** One character a byte. */
  readonly name: string
  readonly size: number
  readonly crc: number
  /** Where its headers lie: in the central directory, and before its content. */
  readonly central: number
  readonly local: number
}

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
/** The end record and the longest comment behind it. */
const END_REACH = 22 + 0xffff
const MOST_MEMBERS = 200_000

/** The members of a zip archive (APPNOTE 4.3.12) in the order of its directory; undefined for what is none, or is damaged, or zip64. */
export function zipMembers(bytes: Buffer): readonly ZipMember[] | undefined {
  const end = endRecord(bytes)
  if (end === undefined) return undefined
  const count = bytes.readUInt16LE(end + 10)
  const members: ZipMember[] = []
  let at = bytes.readUInt32LE(end + 16)
  for (let index = 0; index < Math.min(count, MOST_MEMBERS); index++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) return undefined
    const [names, extras, comments] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)]
    const local = bytes.readUInt32LE(at + 42)
    if (local + 30 > bytes.length || bytes.readUInt32LE(local) !== LOCAL) return undefined
    members.push({
      name: bytes.toString('latin1', at + 46, at + 46 + names),
      size: bytes.readUInt32LE(at + 24),
      crc: bytes.readUInt32LE(at + 16),
      central: at,
      local,
    })
    at += 46 + names + extras + comments
  }
  return members
}

function endRecord(bytes: Buffer): number | undefined {
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - END_REACH); at--)
    if (bytes.readUInt32LE(at) === END) return at
  return undefined
}

/** Extra fields that hold times: NTFS, extended timestamps, Unix of old (APPNOTE 4.6, Info-ZIP). */
const TIMES = new Set([0x000a, 0x5455, 0x5855])

/** The archive with every time of its headers zero; undefined as `zipMembers`. */
export function zipWithoutTimes(bytes: Buffer): Buffer | undefined {
  const members = zipMembers(bytes)
  if (members === undefined) return undefined
  const masked = Buffer.from(bytes)
  for (const { central, local } of members) {
    masked.fill(0, central + 12, central + 16)
    clearTimes(masked, central + 46 + bytes.readUInt16LE(central + 28), bytes.readUInt16LE(central + 30))
    masked.fill(0, local + 10, local + 14)
    clearTimes(masked, local + 30 + bytes.readUInt16LE(local + 26), bytes.readUInt16LE(local + 28))
  }
  return masked
}

function clearTimes(bytes: Buffer, from: number, length: number): void {
  const end = Math.min(bytes.length, from + length)
  for (let at = from; at + 4 <= end; ) {
    const size = bytes.readUInt16LE(at + 2)
    if (TIMES.has(bytes.readUInt16LE(at))) bytes.fill(0, at + 4, Math.min(end, at + 4 + size))
    at += 4 + size
  }
}
