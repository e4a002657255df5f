type Value = number | string | Buffer | readonly Value[] | ReadonlyMap<number | string, Value>

/** Encodes a value as CBOR, lengths as short as they can be. */
export function cborFixture(value: Value): Buffer {
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Map)
    return Buffer.concat([head(5, value.size), ...[...value].flatMap(pair => pair.map(each => cborFixture(each)))])
  const list = value as readonly Value[]
  return Buffer.concat([head(4, list.length), ...list.map(cborFixture)])
}

/** A COSE_Sign1 as notation writes it, with its tag; `sign` makes the signature of the bytes that are signed. */
export function coseFixture(
  head: ReadonlyMap<number | string, Value>,
  plain: ReadonlyMap<number | string, Value>,
  payload: Buffer,
  sign: (signed: Buffer) => Buffer,
): Buffer {
  const encoded = cborFixture(head)
  const signed = cborFixture(['Signature1', encoded, Buffer.alloc(0), payload])
  return Buffer.concat([Buffer.from([0xd2]), cborFixture([encoded, plain, payload, sign(signed)])])
}

function head(major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([(major << 5) | argument])
  const width = argument < 256 ? 1 : argument < 65_536 ? 2 : 4
  const bytes = Buffer.alloc(1 + width)
  bytes[0] = (major << 5) | (width === 1 ? 24 : width === 2 ? 25 : 26)
  bytes.writeUIntBE(argument, 1, width)
  return bytes
}
