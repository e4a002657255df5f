import type { Diagnostic } from '../error.ts'
import { displayPath } from '../layer/file-path.ts'
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

/** Paths that are counted; a layer made to differ everywhere says enough by then. */
const MOST = 100_000
const TOLD = 3

/** The diagnostic for layers that runtimes and the specification show differently: how many paths, and the first of them. */
export function semanticsNotice(stack: Stack): Diagnostic | undefined {
  let count = 0
  const first: string[] = []
  for (const { path } of disagreement(stack)) {
    if (++count <= TOLD) first.push(`/${displayPath(path)}`)
    if (count > MOST) break
  }
  if (count === 0) return undefined
  const many = count > MOST ? `more than ${MOST} paths` : count === 1 ? '1 path' : `${count} paths`
  const other = stack.semantics === 'overlay' ? 'spec' : 'overlay'
  const message = `Runtimes and the specification show ${many} differently: ${first.join(', ')}${count > TOLD ? ', …' : ''} (--semantics ${other} shows the other view)`
  return { code: 'SEMANTICS_DISAGREE', severity: 'warning', message, path: first[0] ?? '/' }
}
