/**
 * Blobs by digest: the bytes of each, and the digests it leads to. An index leads to its manifests, a manifest to its config and
 * layers, and a subject to the manifests that refer to it: a signature lives as long as what it signs.
 */
export type BlobLinks = ReadonlyMap<string, { readonly size: number; readonly leadsTo: readonly string[] }>

/** Every digest that `roots` lead to, roots included, without those in `besides`. Circles end, for each is entered once. */
export function reachOf(links: BlobLinks, roots: Iterable<string>, besides: ReadonlySet<string> = new Set()): Set<string> {
  const reached = new Set<string>()
  const waiting = [...roots]
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    const blob = links.get(digest)
    if (blob === undefined || reached.has(digest) || besides.has(digest)) continue
    reached.add(digest)
    for (const next of blob.leadsTo) waiting.push(next)
  }
  return reached
}

/** Bytes of the blobs, each once. */
export function bytesOfBlobs(links: BlobLinks, digests: Iterable<string>): number {
  let bytes = 0
  for (const digest of digests) bytes += links.get(digest)?.size ?? 0
  return bytes
}

/**
 * The blobs that go when `selected` roots go and `kept` ones stay: the blobs that only the selected lead to.
 * size(reach(all)) − size(reach(kept)), without reading any blob twice.
 */
export function freedBy(links: BlobLinks, selected: Iterable<string>, kept: Iterable<string>): Set<string> {
  return reachOf(links, selected, reachOf(links, kept))
}

/**
 * For each root the bytes that no other root leads to, in one pass over the graph: a blob changes its owner at most twice, from
 * none to one root and from that to several, and what several lead to need not be followed again.
 */
export function exclusiveSizes(links: BlobLinks, roots: readonly string[]): number[] {
  const owners = new Map<string, number>()
  for (const [position, root] of roots.entries()) {
    const waiting = [root]
    for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
      const blob = links.get(digest)
      const owner = owners.get(digest)
      if (blob === undefined || owner === position || owner === SEVERAL) continue
      owners.set(digest, owner === undefined ? position : SEVERAL)
      for (const next of blob.leadsTo) waiting.push(next)
    }
  }
  const sizes = roots.map(() => 0)
  for (const [digest, owner] of owners) if (owner !== SEVERAL) sizes[owner] = (sizes[owner] ?? 0) + (links.get(digest)?.size ?? 0)
  return sizes
}

/** For each two roots the bytes that both lead to; on the diagonal all bytes of one. */
export function sharedBytes(links: BlobLinks, roots: readonly string[]): readonly (readonly number[])[] {
  const reached = roots.map(root => reachOf(links, [root]))
  return reached.map(mine => reached.map(other => bytesOfBlobs(links, mine.intersection(other))))
}

const SEVERAL = -1
