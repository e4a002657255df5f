/** Milliseconds in which the pulls of one client count as one deployment. */
const TOGETHER = 5 * 60_000
/** Times that two images were pulled together before one brings the other. */
const OFTEN = 2
/** Bounds of what is remembered: clients, images of one client, and pairs. */
const MOST = { clients: 1000, images: 32, pairs: 20_000 } as const

/** Which images clients pull together, so that one of them announces the others. Kept in memory, within bounds, for one run. */
export class PullHistory {
  /** Images of each client with the time of their last request, in milliseconds. */
  readonly #recent = new Map<string, Map<string, number>>()
  readonly #pairs = new Map<string, number>()
  readonly #partners = new Map<string, Set<string>>()

  /** Notes a pull at `now`, in milliseconds; gives the images that were pulled together with this one often enough. */
  note(client: string, image: string, now: number): readonly string[] {
    const before = this.#recent.get(client) ?? new Map<string, number>()
    const recent = new Map([...before].filter(([, time]) => now - time <= TOGETHER))
    const isNew = !recent.has(image)
    if (isNew) for (const other of recent.keys()) this.#count(image, other)
    recent.delete(image)
    recent.set(image, now)
    this.#recent.delete(client)
    this.#recent.set(client, trimmed(recent, MOST.images))
    trimmed(this.#recent, MOST.clients)
    return isNew ? [...(this.#partners.get(image) ?? [])] : []
  }

  #count(one: string, other: string): void {
    const key = one < other ? `${one} ${other}` : `${other} ${one}`
    const times = (this.#pairs.get(key) ?? 0) + 1
    this.#pairs.delete(key)
    this.#pairs.set(key, times)
    if (this.#pairs.size > MOST.pairs) {
      const [oldest = ''] = this.#pairs.keys()
      const [a = '', b = ''] = oldest.split(' ')
      this.#pairs.delete(oldest)
      this.#partners.get(a)?.delete(b)
      this.#partners.get(b)?.delete(a)
    }
    if (times < OFTEN) return
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const)
      this.#partners.set(from, (this.#partners.get(from) ?? new Set()).add(to))
  }
}

/** The same map without its oldest entries. */
function trimmed<Key, Value>(map: Map<Key, Value>, most: number): Map<Key, Value> {
  for (const key of map.keys()) {
    if (map.size <= most) break
    map.delete(key)
  }
  return map
}
