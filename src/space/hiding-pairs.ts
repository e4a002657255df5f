import type { Stack } from '../overlay/tree.ts'
import { type HidingPair, wasteOf } from './waste.ts'

/** Bytes that layers of a run ship and others of the run hide; at once where the stack's ledger was made. */
export function hiddenWithin(stack: Stack, positions: readonly number[]): readonly HidingPair[] {
  const [from, to] = [positions[0] ?? 0, positions.at(-1) ?? 0]
  return wasteOf(stack).pairs.filter(({ shippedBy, hiddenBy }) => shippedBy >= from && hiddenBy <= to)
}
