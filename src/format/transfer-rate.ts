import { formatSize } from './size.ts'

/**
 * How far work was at moments of the last seconds, oldest first. A value: the caller, which has a clock, adds to it. Milliseconds of any
 * clock that only goes forward, and bytes.
 */
export type Pace = readonly { readonly at: number; readonly done: number }[]

export const NO_PACE: Pace = []

/** Older samples say nothing about now: a network changes its mind within seconds. */
const WINDOW_MILLISECONDS = 5000
/** Moments closer to each other are one. */
const SPACING_MILLISECONDS = 250
/** A rate means something after this. */
const SETTLED_MILLISECONDS = 1000

/** `pace` with one more moment. Work that is behind where it was has begun again, and so does its pace. */
export function withMoment(pace: Pace, at: number, done: number): Pace {
  const last = pace.at(-1)
  if (last !== undefined && done < last.done) return [{ at, done }]
  const before = pace.at(-2)
  const kept = last !== undefined && before !== undefined && last.at - before.at < SPACING_MILLISECONDS ? pace.slice(0, -1) : pace
  const first = kept.findLastIndex(moment => at - moment.at >= WINDOW_MILLISECONDS)
  return [...kept.slice(Math.max(0, first)), { at, done }]
}

/** Bytes a second over the last seconds; undefined while it is too early to tell. */
export function rateOf(pace: Pace): number | undefined {
  const [first, last] = [pace[0], pace.at(-1)]
  if (first === undefined || last === undefined || last.at - first.at < SETTLED_MILLISECONDS) return undefined
  return ((last.done - first.done) / (last.at - first.at)) * 1000
}

/** Whole seconds for `remaining` bytes at this rate; undefined where that cannot be told. */
export function secondsLeft(pace: Pace, remaining: number): number | undefined {
  const rate = rateOf(pace)
  return rate === undefined || rate <= 0 ? undefined : Math.ceil(Math.max(0, remaining) / rate)
}

/** `12.3 MB/s` and `8 s left`: what can be told so far. */
export function paceWords(pace: Pace, remaining: number): readonly string[] {
  const [rate, left] = [rateOf(pace), secondsLeft(pace, remaining)]
  return [
    ...(rate === undefined ? [] : [`${formatSize(rate)}/s`]),
    ...(left === undefined ? [] : [`${formatSeconds(left)} left`]),
  ]
}

/** `8 s`, `3 min`, `2 h`: one unit is enough for waiting. */
export function formatSeconds(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`
  return seconds < 6000 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`
}
