/** The `limit` largest items, largest first, the earlier first among equals; a selection in linear time and little memory. */
export function largestOf(items: Iterable<number>, sizeOf: (item: number) => number, limit: number): number[] {
  const bySize = (some: readonly number[]) => some.toSorted((a, b) => sizeOf(b) - sizeOf(a) || a - b).slice(0, limit)
  let largest: number[] = []
  for (const item of items) {
    largest.push(item)
    if (largest.length > limit * 2 + 1000) largest = bySize(largest)
  }
  return bySize(largest)
}
