/**
 * The values of a Berkeley DB hash database, which rpm's `Packages` is on CentOS 7, UBI 8 and Amazon Linux 2 (db's dbinc/db_page.h).
 * Every page is looked at once; a value on pages of its own ends where its length does, wherever those point. No lookup by key.
 */
export function* bdbHashValues(database: Uint8Array): Generator<Uint8Array> {
  const bytes = Buffer.from(database.buffer, database.byteOffset, database.byteLength)
  const pages = Pages.of(bytes)
  if (pages === undefined) return
  for (let number = 1; number < pages.count; number++) {
    const page = pages.at(number)
    const type = page[TYPE]
    if (type !== HASH && type !== HASH_UNSORTED) continue
    const entries = Math.min(pages.half(page, ENTRIES), Math.floor((page.length - HEAD) / 2))
    // Keys and values take turns; a value's bytes end where those of its key begin.
    for (let index = 1; index < entries; index += 2) {
      const start = pages.half(page, HEAD + index * 2)
      const end = pages.half(page, HEAD + (index - 1) * 2)
      if (start < HEAD || start >= page.length) continue
      if (page[start] === KEY_DATA && end > start && end <= page.length) yield page.subarray(start + 1, end)
      else if (page[start] === OFF_PAGE && start + 12 <= page.length) {
        const value = pages.overflow(pages.word(page, start + 4), pages.word(page, start + 8))
        if (value !== undefined) yield value
      }
    }
  }
}

const HASH_MAGIC = 0x061561
/** Places in a page's head: the next page, entries, the bytes used of an overflow page, the type; then the head ends. */
const NEXT = 16
const ENTRIES = 20
const USED = 22
const TYPE = 25
const HEAD = 26

const HASH_UNSORTED = 2
const OVERFLOW = 7
const HASH = 13
const KEY_DATA = 1
const OFF_PAGE = 3
const LARGEST_VALUE = 64 * 1024 * 1024

class Pages {
  readonly #bytes: Buffer
  readonly #size: number
  readonly #little: boolean

  private constructor(bytes: Buffer, size: number, little: boolean) {
    this.#bytes = bytes
    this.#size = size
    this.#little = little
  }

  /** The byte order is the machine's that made it; the magic number tells. */
  static of(bytes: Buffer): Pages | undefined {
    if (bytes.length < 512) return undefined
    const little = bytes.readUInt32LE(12) === HASH_MAGIC
    if (!little && bytes.readUInt32BE(12) !== HASH_MAGIC) return undefined
    const size = little ? bytes.readUInt32LE(20) : bytes.readUInt32BE(20)
    return size < 512 || size > 65_536 || (size & (size - 1)) !== 0 ? undefined : new Pages(bytes, size, little)
  }

  get count(): number {
    return Math.floor(this.#bytes.length / this.#size)
  }

  at(number: number): Buffer {
    return this.#bytes.subarray(number * this.#size, (number + 1) * this.#size)
  }

  half(page: Buffer, at: number): number {
    return this.#little ? page.readUInt16LE(at) : page.readUInt16BE(at)
  }

  word(page: Buffer, at: number): number {
    return this.#little ? page.readUInt32LE(at) : page.readUInt32BE(at)
  }

  overflow(first: number, length: number): Buffer | undefined {
    if (length > LARGEST_VALUE) return undefined
    const pieces: Buffer[] = []
    let left = length
    for (let number = first; left > 0; ) {
      if (number < 1 || number >= this.count) return undefined
      const page = this.at(number)
      const used = Math.min(this.half(page, USED), page.length - HEAD, left)
      // An empty page takes nothing off: a circle of them would not end.
      if (page[TYPE] !== OVERFLOW || used === 0) return undefined
      pieces.push(page.subarray(HEAD, HEAD + used))
      left -= used
      number = this.word(page, NEXT)
    }
    return Buffer.concat(pieces)
  }
}
