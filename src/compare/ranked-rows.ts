import type { Selection } from './selection.ts'

/** How the rows of a comparison are listed. */
export type RowOrder = 'path' | 'size'

/** The positions of a selection's rows in the order asked for: by path as they are, or the most bytes either way first. */
function rankedRows({ rows, indexes }: Selection, order: RowOrder): Uint32Array {
  const positions = Uint32Array.from(indexes.keys())
  if (order === 'path') return positions
  const sizes = Float64Array.from(indexes, row => Math.abs(rows.delta(row)))
  return positions.sort((one, other) => (sizes[other] ?? 0) - (sizes[one] ?? 0) || one - other)
}

/** The first rows of a list, and what the others come to, so that sums hold. */
export type TopRows = {
  readonly positions: Uint32Array
  readonly rest: { readonly rows: number; readonly delta: number } | undefined
}

/** At most `top` rows in that order, all of them without it. */
export function topRows(selection: Selection, order: RowOrder, top: number | undefined): TopRows {
  const positions = rankedRows(selection, order)
  if (top === undefined) return { positions, rest: undefined }
  let delta = 0
  for (const position of positions.subarray(top)) delta += selection.rows.delta(selection.indexes[position] ?? 0)
  return { positions: positions.subarray(0, top), rest: { rows: Math.max(0, positions.length - top), delta } }
}
