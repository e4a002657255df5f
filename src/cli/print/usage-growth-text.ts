import { escapeText } from '../../escape.ts'
import { formatDelta } from '../../format/delta.ts'
import { formatSize } from '../../format/size.ts'
import { type GrowthPoint, projectGrowth } from '../../session/usage/growth.ts'
import type { PlaceUsage } from '../../session/usage/place-usage.ts'
import { sharedBytes } from '../../space/blob-reach.ts'

/** How a place grows, and when four fifths of its capacity are held. */
export function growthLines(points: readonly GrowthPoint[], capacity: number | undefined): readonly string[] {
  const limit = capacity === undefined ? undefined : capacity * NEARLY_FULL
  const projection = projectGrowth(points, limit)
  if (projection === undefined) return [`Growth: ${points.length} of the 5 records that a line needs`]
  const line = `Growth: ${formatDelta(Math.round(projection.bytesPerDay))} a day, from ${points.length} records`
  if (capacity === undefined) return [line]
  const aim = `80 % of ${formatSize(capacity)}`
  const { full } = projection
  if (full === undefined || full.time > LAST_TIME) return [line, `${aim} are not in sight`]
  const days = Math.ceil(full.days)
  return [line, `${aim} on ${new Date(full.time).toISOString().slice(0, 10)} (± ${days} ${days === 1 ? 'day' : 'days'})`]
}

const NEARLY_FULL = 0.8
/** Later than this a straight line says nothing. */
const LAST_TIME = Date.UTC(2200, 0, 1)

/** Tags in a matrix; more fit no screen. */
const MOST_TAGS = 40

/** Tags by tags: how much of the image of a row the image of a column has too, in percent of its bytes. */
export function matrixLines({ tags, links }: PlaceUsage): readonly string[] {
  const shown = [...tags]
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MOST_TAGS)
    .sort((a, b) => tags.indexOf(a) - tags.indexOf(b))
  const shared = sharedBytes(
    links,
    shown.map(({ digest }) => digest),
  )
  const width = shown.reduce((most, { name }) => Math.max(most, escapeText(name).length), 0)
  const cell = (row: number, column: number, bytes: number) => {
    const part = shared[row]?.[column] ?? 0
    if (part === 0) return ' ·'
    return part === bytes ? '██' : String(Math.max(1, Math.floor((100 * part) / bytes))).padStart(2, '0')
  }
  const numbers = shown.map((_, at) => String(at + 1).padStart(2))
  return [
    'Percent of the row that the column has too; ██ is all of it',
    ...(tags.length > shown.length ? [`The ${shown.length} largest of ${tags.length} tags`] : []),
    `${' '.repeat(4 + width)}  ${numbers.join('  ')}`,
    ...shown.map(({ name, bytes }, row) => {
      const cells = shown.map((_, column) => cell(row, column, bytes))
      return `${String(row + 1).padStart(3)} ${escapeText(name).padEnd(width)}  ${cells.join('  ')}`
    }),
  ]
}
