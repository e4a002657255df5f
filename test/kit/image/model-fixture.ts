export type TensorFixture = { readonly name: string; readonly type: number; readonly shape: readonly number[] }

/** A value of a GGUF key: a text, an unsigned 32-bit number, or an array of texts. */
type GgufValue = string | number | readonly string[]

/** The header of a GGUF file, version 3 unless told otherwise, as ggml's documentation has it. */
export function ggufFixture(
  keys: Readonly<Record<string, GgufValue>>,
  tensors: readonly TensorFixture[],
  { big = false, version = 3 }: { readonly big?: boolean; readonly version?: number } = {},
): Buffer {
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    if (big) bytes.writeUInt32BE(value)
    else bytes.writeUInt32LE(value)
    return bytes
  }
  const u64 = (value: number | bigint) => {
    const bytes = Buffer.alloc(8)
    if (big) bytes.writeBigUInt64BE(BigInt(value))
    else bytes.writeBigUInt64LE(BigInt(value))
    return bytes
  }
  const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)])
  const encoded = (value: GgufValue): Buffer[] => {
    if (typeof value === 'string') return [u32(8), text(value)]
    if (typeof value === 'number') return [u32(4), u32(value)]
    return [u32(9), u32(8), u64(value.length), ...value.map(text)]
  }
  return Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(tensors.length),
    u64(Object.keys(keys).length),
    ...Object.entries(keys).flatMap(([key, value]) => [text(key), ...encoded(value)]),
    ...tensors.flatMap(({ name, type, shape }) => [text(name), u32(shape.length), ...shape.map(u64), u32(type), u64(0)]),
  ])
}

/** A safetensors file without its data. */
export function safetensorsFixture(
  tensors: Readonly<Record<string, readonly number[]>>,
  metadata: object = { format: 'pt' },
): Buffer {
  const entries = Object.entries(tensors).map(([name, shape]) => [name, { dtype: 'BF16', shape, data_offsets: [0, 0] }])
  const json = Buffer.from(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json])
}

/** LEB128. */
const leb = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)])
const name = (text: string) => [...leb(Buffer.byteLength(text)), ...Buffer.from(text)]
const section = (id: number, bytes: readonly number[]) => [id, ...leb(bytes.length), ...bytes]

/** A module that imports a function and a memory and exports a function; `code` bytes of code between. */
export function wasmFixture(code = 0): Buffer {
  return Buffer.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(2, [
      2,
      ...name('wasi_snapshot_preview1'),
      ...name('fd_write'),
      0,
      0,
      ...name('env'),
      ...name('memory'),
      2,
      1,
      1,
      4,
    ]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('_start'), 0, 1]),
    ...section(
      10,
      Array.from({ length: code }, () => 0),
    ),
    ...section(0, [...name('producers'), 0]),
  ])
}

/** A component that imports one interface and exports another, with `core` bytes of a core module before the exports. */
export function componentFixture(core = 0): Buffer {
  return Buffer.from([
    ...[0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0],
    ...section(10, [1, 0, ...name('wasi:http/types@0.2.0'), 5, 0]),
    ...section(
      1,
      Array.from({ length: core }, () => 0),
    ),
    ...section(11, [1, 0, ...name('wasi:http/incoming-handler@0.2.0'), 5, 0, 0]),
  ])
}
