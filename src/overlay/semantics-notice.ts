import type { Diagnostic } from '../error.ts'
import { displayPath } from '../layer/file-path.ts'
import { disagreement } from './disagreement.ts'
import type { Stack } from './tree.ts'

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
