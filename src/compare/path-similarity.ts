import { at, type Changeset } from '../layer/changeset.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import { hashInto, stir } from './entry-hash.ts'

/** Layers with more paths are sampled: this many of the larger one are looked at, which is right within two hundredths. */
const SAMPLE = 8192

/** How alike the sets of paths of two layers are: the share of all their paths that both have (Jaccard), 0 to 1. */
export function* pathSimilarity(a: Changeset, b: Changeset): Steps<number> {
  const most = Math.max(a.length, b.length)
  if (most === 0) return 0
  const limit = most <= SAMPLE ? 2 ** 32 : Math.floor((SAMPLE / most) * 2 ** 32)
  const [mine, theirs] = [yield* sample(a, limit), yield* sample(b, limit)]
  const all = mine.union(theirs).size
  return all === 0 ? 0 : mine.intersection(theirs).size / all
}

/** The hashes of paths that are below the limit: the same paths of both layers. */
function* sample({ pathBytes, pathEnds, length }: Changeset, limit: number): Steps<Set<number>> {
  const hashes = new Set<number>()
  let start = 0
  for (let index = 0; index < length; index++) {
    const end = at(pathEnds, index)
    const hash = stir(hashInto(0x811c9dc5, pathBytes, start, end))
    if (hash < limit) hashes.add(hash)
    start = end
    if (index % STEP === 0) yield
  }
  return hashes
}
