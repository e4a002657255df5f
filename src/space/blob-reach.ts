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
