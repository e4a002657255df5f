import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { type Checkpoint, WINDOW } from '../blob/inflate-checkpoint.ts'
import { storeFile } from './changeset-cache.ts'

/**
 * The checkpoints of a gzip layer on disk, beside its reading: a head, a table (offsets, check, length of the window; 24 bytes
 * each), then the windows, 32 KiB apart. The table is small; of the windows only the one that is used is read. A checkpoint
 * proves itself when it is used, so a damaged window does no harm.
 */
export function storeCheckpoints(file: string, points: readonly Checkpoint[]): void {
  const table = Buffer.alloc(points.length * ROW)
  const windows = Buffer.alloc(points.length * WINDOW)
  for (const [index, { compressed, uncompressed, check, window }] of points.entries()) {
    table.writeDoubleLE(compressed, index * ROW)
    table.writeDoubleLE(uncompressed, index * ROW + 8)
    table.writeUInt32LE(check, index * ROW + 16)
    table.writeUInt32LE(window.length, index * ROW + 20)
    window.copy(windows, index * WINDOW)
  }
  const head = Buffer.alloc(HEAD)
  head.write(MAGIC, 'latin1')
  head.writeUInt32LE(points.length, 4)
  head.writeUInt32LE(crc32(table), 8)
  storeFile(file, Buffer.concat([head, table, windows]))
}

/** All checkpoints in the file, none when there is no such file or it is damaged. */
export function loadCheckpoints(file: string): readonly Checkpoint[] {
  try {
    const bytes = readFileSync(file)
    const table = tableOf(bytes)
    return rows(table).map((row, index) => ({
      ...row,
      window: windowAt(bytes, tableEnd(table) + index * WINDOW, row.windowLength),
    }))
  } catch {
    return []
  }
}

/** The last checkpoint at or before `uncompressed`. */
export function findCheckpoint(file: string, uncompressed: number): Checkpoint | undefined {
  return withTable(file, (table, descriptor) => {
    const all = rows(table)
    const index = all.findLastIndex(row => row.uncompressed <= uncompressed)
    const row = all[index]
    if (row === undefined) return undefined
    const window = Buffer.alloc(row.windowLength)
    if (readSync(descriptor, window, 0, window.length, tableEnd(table) + index * WINDOW) !== window.length) return undefined
    return { ...row, window }
  })
}

/** The offset in the blob before which everything up to `uncompressed` is compressed, as far as a checkpoint tells. */
export function compressedBefore(file: string, uncompressed: number): number | undefined {
  return withTable(file, table => rows(table).find(row => row.uncompressed >= uncompressed)?.compressed)
}

function withTable<Found>(file: string, use: (table: Buffer, descriptor: number) => Found): Found | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    const start = Buffer.alloc(TABLE_LIMIT)
    return use(tableOf(start.subarray(0, readSync(descriptor, start, 0, start.length, 0))), descriptor)
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

const MAGIC = 'PLCP'
const [HEAD, ROW] = [12, 24]
/** More rows than a recorder ever keeps. */
const TABLE_LIMIT = HEAD + 1024 * ROW

const tableEnd = (table: Buffer) => HEAD + table.length

function tableOf(bytes: Buffer): Buffer {
  const table = bytes.subarray(HEAD, HEAD + bytes.readUInt32LE(4) * ROW)
  if (bytes.toString('latin1', 0, 4) !== MAGIC || bytes.readUInt32LE(8) !== crc32(table)) throw new RangeError('damaged')
  return table
}

function rows(table: Buffer) {
  return Array.from({ length: table.length / ROW }, (_, index) => ({
    compressed: table.readDoubleLE(index * ROW),
    uncompressed: table.readDoubleLE(index * ROW + 8),
    check: table.readUInt32LE(index * ROW + 16),
    windowLength: Math.min(WINDOW, table.readUInt32LE(index * ROW + 20)),
  }))
}

function windowAt(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new RangeError('damaged')
  return bytes.subarray(at, at + length)
}
