import { buildStack } from './apply.ts'
import { type Difference, difference } from './difference.ts'
import type { Semantics, Snapshot, Stack } from './tree.ts'

/**
 * Every path on which the two semantics show different trees after `layers` layers (all of them by default): `lower` is
 * what overlay runtimes show, `upper` what the specification says. Costs nothing where the layers give no cause to
 * differ, which is almost always; else the other semantics' stack is built for the comparison.
 */
export function disagreement(stack: Stack, layers = stack.changesets.length): Iterable<Difference> {
  if (!stack.disputed) return []
  const other = (semantics: Semantics): Snapshot => buildStack(stack.changesets.slice(0, layers), semantics).snapshot(layers)
  const own = stack.snapshot(layers)
  return stack.semantics === 'overlay' ? difference(own, other('spec')) : difference(other('overlay'), own)
}
