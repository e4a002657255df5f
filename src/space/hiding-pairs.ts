import { finish, STEP, type Steps } from '../overlay/steps.ts'
import type { Stack } from '../overlay/tree.ts'
import { contentSizeOf, type Waste, type WasteLedger, wasteOf } from './waste.ts'

/** Bytes that one layer ships and another hides, for one reason. */
export type HidingPair = Pick<Waste, 'shippedBy' | 'hiddenBy' | 'cause' | 'bytes'>

/** Computed once for each stack. */
const known = new WeakMap<Stack, readonly HidingPair[]>()

/** The pairs of a stack; at once where they were found before. */
function hidingPairs(stack: Stack): readonly HidingPair[] {
  return known.get(stack) ?? finish(hidingPairSteps(stack, wasteOf(stack)))
}

/** The same in small steps. */
export function* hidingPairSteps(stack: Stack, ledger: WasteLedger): Steps<readonly HidingPair[]> {
  const { tree } = stack
  const sums = new Map<string, HidingPair>()
  for (let index = 0; index < ledger.inodes.length; index++) {
    if (index % STEP === 0) yield
    const inode = ledger.inodes[index] ?? 0
    const pair = { shippedBy: tree.versions.layer(inode), ...ledger.hiding(inode) }
    const key = `${pair.shippedBy} ${pair.hiddenBy} ${pair.cause}`
    sums.set(key, { ...pair, bytes: (sums.get(key)?.bytes ?? 0) + contentSizeOf(tree, inode) })
  }
  const pairs = [...sums.values()]
  known.set(stack, pairs)
  return pairs
}

/** Bytes that layers of a run ship and others of the run hide. */
export function hiddenWithin(stack: Stack, positions: readonly number[]): readonly HidingPair[] {
  const [from, to] = [positions[0] ?? 0, positions.at(-1) ?? 0]
  return hidingPairs(stack).filter(({ shippedBy, hiddenBy }) => shippedBy >= from && hiddenBy <= to)
}
