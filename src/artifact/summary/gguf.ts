import { malformed, type RangeReader } from '../range-reader.ts'
import { type TensorFacts, type TensorList, tensorList } from './tensor-list.ts'

/** The facts in the header of a GGUF file (github.com/ggml-org/ggml docs/gguf.md); names unescaped. */
export type GgufSummary = TensorList & {
  readonly kind: 'gguf'
  readonly version: number
  readonly architecture: string | undefined
  readonly name: string | undefined
  readonly licence: string | undefined
  /** The file type's word, such as `Q4_K_M`. */
  readonly quantization: string | undefined
  readonly contextLength: number | undefined
  readonly blocks: number | undefined
  readonly embeddingLength: number | undefined
  /** Entries of the tokenizer. */
  readonly vocabulary: number | undefined
  /** Tensors that the header announces; all of them are listed unless the budget ended before. */
  readonly tensorCount: number
}

/**
 * Reads a GGUF header from its front: keys, then tensors. Where the budget of `reader` ends inside it, the summary has what was
 * read until then and is not `complete`.
 * @throws ImageError `SUMMARY_INVALID`, those of the reader
 */
export async function readGguf(reader: RangeReader): Promise<GgufSummary> {
  const input = new GgufInput(reader)
  const magic = await input.bytes(4)
  if (magic.toString('latin1') !== 'GGUF') throw malformed('GGUF', 'it does not begin with GGUF')
  const version = await input.version()
  const [tensorCount, keyCount] = [await input.count(), await input.count()]
  const keys = new Map<string, string | number>()
  const tensors: TensorFacts[] = []
  let complete = false
  try {
    for (let key = 0; key < keyCount; key++) await readKey(input, keys)
    for (let tensor = 0; tensor < tensorCount; tensor++) tensors.push(await readTensor(input))
    complete = true
  } catch (error) {
    if (!isBudget(error)) throw error
  }
  const architecture = textOf(keys, 'general.architecture')
  const own = (key: string) => numberOf(keys, `${architecture}.${key}`)
  const fileType = numberOf(keys, 'general.file_type')
  return {
    kind: 'gguf',
    version,
    architecture,
    name: textOf(keys, 'general.name'),
    licence: textOf(keys, 'general.license'),
    quantization: fileType === undefined ? undefined : (FILE_TYPES[fileType] ?? `file type ${fileType}`),
    contextLength: own('context_length'),
    blocks: own('block_count'),
    embeddingLength: own('embedding_length'),
    vocabulary: numberOf(keys, 'tokenizer.ggml.tokens') ?? own('vocab_size'),
    tensorCount,
    ...tensorList(tensors, complete),
  }
}

export function isBudget(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SUMMARY_TOO_LARGE'
}

const textOf = (keys: ReadonlyMap<string, string | number>, key: string) => {
  const value = keys.get(key)
  return typeof value === 'string' ? value : undefined
}
const numberOf = (keys: ReadonlyMap<string, string | number>, key: string) => {
  const value = keys.get(key)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** Keys that are remembered; a header may have thousands. */
const WANTED =
  /^general\.(?:architecture|name|license|file_type)$|\.(?:context_length|block_count|embedding_length|vocab_size)$|^tokenizer\.ggml\.tokens$/

async function readKey(input: GgufInput, keys: Map<string, string | number>): Promise<void> {
  const key = await input.text(KEY_LIMIT)
  const value = await readValue(input, await input.u32(), 0, WANTED.test(key))
  if (value !== undefined && keys.size < KEYS_KEPT && WANTED.test(key)) keys.set(key, value)
}

/** Longest key of the format, longest text that is remembered, keys that are, dimensions of a tensor, arrays inside each other. */
const [KEY_LIMIT, TEXT_LIMIT, KEYS_KEPT, DIMENSIONS, DEPTH] = [65_535, 1024, 256, 8, 4]

const [STRING, ARRAY, BOOL] = [8, 9, 7]
/** Bytes of the value types that have a fixed size. */
const SIZES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, [BOOL]: 1, 10: 8, 11: 8, 12: 8 }

/** A number or a text; of an array its length; undefined where it is not wanted. */
async function readValue(input: GgufInput, type: number, depth: number, wanted: boolean): Promise<string | number | undefined> {
  const size = SIZES[type]
  if (size !== undefined) {
    const bytes = await input.bytes(size)
    return wanted ? input.number(bytes, type) : undefined
  }
  if (type === STRING) {
    const length = await input.count()
    if (wanted && length <= TEXT_LIMIT) return (await input.bytes(length)).toString('utf8')
    input.skip(length)
    return undefined
  }
  if (type !== ARRAY) throw malformed('GGUF', `a value has the unknown type ${type}`)
  if (depth >= DEPTH) throw malformed('GGUF', 'arrays are nested too deep')
  const [inner, length] = [await input.u32(), await input.count()]
  const fixed = SIZES[inner]
  if (fixed !== undefined) input.skip(length * fixed)
  else if (inner === STRING) await input.skipTexts(length)
  else for (let item = 0; item < length; item++) await readValue(input, inner, depth + 1, false)
  return length
}

async function readTensor(input: GgufInput): Promise<TensorFacts> {
  const name = await input.text(KEY_LIMIT)
  const dimensions = await input.u32()
  if (dimensions > DIMENSIONS) throw malformed('GGUF', `a tensor has ${dimensions} dimensions`)
  const shape: number[] = []
  for (let each = 0; each < dimensions; each++) shape.push(await input.count())
  const type = await input.u32()
  input.skip(8)
  return { name, type: TENSOR_TYPES[type] ?? `type ${type}`, shape }
}

/** Bytes read at once, at least. */
const READ_AHEAD = 4096

/** The header from front to back, little-endian, or big-endian where its version says so. */
class GgufInput {
  readonly #reader: RangeReader
  #at = 0
  /** Bytes read ahead: a tokenizer has some hundred thousand texts, and waiting for each would take seconds. */
  #held: Buffer = Buffer.alloc(0)
  #heldAt = 0
  #big = false
  #wide = true

  constructor(reader: RangeReader) {
    this.#reader = reader
  }

  async bytes(length: number): Promise<Buffer> {
    if (this.#at + length > this.#reader.size) throw malformed('GGUF', 'it goes beyond the end of the file')
    const from = this.#at - this.#heldAt
    if (from < 0 || from + length > this.#held.length) await this.#hold(length)
    const start = this.#at - this.#heldAt
    this.#at += length
    return this.#held.subarray(start, start + length)
  }

  async #hold(length: number): Promise<void> {
    this.#held = await this.#reader.read(this.#at, Math.max(length, READ_AHEAD))
    this.#heldAt = this.#at
    if (this.#held.length < length) throw malformed('GGUF', 'the file ends inside it')
  }

  /** Passes over texts, each a length and so many bytes. */
  async skipTexts(count: number): Promise<void> {
    for (let each = 0; each < count; each++) {
      const from = this.#at - this.#heldAt
      if (!this.#wide || this.#big || from < 0 || from + 8 > this.#held.length) this.skip(await this.count())
      else {
        this.#at += 8
        this.skip(this.#held.readUInt32LE(from) + this.#held.readUInt32LE(from + 4) * 2 ** 32)
      }
    }
  }

  /** Passes over bytes without reading those that a window does not hold anyway. */
  skip(length: number): void {
    if (!Number.isSafeInteger(length) || this.#at + length > this.#reader.size)
      throw malformed('GGUF', 'it goes beyond the end of the file')
    this.#at += length
  }

  async version(): Promise<number> {
    const bytes = await this.bytes(4)
    const version = bytes.readUInt32LE(0)
    this.#big = version > 0xffff
    const told = this.#big ? bytes.readUInt32BE(0) : version
    if (told < 1 || told > 3) throw malformed('GGUF', `its version is ${told}`)
    this.#wide = told > 1
    return told
  }

  async u32(): Promise<number> {
    const bytes = await this.bytes(4)
    return this.#big ? bytes.readUInt32BE(0) : bytes.readUInt32LE(0)
  }

  /** A length or count: 64 bits since version 2. Nothing can be counted more often than the file has bytes. */
  async count(): Promise<number> {
    if (!this.#wide) return this.u32()
    const bytes = await this.bytes(8)
    const value = Number(this.#big ? bytes.readBigUInt64BE(0) : bytes.readBigUInt64LE(0))
    if (!Number.isSafeInteger(value)) throw malformed('GGUF', 'a length is beyond all files')
    return value
  }

  async text(limit: number): Promise<string> {
    const length = await this.count()
    if (length > limit) throw malformed('GGUF', `a name has ${length} bytes`)
    return (await this.bytes(length)).toString('utf8')
  }

  number(bytes: Buffer, type: number): number {
    const big = this.#big
    if (type === 6) return big ? bytes.readFloatBE(0) : bytes.readFloatLE(0)
    if (type === 12) return big ? bytes.readDoubleBE(0) : bytes.readDoubleLE(0)
    if (bytes.length === 8) return Number(big ? bytes.readBigUInt64BE(0) : bytes.readBigUInt64LE(0))
    const signed = type === 1 || type === 3 || type === 5
    if (signed) return big ? bytes.readIntBE(0, bytes.length) : bytes.readIntLE(0, bytes.length)
    return big ? bytes.readUIntBE(0, bytes.length) : bytes.readUIntLE(0, bytes.length)
  }
}

/** `general.file_type`: what most tensors are stored as. */
const FILE_TYPES: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  7: 'Q8_0',
  8: 'Q5_0',
  9: 'Q5_1',
  10: 'Q2_K',
  11: 'Q3_K_S',
  12: 'Q3_K_M',
  13: 'Q3_K_L',
  14: 'Q4_K_S',
  15: 'Q4_K_M',
  16: 'Q5_K_S',
  17: 'Q5_K_M',
  18: 'Q6_K',
  19: 'IQ2_XXS',
  20: 'IQ2_XS',
  21: 'Q2_K_S',
  22: 'IQ3_XS',
  23: 'IQ3_XXS',
  24: 'IQ1_S',
  25: 'IQ4_NL',
  26: 'IQ3_S',
  27: 'IQ3_M',
  28: 'IQ2_S',
  29: 'IQ2_M',
  30: 'IQ4_XS',
  31: 'IQ1_M',
  32: 'BF16',
}

const TENSOR_TYPES: Readonly<Record<number, string>> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  6: 'Q5_0',
  7: 'Q5_1',
  8: 'Q8_0',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  12: 'Q4_K',
  13: 'Q5_K',
  14: 'Q6_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  30: 'BF16',
}
