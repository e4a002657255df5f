/** One member of an `ar` archive: a static library, a Debian package. */
export type ArMember = { readonly name: string; readonly size: number; readonly header: number; readonly content: number }

const MAGIC = '!<arch>\n'
const HEADER = 60
const MOST_MEMBERS = 200_000

/** The members in order, GNU's long names resolved; undefined for what is no archive or is cut off. */
export function arMembers(bytes: Buffer): readonly ArMember[] | undefined {
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined
  const members: ArMember[] = []
  let longNames = ''
  for (let at = MAGIC.length; at + HEADER <= bytes.length && members.length < MOST_MEMBERS; ) {
    const text = (from: number, to: number) => bytes.toString('latin1', at + from, at + to).trimEnd()
    const size = Number(text(48, 58))
    if (text(58, 60) !== '`' || !Number.isSafeInteger(size) || size < 0) return undefined
    const content = at + HEADER
    if (content + size > bytes.length) return undefined
    const raw = text(0, 16)
    if (raw === '//') longNames = bytes.toString('latin1', content, content + size)
    members.push({ name: nameOf(raw, longNames), size, header: at, content })
    // Members begin at even offsets; the newline at the end of the header was trimmed above.
    at = content + size + (size % 2)
  }
  return members
}

function nameOf(raw: string, longNames: string): string {
  const [, offset] = /^\/(\d+)$/.exec(raw) ?? []
  if (offset === undefined) return raw.replace(/(?!^)\/$/, '')
  return longNames.slice(Number(offset)).split(/\/?\n/, 1)[0] ?? raw
}

/** The archive with time, owner and mode of every member blank; undefined as `arMembers`. */
export function arWithoutTimes(bytes: Buffer): Buffer | undefined {
  const members = arMembers(bytes)
  if (members === undefined) return undefined
  const masked = Buffer.from(bytes)
  for (const { header } of members) masked.fill(0x20, header + 16, header + 48)
  return masked
}
