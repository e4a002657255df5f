/** A value of CBOR (RFC 8949) as far as signatures use it; maps keep the types of their keys. */
export type Cbor = number | string | Buffer | boolean | undefined | readonly Cbor[] | ReadonlyMap<Cbor, Cbor>

/** Arrays and maps inside each other. */
const DEPTH = 16

/**
 * Decodes one value, definite lengths only, as COSE prescribes for what is signed; tags are passed over. Undefined where the bytes are
 * no such value: nothing is thrown, and no more is made than the bytes hold.
 */
export function decodeCbor(bytes: Buffer): Cbor {
  try {
    return new Reader(bytes).value(0)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  value(depth: number): Cbor {
    if (depth > DEPTH) throw new RangeError('too deep')
    const first = this.#bytes.readUInt8(this.#at++)
    const [major, short] = [first >> 5, first & 31]
    if (major === 7) return this.#simple(short)
    const argument = this.#argument(short)
    switch (major) {
      case 0:
        return argument
      case 1:
        return -1 - argument
      case 2:
        return this.#take(argument)
      case 3:
        return this.#take(argument).toString('utf8')
      case 4:
        return this.#list(argument, depth)
      case 5:
        return this.#map(argument, depth)
      default:
        return this.value(depth + 1)
    }
  }

  #list(count: number, depth: number): readonly Cbor[] {
    // Every element takes a byte at least.
    this.#need(count)
    return Array.from({ length: count }, () => this.value(depth + 1))
  }

  #map(count: number, depth: number): ReadonlyMap<Cbor, Cbor> {
    this.#need(count * 2)
    const map = new Map<Cbor, Cbor>()
    for (let index = 0; index < count; index++) {
      const key = this.value(depth + 1)
      map.set(key, this.value(depth + 1))
    }
    return map
  }

  #simple(short: number): Cbor {
    if (short === 20 || short === 21) return short === 21
    if (short === 22 || short === 23) return undefined
    throw new RangeError('a number with a fraction, or a break')
  }

  #argument(short: number): number {
    if (short < 24) return short
    const width = 1 << (short - 24)
    if (short > 27) throw new RangeError('an indefinite length')
    const bytes = this.#take(width)
    const value = width === 8 ? Number(bytes.readBigUInt64BE()) : bytes.readUIntBE(0, width)
    if (!Number.isSafeInteger(value)) throw new RangeError('too large a number')
    return value
  }

  #take(length: number): Buffer {
    this.#need(length)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #need(length: number): void {
    if (length > this.#bytes.length - this.#at) throw new RangeError('it ends early')
  }
}
