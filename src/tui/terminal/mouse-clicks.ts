import type { MouseEvent } from '../../state/model/action.ts'
import type { InputToken } from './tokens.ts'

type MouseToken = Extract<InputToken, { type: 'mouse' }>

/** Two presses on one cell within this time are a double click. */
const DOUBLE_MILLISECONDS = 400

/** Turns reports into presses, double clicks and wheel steps; everything else (releases, other buttons) is undefined. */
export function createMouseClicks(now: () => number = () => performance.now()): (token: MouseToken) => MouseEvent | undefined {
  let last: { readonly column: number; readonly row: number; readonly at: number } | undefined
  return ({ button, column, row, pressed }) => {
    if (!pressed) return undefined
    if (button === 64 || button === 65) return { kind: button === 64 ? 'wheel-up' : 'wheel-down', column, row }
    // Bits 4, 8 and 16 are Shift, Meta and Ctrl; 32 is motion.
    if (button !== 0) return undefined
    const at = now()
    const double = last !== undefined && last.column === column && last.row === row && at - last.at < DOUBLE_MILLISECONDS
    last = double ? undefined : { column, row, at }
    return { kind: double ? 'double' : 'press', column, row }
  }
}
