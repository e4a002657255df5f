import type { Plan } from '../../rebuild/plan.ts'

export type RebuildWish = {
  readonly plan: Plan
  /** DEST as typed; undefined measures only. */
  readonly destination: string | undefined
  /** Replace an image that has the destination's name. */
  readonly force: boolean
}
