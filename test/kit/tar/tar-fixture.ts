/**
 * Tar entries as test code, every header field under control, hostile ones included. Independent of `src/blob/tar-*`,
 * so that the two can be held against each other.
 */
export type TarFixture = {
  readonly name: string | Uint8Array
  /** Type flag; default '0', or '5' where the name ends in a slash. */
  readonly flag?: string
  readonly content?: string | Uint8Array
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  /** Seconds. */
  readonly mtime?: number
  readonly link?: string | Uint8Array
  readonly device?: readonly [major: number, minor: number]
  /** Claimed size, where it shall differ from the content's. */
  readonly size?: number
  /** PAX records that precede the entry (values may be bytes). */
  readonly pax?: Readonly<Record<string, string | Uint8Array>>
  readonly magic?: 'ustar' | 'gnu' | 'v7'
  /** Wrong on purpose. */
  readonly checksum?: number
}

export type TarFixtureOptions = { readonly end?: boolean; readonly trailer?: Uint8Array }

const BLOCK = 512
const MTIME = 1_700_000_000

export function tarFixture(entries: readonly TarFixture[], { end = true, trailer }: TarFixtureOptions = {}): Buffer {
  const parts = entries.flatMap(entryBlocks)
  if (end) parts.push(Buffer.alloc(2 * BLOCK))
  if (trailer !== undefined) parts.push(Buffer.from(trailer))
  return Buffer.concat(parts)
}

function entryBlocks(entry: TarFixture): Buffer[] {
  const content = Buffer.from(entry.content ?? '')
  const blocks: Buffer[] = []
  const long = paxForLongNames(entry)
  const pax = { ...long, ...entry.pax }
  if (Object.keys(pax).length > 0) {
    const body = Buffer.concat(Object.entries(pax).map(([key, value]) => paxRecord(key, Buffer.from(value))))
    blocks.push(header({ name: 'PaxHeaders/x', flag: 'x', content: body }), ...padded(body))
  }
  blocks.push(header(entry), ...padded(content))
  return blocks
}

function paxForLongNames({ name, link }: TarFixture): Record<string, Uint8Array> {
  const raw = (value: string | Uint8Array | undefined) => Buffer.from(value ?? '')
  return { ...(raw(name).length > 100 && { path: raw(name) }), ...(raw(link).length > 100 && { linkpath: raw(link) }) }
}

function paxRecord(key: string, value: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from('\n')])
  let length = rest.length + 1
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

function padded(content: Buffer): Buffer[] {
  return content.length === 0 ? [] : [content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]
}

function header(entry: TarFixture): Buffer {
  const block = Buffer.alloc(BLOCK)
  const name = Buffer.from(entry.name)
  const flag = entry.flag ?? (name.at(-1) === 0x2f ? '5' : '0')
  name.copy(block, 0, 0, Math.min(100, name.length))
  octal(block, 100, 8, entry.mode ?? (flag === '5' ? 0o755 : 0o644))
  octal(block, 108, 8, entry.uid ?? 0)
  octal(block, 116, 8, entry.gid ?? 0)
  octal(block, 124, 12, entry.size ?? Buffer.from(entry.content ?? '').length)
  octal(block, 136, 12, entry.mtime ?? MTIME)
  block.write(entry.magic === 'v7' && flag === '0' ? '\0' : flag, 156, 'latin1')
  Buffer.from(entry.link ?? '').copy(block, 157, 0, 100)
  if (entry.magic === 'gnu') block.write('ustar  \0', 257, 'latin1')
  else if (entry.magic !== 'v7') block.write('ustar\x0000', 257, 'latin1')
  if (entry.device !== undefined) {
    octal(block, 329, 8, entry.device[0])
    octal(block, 337, 8, entry.device[1])
  }
  block.fill(0x20, 148, 156)
  const sum = entry.checksum ?? block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** Octal where it fits, base-256 (GNU) where it does not. */
function octal(block: Buffer, offset: number, width: number, value: number): void {
  if (value >= 0 && value < 8 ** (width - 1)) {
    block.write(
      `${Math.trunc(value)
        .toString(8)
        .padStart(width - 1, '0')}\0`,
      offset,
      'latin1',
    )
    return
  }
  let rest = BigInt(Math.trunc(value))
  for (let index = width - 1; index > 0; index--) {
    block[offset + index] = Number(rest & 0xffn)
    rest >>= 8n
  }
  block[offset] = value < 0 ? 0xff : 0x80
}
