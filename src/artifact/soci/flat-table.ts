import { ByteBuffer } from 'flatbuffers'
import { ImageError } from '../../error.ts'

/**
 * A table of a flatbuffer that a stranger wrote: every offset is checked before it is followed, which the library does not do, and
 * the texts that are read and the elements that are followed are counted, because any number of tables may share one vector or text
 * (flatbuffers.dev, "Internals"). Elements take four bytes each: as many as a zTOC has bytes is no zTOC that shares none.
 */
export class FlatTable {
  readonly #buffer: Checked
  readonly #at: number

  private constructor(buffer: Checked, at: number) {
    this.#buffer = buffer
    this.#at = at
    buffer.check(at, 4)
    const virtual = at - buffer.bytes.readInt32(at)
    buffer.check(virtual, 4)
    buffer.check(virtual, buffer.bytes.readUint16(virtual))
  }

  /** The root table. @throws ImageError `SOCI_INVALID` */
  static root(bytes: Uint8Array): FlatTable {
    const buffer: Checked = {
      bytes: new ByteBuffer(bytes),
      texts: 0,
      followed: 0,
      check: (at, length) => checkRange(bytes, at, length),
    }
    buffer.check(0, 4)
    return new FlatTable(buffer, buffer.bytes.readUint32(0))
  }

  /** A whole number of 8, 32 or 64 bits. */
  number(field: number, width: 1 | 4 | 8, absent = 0): number {
    const at = this.#field(field, width)
    if (at === undefined) return absent
    const { bytes } = this.#buffer
    const value = width === 1 ? bytes.readInt8(at) : width === 4 ? bytes.readUint32(at) : Number(bytes.readInt64(at))
    if (!Number.isSafeInteger(value) || value < 0) throw invalidSoci('a number is negative or beyond all files')
    return value
  }

  /** The bytes of a text, one character a byte; empty where there is none. */
  text(field: number): string {
    const at = this.#reference(field)
    return at === undefined ? '' : this.#textAt(at)
  }

  /** The elements of a vector of bytes. */
  bytes(field: number): Buffer {
    const { start, length } = this.#vector(field, 1)
    const all = this.#buffer.bytes.bytes()
    return Buffer.from(all.buffer, all.byteOffset + start, length)
  }

  table(field: number): FlatTable | undefined {
    const at = this.#reference(field)
    return at === undefined ? undefined : new FlatTable(this.#buffer, at)
  }

  texts(field: number): readonly string[] {
    return [...this.#references(field)].map(at => this.#textAt(at))
  }

  *tables(field: number): Generator<FlatTable> {
    for (const at of this.#references(field)) yield new FlatTable(this.#buffer, at)
  }

  *#references(field: number): Generator<number> {
    const { start, length } = this.#vector(field, 4)
    for (let index = 0; index < length; index++) {
      if (++this.#buffer.followed > this.#buffer.bytes.capacity()) throw invalidSoci('its tables share too many others')
      const at = start + index * 4
      yield at + this.#buffer.bytes.readUint32(at)
    }
  }

  #vector(field: number, width: number): { start: number; length: number } {
    const at = this.#reference(field)
    if (at === undefined) return { start: 0, length: 0 }
    this.#buffer.check(at, 4)
    const length = this.#buffer.bytes.readUint32(at)
    this.#buffer.check(at + 4, length * width)
    return { start: at + 4, length }
  }

  #textAt(at: number): string {
    const buffer = this.#buffer
    buffer.check(at, 4)
    const length = buffer.bytes.readUint32(at)
    buffer.check(at + 4, length)
    buffer.texts += length
    const all = buffer.bytes.bytes()
    if (buffer.texts > all.length * TEXT_RATIO) throw invalidSoci('its texts are longer than all of it')
    return Buffer.from(all.buffer, all.byteOffset + at + 4, length).toString('latin1')
  }

  #reference(field: number): number | undefined {
    const at = this.#field(field, 4)
    return at === undefined ? undefined : at + this.#buffer.bytes.readUint32(at)
  }

  /** Where a field's value lies; undefined where the table has none. */
  #field(field: number, width: number): number | undefined {
    const offset = this.#buffer.bytes.__offset(this.#at, 4 + field * 2)
    if (offset === 0) return undefined
    this.#buffer.check(this.#at + offset, width)
    return this.#at + offset
  }
}

type Checked = { readonly bytes: ByteBuffer; texts: number; followed: number; check(at: number, length: number): void }

/** How often texts may be shared: users and groups are, by some writers. */
const TEXT_RATIO = 8

function checkRange(bytes: Uint8Array, at: number, length: number): void {
  if (at < 0 || at + length > bytes.length) throw invalidSoci('an offset leads out of it')
}

export function invalidSoci(why: string): ImageError {
  return new ImageError('SOCI_INVALID', `Cannot use the SOCI index: ${why}`)
}
