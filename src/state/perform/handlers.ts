import type { Effect } from '../model/effect.ts'

/** Every effect but `abort`, which only stops others. */
export type PerformedEffect = Exclude<Effect, { type: 'abort' }>

/** The work of each kind of effect, until `signal` aborts it. A kind without a handler does not compile. */
export type Handlers = {
  readonly [Kind in PerformedEffect['type']]: (
    effect: Extract<PerformedEffect, { type: Kind }>,
    signal: AbortSignal,
  ) => void | Promise<void>
}
