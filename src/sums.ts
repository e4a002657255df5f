/** Adds to the sum that a map has by a key: 0 before its first. */
export function addTo<Key>(sums: Map<Key, number>, key: Key, amount = 1): void {
  sums.set(key, (sums.get(key) ?? 0) + amount)
}
