import { choicesOf, EMPTY_PLAN, type Plan, type PlanChoices } from '../../rebuild/plan.ts'
import { planLayers } from '../../rebuild/planned-layer.ts'
import { positionsOf, sizeBefore } from '../../rebuild/rebuilt-image.ts'
import { NO_EDITS } from '../../rebuild/target-tree.ts'
import { hiddenWithin } from '../../space/hiding-pairs.ts'
import { addTo } from '../../sums.ts'
import type { OpenImage } from '../model/open-image.ts'
import type { SummaryLayer } from '../model/rebuild-summary.ts'

/**
 * The layers as a plan leaves them, before anything was compressed: a squashed range shrinks by the share of its content
 * that it hides itself. Removals are not counted.
 */
export function estimateLayers(image: OpenImage, plan: Plan): readonly SummaryLayer[] {
  const choices = choicesFor(image, plan)
  return planLayers(image.image, choices, undefined, NO_EDITS).map(planned => {
    const positions = positionsOf(planned)
    const before = sizeBefore(planned, image.image)
    const kept = planned.type === 'write' ? estimate(image, positions) : before
    return { positions, action: planned.type, before, after: planned.type === 'drop' ? 0 : kept }
  })
}

/** A plan that contradicts itself is shown as if it were empty; the dry run says what is wrong. */
function choicesFor({ image }: OpenImage, plan: Plan): PlanChoices {
  try {
    return choicesOf(plan, image.layers.length)
  } catch {
    return choicesOf(EMPTY_PLAN, image.layers.length)
  }
}

function estimate({ image, analysis }: OpenImage, positions: readonly number[]): number {
  const waste = analysis?.complete === true ? hiddenWithin(analysis.stack, positions) : []
  const hiddenOf = new Map<number, number>()
  for (const { shippedBy, bytes } of waste) addTo(hiddenOf, shippedBy, bytes)
  return positions.reduce((sum, position) => {
    const shipped = analysis?.shipped[position] ?? 0
    const hidden = hiddenOf.get(position) ?? 0
    const size = image.layers[position]?.blob.size ?? 0
    return sum + (shipped === 0 ? size : Math.round(size * (1 - Math.min(1, hidden / shipped))))
  }, 0)
}
