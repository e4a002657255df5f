/** A rectangle of whole units, the top left corner included. */
export type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }

type Edges = { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }

/**
 * A rectangle for each of `weights`, in their order: together they tile `area`, each as large as its weight, as square as can be
 * (Bruls, Huizing, van Wijk: Squarified Treemaps, 2000). Best where the weights descend. The tiles are computed exactly and their
 * edges rounded, to whole units across and to multiples of `step` down: neighbours share an edge, so nothing overlaps and no gap
 * is left; a weight of less than a unit may have no width or height. Weights are not negative; where all are 0 the first has all.
 */
export function squarify(weights: readonly number[], area: Rectangle, step = 1): readonly Rectangle[] {
  return exactTiles(weights, area).map(({ left, top, right, bottom }) => {
    const [x, y] = [Math.round(left), Math.round(top / step) * step]
    return { x, y, width: Math.round(right) - x, height: Math.round(bottom / step) * step - y }
  })
}

function exactTiles(weights: readonly number[], { x, y, width, height }: Rectangle): readonly Edges[] {
  const tiles: Edges[] = []
  let free: Edges = { left: x, top: y, right: x + width, bottom: y + height }
  let rest = sum(weights)
  if (rest === 0) return weights.map((_, index) => (index === 0 ? free : { ...free, left: free.right, top: free.bottom }))
  for (let from = 0; from < weights.length; ) {
    const upright = free.right - free.left >= free.bottom - free.top
    const to = endOfStrip(weights, from, free, rest)
    const strip = weights.slice(from, to)
    const weight = sum(strip)
    const share = to === weights.length || rest === 0 ? 1 : weight / rest
    const [start, end] = upright ? [free.left, free.right] : [free.top, free.bottom]
    const edge = share === 1 ? end : start + (end - start) * share
    tiles.push(...inStrip(strip, weight, upright ? { ...free, right: edge } : { ...free, bottom: edge }, upright))
    free = upright ? { ...free, left: edge } : { ...free, top: edge }
    rest = Math.max(0, rest - weight)
    from = to
  }
  return tiles
}

/** The end of the strip that begins at `from`: as long as one more makes its worst tile squarer. */
function endOfStrip(weights: readonly number[], from: number, { left, top, right, bottom }: Edges, rest: number): number {
  const [short, long] = [Math.min(right - left, bottom - top), Math.max(right - left, bottom - top)]
  let [total, least, most, best] = [0, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY]
  for (let to = from; to < weights.length; to++) {
    const weight = weights[to] ?? 0
    total += weight
    least = Math.min(least, weight)
    most = Math.max(most, weight)
    const thickness = rest === 0 ? long : (long * total) / rest
    const ratio = (each: number) => {
      const length = total === 0 ? short : (short * each) / total
      return Math.max(thickness / length, length / thickness)
    }
    const worst = Math.max(ratio(least), ratio(most))
    if (to > from && worst > best) return to
    best = worst
  }
  return weights.length
}

/** The tiles of one strip, one after the other along it. */
function inStrip(weights: readonly number[], total: number, strip: Edges, upright: boolean): readonly Edges[] {
  const [start, end] = upright ? [strip.top, strip.bottom] : [strip.left, strip.right]
  let [before, edge] = [0, start]
  return weights.map((weight, index) => {
    before += weight
    const from = edge
    edge = index === weights.length - 1 || total === 0 ? end : start + ((end - start) * before) / total
    return upright ? { ...strip, top: from, bottom: edge } : { ...strip, left: from, right: edge }
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}
