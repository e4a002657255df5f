import { EMPTY_START, type StartSlice } from './start.ts'

/**
 * The views' own state, one slice each. A slice's type, its first value and the pure functions over it live in a file
 * of their own that does not know `State`; `<name>-view.ts` puts it on the screen.
 */
export type Slices = {
  readonly start: StartSlice
}

export const FIRST_SLICES: Slices = { start: EMPTY_START }
