import { BLOCK, type SparseRun } from './tar-member.ts'
import { damagedHeader, parseDecimal, parseNumeric } from './tar-number.ts'
import type { PaxRecords } from './tar-pax.ts'

/**
 * Sparse files, four ways (GNU tar manual, "Storing Sparse Files"): the old GNU header with extension blocks, and PAX 0.0
 * (repeated records), 0.1 (one record) and 1.0 (the map stands before the data).
 */

/** Runs in the old GNU header and in each extension block behind it, and where each says that another follows. */
export const OLD_GNU = { header: [386, 4, 482], extension: [0, 21, 504], realSize: 483 } as const

/** Adds the runs at `offset`; whether an extension block follows. */
export function addOldGnuRuns(block: Buffer, at: number, part: 'header' | 'extension', runs: SparseRun[]): boolean {
  const [offset, count, more] = OLD_GNU[part]
  for (let index = 0; index < count; index++) {
    const field = at + offset + index * 24
    if (block[field] === 0) break // where GNU and BSD tar stop too
    runs.push([parseNumeric(block, field, 12, 'sparse offset'), parseNumeric(block, field + 12, 12, 'sparse length')])
  }
  return block[at + more] !== 0
}

export type PaxSparse = {
  readonly name: string | undefined
  /** Undefined: what the header says. */
  readonly size: number | undefined
  readonly runs: 'stored' | readonly SparseRun[]
}

/**
 * The sparse map that PAX records give; undefined for an ordinary member.
 * @throws ImageError `TAR_HEADER_DAMAGED`
 */
export function paxSparse({ values, sparse }: PaxRecords): PaxSparse | undefined {
  const get = (key: string) => values.get(`GNU.sparse.${key}`)?.toString('latin1') || undefined
  const [major, minor] = [get('major'), get('minor')]
  const map = values.get('GNU.sparse.map')?.toString('latin1')
  const stored = major === '1' && minor === '0'
  const listed = major === '0' ? minor === '0' || minor === '1' : major === undefined && minor === undefined
  if (!stored && !(listed && (major === '0' || map || sparse.length > 0))) return undefined
  const size = get('size') ?? get('realsize')
  return {
    name: get('name'),
    size: size === undefined ? undefined : whole(size),
    runs: stored ? 'stored' : listedRuns(sparse, map, get('numblocks')),
  }
}

/** The runs of 0.0 and 0.1, as many as the records say there are. */
function listedRuns(sparse: readonly number[], map: string | undefined, count: string | undefined): readonly SparseRun[] {
  const numbers = sparse.length > 0 ? sparse : map === '' ? [] : map?.split(',').map(whole)
  const runs = pairs(numbers ?? [])
  if (count === undefined ? numbers === undefined : whole(count) !== runs.length)
    throw damagedHeader('its sparse map is not as long as it says')
  return runs
}

/** The map in front of a PAX 1.0 sparse member's data: lines of decimals, the number of runs first. */
export class StoredSparseMap {
  readonly #numbers: number[] = []
  #value = 0
  #digits = 0
  #blocks = 0

  /** Bytes taken so far. */
  get size(): number {
    return this.#blocks * BLOCK
  }

  /** Takes a block; gives the runs when the map is complete. @throws ImageError `TAR_HEADER_DAMAGED` */
  add(block: Buffer, at: number): readonly SparseRun[] | undefined {
    this.#blocks++
    for (let index = at; index < at + BLOCK; index++) {
      const digit = (block[index] ?? 0) - 0x30
      if (digit >= 0 && digit <= 9) {
        this.#value = this.#value * 10 + digit
        this.#digits++
        continue
      }
      if (digit + 0x30 !== NEWLINE || this.#digits === 0) throw damagedHeader('its sparse map is not made of numbers')
      if (!Number.isSafeInteger(this.#value)) throw damagedHeader('its sparse map has a number out of range')
      this.#numbers.push(this.#value)
      this.#value = 0
      this.#digits = 0
      if (this.#numbers.length === 1 + (this.#numbers[0] ?? 0) * 2) return pairs(this.#numbers.slice(1))
    }
    return undefined
  }
}

const NEWLINE = 0x0a

/**
 * The runs that hold data, once all are found in order, inside the file and inside what is stored. Runs of nothing mean nothing: GNU tar ends
 * a map with one, a hostile map is made of them.
 * @throws ImageError `TAR_HEADER_DAMAGED`
 */
export function checkedRuns(runs: readonly SparseRun[], size: number, storedSize: number): readonly SparseRun[] {
  let end = 0
  let total = 0
  for (const [offset, length] of runs) {
    if (offset < end || length < 0 || offset + length > size) throw damagedHeader('its sparse map overlaps or leaves the file')
    end = offset + length
    total += length
  }
  if (total > storedSize) throw damagedHeader('its sparse map names more data than is stored')
  return runs.filter(([, length]) => length > 0)
}

function pairs(numbers: readonly number[]): SparseRun[] {
  if (numbers.length % 2 !== 0) throw damagedHeader('its sparse map is cut short')
  return Array.from({ length: numbers.length / 2 }, (_, index) => [numbers[index * 2] ?? 0, numbers[index * 2 + 1] ?? 0])
}

function whole(text: string): number {
  const value = parseDecimal(text, 'sparse number')
  if (!Number.isSafeInteger(value) || value < 0) throw damagedHeader('its sparse map has a number out of range')
  return value
}
