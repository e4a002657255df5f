import { STEP, type Steps } from './steps.ts'

type Compare = (one: number, other: number) => number

/**
 * Sorts numbers in small steps: runs that are in order already are merged, two by two, until one is left. A sorted list,
 * or one sorted backwards, costs one look; equal ones keep their order.
 */
export function* sortSteps(items: Uint32Array, compare: Compare): Steps<Uint32Array> {
  let runs = yield* naturalRuns(items, compare)
  let from = items
  let to: Uint32Array = new Uint32Array(runs.length > 2 ? items.length : 0)
  let steps = 0
  while (runs.length > 2) {
    const merged = [0]
    for (let index = 0; index + 1 < runs.length; index += 2) {
      const [start, middle] = [runs[index] ?? 0, runs[index + 1] ?? 0]
      const end = runs[index + 2] ?? middle
      let [left, right] = [start, middle]
      for (let at = start; at < end; at++) {
        const takesLeft = left < middle && (right >= end || compare(from[left] ?? 0, from[right] ?? 0) <= 0)
        to[at] = from[takesLeft ? left++ : right++] ?? 0
        if (++steps % STEP === 0) yield
      }
      merged.push(end)
    }
    runs = merged
    ;[from, to] = [to, from]
  }
  return from
}

/** Where runs in order begin, and the end of the last; runs strictly backwards are turned round. */
function* naturalRuns(items: Uint32Array, compare: Compare): Steps<number[]> {
  const bounds = [0]
  let steps = 0
  for (let start = 0; start < items.length; ) {
    const falls = start + 1 < items.length && compare(items[start] ?? 0, items[start + 1] ?? 0) > 0
    let end = start + 1
    for (; end < items.length && compare(items[end - 1] ?? 0, items[end] ?? 0) > 0 === falls; end++)
      if (++steps % STEP === 0) yield
    if (falls) items.subarray(start, end).reverse()
    bounds.push(end)
    start = end
    if (++steps % STEP === 0) yield
  }
  return bounds
}
