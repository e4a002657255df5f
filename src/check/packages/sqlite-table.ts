/**
 * The blobs of one table of an SQLite database, each from the table's second column: all that `rpmdb.sqlite` is read for (SQLite's
 * file format document). No SQL, no indexes. Every page is looked at once at most, so that a database whose pages point in circles
 * ends; damage gives fewer rows, never an error.
 */
export function* sqliteBlobs(database: Uint8Array, table: string): Generator<Uint8Array> {
  const pages = Pages.of(database)
  if (pages === undefined) return
  for (const row of pages.rows(1)) {
    const columns = columnsOf(row)
    if (textOf(columns[0]) !== 'table' || textOf(columns[1]) !== table) continue
    const root = numberOf(columns[3])
    if (root === undefined) return
    for (const each of pages.rows(root)) {
      const [, blob] = columnsOf(each)
      if (blob !== undefined && blob.type >= 12) yield blob.bytes
    }
    return
  }
}

const MAGIC = 'SQLite format 3\0'
const LEAF = 0x0d
const INTERIOR = 0x05
/** A package of a hundred thousand files takes some ten megabytes. */
const LARGEST_ROW = 64 * 1024 * 1024

class Pages {
  readonly #bytes: Buffer
  readonly #size: number
  /** Bytes of a page without those reserved at its end. */
  readonly #usable: number
  readonly #count: number

  private constructor(bytes: Buffer, size: number, reserved: number) {
    this.#bytes = bytes
    this.#size = size
    this.#usable = size - reserved
    this.#count = Math.floor(bytes.length / size)
  }

  static of(database: Uint8Array): Pages | undefined {
    const bytes = Buffer.from(database.buffer, database.byteOffset, database.byteLength)
    if (bytes.length < 512 || bytes.toString('latin1', 0, 16) !== MAGIC) return undefined
    const stored = bytes.readUInt16BE(16)
    const size = stored === 1 ? 65_536 : stored
    return size < 512 || size > 65_536 || (size & (size - 1)) !== 0 ? undefined : new Pages(bytes, size, bytes[20] ?? 0)
  }

  /** The payloads of a table's b-tree, in its order. */
  *rows(root: number): Generator<Buffer> {
    const seen = new Set<number>()
    const pending = [root]
    for (let number = pending.pop(); number !== undefined; number = pending.pop()) {
      const page = this.#page(number)
      if (page === undefined || seen.has(number)) continue
      seen.add(number)
      // The first page begins with the head of the file.
      const start = number === 1 ? 100 : 0
      const type = page[start]
      const cells = page.readUInt16BE(start + 3)
      const list = start + (type === INTERIOR ? 12 : 8)
      if ((type !== LEAF && type !== INTERIOR) || list + cells * 2 > page.length) continue
      const offsets = Array.from({ length: cells }, (_, index) => page.readUInt16BE(list + index * 2)).filter(
        at => at + 4 <= page.length,
      )
      if (type === INTERIOR) {
        const children = [...offsets.map(at => page.readUInt32BE(at)), page.readUInt32BE(start + 8)]
        for (const child of children.reverse()) pending.push(child)
      } else {
        for (const at of offsets) {
          const row = this.#payload(page, at)
          if (row !== undefined) yield row
        }
      }
    }
  }

  #page(number: number): Buffer | undefined {
    return number < 1 || number > this.#count ? undefined : this.#bytes.subarray((number - 1) * this.#size, number * this.#size)
  }

  /** A cell's payload, of which only the beginning is on the page where it is long ("Cell payload overflow pages"). */
  #payload(page: Buffer, at: number): Buffer | undefined {
    const [size, afterSize] = varint(page, at)
    const [, start] = varint(page, afterSize)
    const usable = this.#usable
    if (size > LARGEST_ROW) return undefined
    const most = usable - 35
    if (size <= most) return start + size > page.length ? undefined : page.subarray(start, start + size)
    const least = Math.floor(((usable - 12) * 32) / 255) - 23
    const fitting = least + ((size - least) % (usable - 4))
    const here = fitting <= most ? fitting : least
    if (start + here + 4 > page.length) return undefined
    const pieces = [page.subarray(start, start + here)]
    let left = size - here
    for (let next = page.readUInt32BE(start + here); left > 0; ) {
      const overflow = this.#page(next)
      if (overflow === undefined) return undefined
      const piece = overflow.subarray(4, Math.min(usable, 4 + left))
      pieces.push(piece)
      // Every page takes something off, so a circle ends with the row.
      left -= piece.length
      next = overflow.readUInt32BE(0)
    }
    return Buffer.concat(pieces)
  }
}

type Column = { readonly type: number; readonly bytes: Buffer }

/** Columns of a record: a head of serial types, then the values. */
function columnsOf(row: Buffer): readonly Column[] {
  const [head, first] = varint(row, 0)
  const columns: Column[] = []
  let value = head
  for (let at = first; at < Math.min(head, row.length) && columns.length < 16; ) {
    const [type, next] = varint(row, at)
    const length = type >= 12 ? Math.floor((type - 12) / 2) : (LENGTHS[type] ?? 0)
    columns.push({ type, bytes: row.subarray(value, value + length) })
    value += length
    at = next
  }
  return columns
}

const LENGTHS = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0]

function textOf(column: Column | undefined): string | undefined {
  return column !== undefined && column.type >= 13 && column.type % 2 === 1 ? column.bytes.toString('utf8') : undefined
}

function numberOf(column: Column | undefined): number | undefined {
  if (column === undefined) return undefined
  if (column.type === 9) return 1
  return column.type >= 1 && column.type <= 5 && column.bytes.length > 0
    ? column.bytes.readUIntBE(0, column.bytes.length)
    : undefined
}

/** Seven bits a byte, the highest first; the ninth byte has eight. A number above 2^53 is no possible size. */
function varint(bytes: Buffer, at: number): readonly [value: number, next: number] {
  let value = 0
  for (let index = 0; index < 8; index++) {
    const byte = bytes[at + index] ?? 0
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return [value, at + index + 1]
  }
  return [value * 256 + (bytes[at + 8] ?? 0), at + 9]
}
