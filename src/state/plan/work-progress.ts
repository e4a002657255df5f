import { isSettled, readingTotals } from '../model/open-image.ts'
import type { State } from '../model/state.ts'

/** How far the work is that a person waits for, in whole percent: an image being written, else layers being read. */
export function workPercent({ image, slices: { plan } }: State): number | undefined {
  if (plan?.run.kind === 'writing') return percent(plan.run.step?.done ?? 0, plan.run.step?.total ?? 1)
  if (image === undefined || isSettled(image)) return undefined
  const { done, total } = readingTotals(image)
  return percent(done, total)
}

function percent(done: number, total: number): number {
  return total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total))
}
