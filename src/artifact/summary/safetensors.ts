import { isRecord, stringMap } from '../../blob/descriptor.ts'
import { malformed, type RangeReader } from '../range-reader.ts'
import { isBudget } from './gguf.ts'
import { type TensorFacts, type TensorList, tensorList } from './tensor-list.ts'

/** The facts in the header of a safetensors file (github.com/huggingface/safetensors, "Format"). */
export type SafetensorsSummary = TensorList & {
  readonly kind: 'safetensors'
  /** Bytes of the JSON header. */
  readonly headerSize: number
  readonly metadata: Readonly<Record<string, string>>
}

/** The format's own limit for the header, bytes. */
const HEADER_LIMIT = 100_000_000
const [TENSORS_LIMIT, DIMENSIONS] = [200_000, 32]

/**
 * Reads a safetensors header: a length, then JSON. Where that is longer than the budget of `reader`, only its length is told.
 * @throws ImageError `SUMMARY_INVALID`, those of the reader
 */
export async function readSafetensors(reader: RangeReader): Promise<SafetensorsSummary> {
  const start = await reader.read(0, 8)
  if (start.length < 8) throw malformed('safetensors', 'the file ends inside it')
  const length = start.readBigUInt64LE(0)
  const headerSize = Number(length)
  if (length > BigInt(Math.min(HEADER_LIMIT, reader.size - 8)))
    throw malformed('safetensors', 'it goes beyond the end of the file')
  let json: Buffer
  try {
    json = await reader.read(8, headerSize)
  } catch (error) {
    if (!isBudget(error)) throw error
    return { kind: 'safetensors', headerSize, metadata: {}, ...tensorList([], false) }
  }
  const header = parse(json)
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__')
  if (entries.length > TENSORS_LIMIT) throw malformed('safetensors', `it has ${entries.length} tensors`)
  const tensors = entries.map(([name, value]) => tensorOf(name, value))
  return {
    kind: 'safetensors',
    headerSize,
    metadata: stringMap(header['__metadata__']) ?? {},
    ...tensorList(tensors, true),
  }
}

function parse(json: Buffer): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(json.toString('utf8'))
  } catch {
    throw malformed('safetensors', 'it is not JSON')
  }
  if (!isRecord(value)) throw malformed('safetensors', 'it is not an object')
  return value
}

function tensorOf(name: string, value: unknown): TensorFacts {
  const { dtype, shape } = isRecord(value) ? value : {}
  const whole = (each: unknown): each is number => typeof each === 'number' && Number.isSafeInteger(each) && each >= 0
  if (typeof dtype !== 'string' || !Array.isArray(shape) || shape.length > DIMENSIONS || !shape.every(whole))
    throw malformed('safetensors', 'a tensor has no type or shape')
  return { name, type: dtype.slice(0, 64), shape }
}
