import { buildingStack } from './apply.ts'
import { type Difference, differenceOfTrees } from './difference.ts'
import type { Stack } from './tree.ts'

/**
 * Every path on which the two semantics show different trees after `layers` layers (all of them by default): `lower` is
 * what overlay runtimes show, `upper` what the specification says. Costs nothing where the layers give no cause to
 * differ, which is almost always; else the other semantics' stack is built for the comparison.
 */
export function* disagreement(stack: Stack, layers?: number): Generator<Difference> {
  for (const found of disagreementSteps(stack, layers)) if (found !== undefined) yield found
}

/** The same, `undefined` between small steps. */
export function* disagreementSteps(stack: Stack, layers = stack.changesets.length): Generator<Difference | undefined> {
  if (!stack.disputed) return
  const isOverlay = stack.semantics === 'overlay'
  const other = yield* buildingStack(stack.changesets.slice(0, layers), isOverlay ? 'spec' : 'overlay')
  const [own, described] = [stack.snapshot(layers), other.snapshot(layers)]
  yield* isOverlay ? differenceOfTrees(own, described) : differenceOfTrees(described, own)
}
