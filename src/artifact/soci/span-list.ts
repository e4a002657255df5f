import type { Descriptor } from '../../blob/descriptor.ts'
import { digestOf, splitDigest } from '../../blob/digest.ts'
import type { SpanTable } from '../../layer/span-table.ts'
import { CHECKPOINT_ROW, type SpanStart } from './checkpoints.ts'

/**
 * An annotation of peel's own on a zTOC's descriptor: with it the zTOC's parts prove themselves, so that a reader takes its head and
 * the checkpoints that it needs instead of all of it. Other readers pass it over.
 */
export const SPAN_LIST = 'dev.peel.soci.spans'

/** A zTOC by its parts: the head, then a checkpoint a span, each with the sha256 of its bytes (hex). */
export type SpanList = Pick<SpanTable, 'compressed' | 'uncompressed' | 'bits'> & {
  readonly headSize: number
  readonly headSha256: string
  readonly rowSha256: readonly string[]
}

/** More spans than this are not listed, since manifests have 4 MiB at most: 64 GiB of layer in spans of 4 MiB. */
const MOST = 16_384

/** The annotation's text; undefined where there are too many spans. */
export function spanListText(ztoc: Uint8Array, headSize: number, starts: readonly SpanStart[]): string | undefined {
  if (starts.length === 0 || starts.length > MOST) return undefined
  const rows = starts.map(({ compressed, uncompressed, bits }, span) => {
    const at = headSize + span * CHECKPOINT_ROW
    return [compressed, uncompressed, bits, sum(ztoc.subarray(at, at + CHECKPOINT_ROW))].join(',')
  })
  return [[headSize, sum(ztoc.subarray(0, headSize))].join(','), ...rows].join(' ')
}

/** The list on a zTOC's descriptor; undefined where there is none, or one that does not fit the zTOC. */
export function spanListOf({ annotations, size }: Descriptor): SpanList | undefined {
  const text = annotations?.[SPAN_LIST]
  const count = Math.min(MOST, Math.floor(size / CHECKPOINT_ROW))
  if (text === undefined || text.length > (count + 1) * LONGEST) return undefined
  const [head = '', ...rows] = text.split(' ')
  const [, headSize, headSum = ''] = HEAD.exec(head) ?? []
  const fields = rows.map(row => ROW.exec(row))
  if (headSize === undefined || Number(headSize) + rows.length * CHECKPOINT_ROW !== size || fields.includes(null))
    return undefined
  const column = (index: number) => fields.map(field => Number(field?.[index]))
  return {
    headSize: Number(headSize),
    headSha256: headSum,
    compressed: Float64Array.from(column(1)),
    uncompressed: Float64Array.from(column(2)),
    bits: Uint8Array.from(column(3)),
    rowSha256: fields.map(field => field?.[4] ?? ''),
  }
}

const SUM = '[0-9a-f]{64}'
const HEAD = new RegExp(`^(\\d{1,15}),(${SUM})$`)
const ROW = new RegExp(`^(\\d{1,15}),(\\d{1,15}),([0-7]),(${SUM})$`)
/** Characters of a row, at most. */
const LONGEST = 15 + 15 + 1 + 64 + 4

const sum = (bytes: Uint8Array) => splitDigest(digestOf(bytes))[1]
