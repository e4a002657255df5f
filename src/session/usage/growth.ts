import { appendFile } from 'node:fs/promises'
import { isRecord } from '../../blob/descriptor.ts'
import { ImageError } from '../../error.ts'
import { quotePath, readSmallFile, systemError } from '../../transport/local-file.ts'
import { errorCode } from '../../transport/text/usual-text.ts'
import type { PlaceUsage } from './place-usage.ts'

/** The bytes a place held at a time, in milliseconds since 1970. */
export type GrowthPoint = { readonly time: number; readonly bytes: number; readonly blobs: number; readonly tags: number }

/** A straight line through the points: bytes a day, and when `capacity` is reached, with the days it may be off. */
export type Projection = {
  readonly bytesPerDay: number
  readonly full: { readonly time: number; readonly days: number } | undefined
}

const DAY = 24 * 3_600_000
/** Points that a line needs to say anything. */
const LEAST = 5
const FILE_LIMIT = 16 * 1024 * 1024

/**
 * Appends what a place holds now to a file of points, a JSON object a line, and gives all of them by time.
 * @throws ImageError `SETTINGS_INVALID` for a file with other lines in it, and those of `systemError`
 */
export async function recordGrowth(file: string, usage: PlaceUsage, now: number): Promise<readonly GrowthPoint[]> {
  const before = await readPoints(file)
  const point = { time: now, bytes: usage.bytes, blobs: usage.blobs, tags: usage.tags.length }
  await appendFile(file, `${JSON.stringify({ ...point, time: new Date(now).toISOString() })}\n`).catch(thrown => {
    throw systemError(thrown, `write ${quotePath(file)}`)
  })
  return [...before, point].sort((a, b) => a.time - b.time)
}

async function readPoints(file: string): Promise<readonly GrowthPoint[]> {
  try {
    const text = (await readSmallFile(file, FILE_LIMIT)).toString('utf8')
    return text
      .split('\n')
      .filter(line => line.trim() !== '')
      .map((line, position) => pointOf(line) ?? wrongLine(file, position + 1))
  } catch (thrown) {
    if (thrown instanceof ImageError && thrown.code === 'NOT_FOUND') return []
    throw errorCode(thrown) === undefined ? thrown : systemError(thrown, `read ${quotePath(file)}`)
  }
}

function pointOf(line: string): GrowthPoint | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (!isRecord(value)) return undefined
    const [time, bytes, blobs, tags] = [Date.parse(String(value['time'])), value['bytes'], value['blobs'], value['tags']]
    const isCount = (each: unknown): each is number => Number.isSafeInteger(each) && Number(each) >= 0
    if (Number.isNaN(time) || !isCount(bytes) || !isCount(blobs) || !isCount(tags)) return undefined
    return { time, bytes, blobs, tags }
  } catch {
    return undefined
  }
}

function wrongLine(file: string, line: number): never {
  throw new ImageError(
    'SETTINGS_INVALID',
    { action: `read ${quotePath(file)}`, why: `line ${line} is none that "peel usage --record" wrote` },
    { hint: 'Name another file, or one that does not exist yet.' },
  )
}

/**
 * The line of least squares through at least five points of more than one time; undefined for fewer. `full` is when the line reaches
 * `capacity`, give or take the standard error of the points, where it rises to it at all.
 */
export function projectGrowth(points: readonly GrowthPoint[], capacity?: number): Projection | undefined {
  const [first] = points
  if (first === undefined || points.length < LEAST) return undefined
  const days = points.map(({ time }) => (time - first.time) / DAY)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanDay, meanBytes] = [mean(days), mean(points.map(({ bytes }) => bytes))]
  const spread = days.reduce((sum, day) => sum + (day - meanDay) ** 2, 0)
  if (spread === 0) return undefined
  const bytesPerDay = points.reduce((sum, { bytes }, at) => sum + ((days[at] ?? 0) - meanDay) * (bytes - meanBytes), 0) / spread
  const start = meanBytes - bytesPerDay * meanDay
  if (capacity === undefined || bytesPerDay <= 0) return { bytesPerDay, full: undefined }
  const squares = points.reduce((sum, { bytes }, at) => sum + (bytes - start - bytesPerDay * (days[at] ?? 0)) ** 2, 0)
  const error = Math.sqrt(squares / (points.length - 2))
  return { bytesPerDay, full: { time: first.time + ((capacity - start) / bytesPerDay) * DAY, days: error / bytesPerDay } }
}
