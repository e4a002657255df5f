/** A small seeded generator (mulberry32): the same seed gives the same fuzz everywhere. */
export type Random = (limit: number) => number

export function seeded(seed: number): Random {
  let state = seed >>> 0
  return limit => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[random(items.length)]
  if (item === undefined) throw new RangeError('nothing to pick from')
  return item
}

const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1,
  2 ** 53,
  1e308,
  '',
  'x',
  '../../etc/passwd',
  `sha256:${'0'.repeat(64)}`,
  '\u001b[31m',
  [],
  {},
  [null],
  { '': {} },
  '0001-01-01T00:00:00Z',
]

/** The document with one to four values replaced, removed, repeated or swapped. */
export function mutateJson(random: Random, document: unknown): unknown {
  const copy = structuredClone(document)
  for (let count = 1 + random(4); count > 0; count--) mutateOnce(random, copy)
  return copy
}

function mutateOnce(random: Random, document: unknown): void {
  let at = document
  for (;;) {
    if (typeof at !== 'object' || at === null) return
    const keys = Object.keys(at)
    if (keys.length === 0) return
    const key = pick(random, keys)
    const record = at as Record<string, unknown>
    const child = record[key]
    if (typeof child === 'object' && child !== null && Object.keys(child).length > 0 && random(4) > 0) {
      at = child
      continue
    }
    const action = random(4)
    if (action === 0) delete record[key]
    else if (action === 1) record[key] = structuredClone(record[pick(random, keys)])
    else if (action === 2) define(record, pick(random, NAMES), structuredClone(pick(random, VALUES)))
    else record[key] = structuredClone(pick(random, VALUES))
    return
  }
}

const NAMES = ['layers', 'manifests', 'config', 'mediaType', 'digest', 'history', 'rootfs', '__proto__']

/** An own property, also where the name is `__proto__`, as JSON.parse makes it. */
function define(record: object, name: string, value: unknown): void {
  Object.defineProperty(record, name, { value, writable: true, enumerable: true, configurable: true })
}

/** The bytes with one to six of them, mostly few, or whole stretches of them, changed. */
export function mutateBytes(random: Random, bytes: Buffer, unit = 1): Buffer {
  let result = Buffer.from(bytes)
  for (let count = 1 + random(1 + random(6)); count > 0 && result.length > unit; count--) {
    const at = random(Math.floor(result.length / unit)) * unit
    const end = Math.min(result.length, at + unit * (1 + random(8)))
    const stretch = result.subarray(at, end)
    switch (random(6)) {
      case 0:
        result = result.subarray(0, at)
        break
      case 1:
        result = Buffer.concat([result.subarray(0, at), result.subarray(end)])
        break
      case 2:
        result = Buffer.concat([result.subarray(0, end), stretch, result.subarray(end)])
        break
      case 3:
        stretch.fill(pick(random, [0, 0xff, 0x30, 0x2f, 0x22]))
        break
      default:
        result[at + random(Math.min(unit, result.length - at))] = random(256)
    }
  }
  return Buffer.from(result)
}

const BLOCK = 512
const FIELDS: readonly (readonly [offset: number, length: number])[] = [
  [0, 100],
  [124, 12],
  [156, 1],
  [157, 100],
  [257, 8],
  [345, 155],
]

/** A tar with one to four header fields changed, and the checksums made right again, so that readers believe them. */
export function mutateTar(random: Random, tar: Buffer): Buffer {
  const result = Buffer.from(tar)
  const headers = Array.from({ length: result.length / BLOCK }, (_, index) => index * BLOCK).filter(
    at => result.toString('latin1', at + 257, at + 262) === 'ustar',
  )
  for (let count = 1 + random(1 + random(4)); count > 0 && headers.length > 0; count--) {
    const at = pick(random, headers)
    const [offset, length] = pick(random, FIELDS)
    const field = result.subarray(at + offset, at + offset + length)
    if (offset === 156) field.write(pick(random, ['0', '1', '2', '3', '5', '7', 'x', 'g', 'L', 'K', 'S', '\0', 'Z']), 'latin1')
    else if (offset === 124)
      field.write(
        pick(random, [
          '00000000000\0',
          '00000000001\0',
          '00000007777\0',
          '77777777777\0',
          '\x80\0\0\0\0\0\0\x01\0\0\0\0',
          '\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff',
          'garbage     ',
        ]),
        'latin1',
      )
    else if (random(2) === 0)
      field.write(
        `${pick(random, ['index.json', 'manifest.json', 'oci-layout', 'blobs', '..', '../../etc/passwd', '/', '', 'a/../b', 'é\u0001'])}\0`,
        'latin1',
      )
    else field[random(length)] = random(256)
    result.fill(0x20, at + 148, at + 156)
    const sum = result.subarray(at, at + BLOCK).reduce((total, byte) => total + byte, 0)
    result.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
  }
  return result
}
