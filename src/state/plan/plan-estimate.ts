import type { Stack } from '../../overlay/tree.ts'
import { choicesOf, EMPTY_PLAN, type Plan, type PlanChoices } from '../../rebuild/plan.ts'
import { planLayers } from '../../rebuild/planned-layer.ts'
import { positionsOf, sizeBefore } from '../../rebuild/rebuilt-image.ts'
import { NO_EDITS } from '../../rebuild/target-tree.ts'
import { type Waste, wasteOf } from '../../space/waste.ts'
import type { OpenImage } from '../model/open-image.ts'
import type { SummaryLayer } from '../model/rebuild-summary.ts'

/**
 * The layers as a plan leaves them, before anything was compressed: what is squashed shrinks by the share of its content
 * that it hides itself. What removals take is not in it.
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
  return positions.reduce((sum, position) => {
    const shipped = analysis?.shipped[position] ?? 0
    const hidden = waste.reduce((all, each) => all + (each.shippedBy === position ? each.bytes : 0), 0)
    const size = image.layers[position]?.blob.size ?? 0
    return sum + (shipped === 0 ? size : Math.round(size * (1 - Math.min(1, hidden / shipped))))
  }, 0)
}

type Hidden = Pick<Waste, 'shippedBy' | 'hiddenBy' | 'cause' | 'bytes'>

/** Hidden bytes by the shipping layer, the hiding layer and the cause; computed once for each stack. */
const known = new WeakMap<Stack, readonly Hidden[]>()

/** Bytes that layers of a run ship and others of the run hide. */
export function hiddenWithin(stack: Stack, positions: readonly number[]): readonly Hidden[] {
  const [from, to] = [positions[0] ?? 0, positions.at(-1) ?? 0]
  return hiddenOf(stack).filter(({ shippedBy, hiddenBy }) => shippedBy >= from && hiddenBy <= to)
}

function hiddenOf(stack: Stack): readonly Hidden[] {
  const found = known.get(stack)
  if (found !== undefined) return found
  const sums = new Map<string, { -readonly [Key in keyof Hidden]: Hidden[Key] }>()
  for (const { shippedBy, hiddenBy, cause, bytes } of wasteOf(stack).files()) {
    const key = `${shippedBy} ${hiddenBy} ${cause}`
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, { shippedBy, hiddenBy, cause, bytes })
    else sum.bytes += bytes
  }
  const hidden = [...sums.values()]
  known.set(stack, hidden)
  return hidden
}
