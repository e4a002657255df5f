/** Numbers of things in runs, 1 first, from positions in ascending order: `1–4, 7`. Past a dozen runs they end in `…`. */
export function rangesText(positions: readonly number[]): string {
  const parts: string[] = []
  for (let from = 0; from < positions.length; ) {
    let to = from
    while (positions[to + 1] === (positions[to] ?? 0) + 1) to++
    const [first, last] = [(positions[from] ?? 0) + 1, (positions[to] ?? 0) + 1]
    parts.push(first === last ? String(first) : `${first}–${last}`)
    from = to + 1
  }
  return `${parts.slice(0, MOST_RUNS).join(', ')}${parts.length > MOST_RUNS ? ' …' : ''}`
}

const MOST_RUNS = 12
