/** Where the cursor is in a list of rows, and the first row on the screen. Both base 0. */
export type Cursor = { readonly index: number; readonly top: number }

export const START: Cursor = { index: 0, top: 0 }

/** How the cursor can be told to move. */
export type Motion = 'up' | 'down' | 'page-up' | 'page-down' | 'half-up' | 'half-down' | 'first' | 'last'

/** Rows kept visible above and below the cursor where there are any. */
const MARGIN = 2

/** The cursor after `motion` in a list of `length` rows shown `height` at a time. */
export function move(cursor: Cursor, motion: Motion, length: number, height: number): Cursor {
  const page = Math.max(1, height - 1)
  const half = Math.max(1, height >> 1)
  const target = {
    up: cursor.index - 1,
    down: cursor.index + 1,
    'page-up': cursor.index - page,
    'page-down': cursor.index + page,
    'half-up': cursor.index - half,
    'half-down': cursor.index + half,
    first: 0,
    last: length - 1,
  }[motion]
  return moveTo(cursor, target, length, height)
}

/** The cursor on row `index`, scrolled as little as shows it with a margin around it. */
export function moveTo(cursor: Cursor, index: number, length: number, height: number): Cursor {
  const target = clamp(index, 0, length - 1)
  const margin = Math.min(MARGIN, Math.max(0, (height - 1) >> 1))
  const lowest = target - (height - 1 - margin)
  const top = clamp(cursor.top, lowest, target - margin)
  return settle({ index: target, top }, length, height)
}

/** The window moved by `rows`; the cursor stays where it is unless it would leave the window. */
export function scroll(cursor: Cursor, rows: number, length: number, height: number): Cursor {
  const top = clamp(cursor.top + rows, 0, Math.max(0, length - height))
  return { index: clamp(cursor.index, top, Math.min(length, top + height) - 1), top }
}

/** A cursor that may come from a longer list or a taller window, made valid for this one. */
export function settle(cursor: Cursor, length: number, height: number): Cursor {
  const index = clamp(cursor.index, 0, length - 1)
  const top = clamp(clamp(cursor.top, index - height + 1, index), 0, Math.max(0, length - height))
  return top === cursor.top && index === cursor.index ? cursor : { index, top }
}

/** `value` inside `low`…`high`; `low` wins, and nothing is below 0. */
function clamp(value: number, low: number, high: number): number {
  return Math.max(0, low, Math.min(high, value))
}
