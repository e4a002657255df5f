import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type BlobLinks, bytesOfBlobs, exclusiveSizes, freedBy, reachOf } from '../../src/space/blob-reach.ts'
import { fc } from '../kit/seeded-check.ts'

/** Graphs with everything a registry has: shared layers, indexes in indexes, referrers, also of referrers, and circles of subjects. */
const graph: fc.Arbitrary<{ links: BlobLinks; roots: string[]; selected: boolean[] }> = fc
  .integer({ min: 1, max: 24 })
  .chain(count => {
    const node = fc.record({
      size: fc.integer({ min: 0, max: 1000 }),
      leadsTo: fc.array(fc.integer({ min: 0, max: count }).map(String), { maxLength: 4 }),
    })
    return fc.record({
      links: fc
        .array(node, { minLength: count, maxLength: count })
        .map(nodes => new Map(nodes.map((each, index) => [String(index), each]))),
      roots: fc.array(fc.integer({ min: 0, max: count }).map(String), { maxLength: 8 }),
      selected: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
    })
  })

/** The definition: what can be walked to, by recursion over paths without repeats. */
function naiveReach(links: BlobLinks, roots: readonly string[], seen = new Set<string>()): Set<string> {
  for (const root of roots) {
    if (seen.has(root) || !links.has(root)) continue
    seen.add(root)
    naiveReach(links, links.get(root)?.leadsTo ?? [], seen)
  }
  return seen
}
const naiveSize = (links: BlobLinks, roots: readonly string[]) =>
  [...naiveReach(links, roots)].reduce((sum, digest) => sum + (links.get(digest)?.size ?? 0), 0)

describe('what blobs lead to', () => {
  test('freed(S) = size(reach(all)) − size(reach(rest)), and at least what each of S has alone', () => {
    fc.assert(
      fc.property(graph, ({ links, roots, selected }) => {
        const chosen = roots.filter((_, index) => selected[index])
        const rest = roots.filter((_, index) => !selected[index])
        const freed = freedBy(links, chosen, rest)
        assert.equal(bytesOfBlobs(links, freed), naiveSize(links, roots) - naiveSize(links, rest))
        const kept = naiveReach(links, rest)
        for (const digest of freed) assert.ok(!kept.has(digest), 'nothing that stays is freed')
        const exclusive = exclusiveSizes(links, roots)
        const sum = exclusive.reduce((total, size, index) => total + (selected[index] ? size : 0), 0)
        assert.ok(sum <= bytesOfBlobs(links, freed))
      }),
      { numRuns: 500 },
    )
  })

  test('what a root has alone is what freeing it alone frees', () => {
    fc.assert(
      fc.property(graph, ({ links, roots }) => {
        const alone = roots.map((root, index) =>
          bytesOfBlobs(
            links,
            freedBy(
              links,
              [root],
              roots.filter((_, other) => other !== index),
            ),
          ),
        )
        assert.deepEqual(exclusiveSizes(links, roots), alone)
      }),
      { numRuns: 500 },
    )
  })

  test('reach is what can be walked to, each once', () => {
    fc.assert(
      fc.property(graph, ({ links, roots }) => {
        assert.deepEqual([...reachOf(links, roots)].sort(), [...naiveReach(links, roots)].sort())
      }),
    )
  })
})
