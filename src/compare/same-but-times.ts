import { at, type Changeset, hashBytes } from '../layer/changeset.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import { hashInto, hashNumber, stir } from './entry-hash.ts'

/**
 * Whether two layers have the same entries but for times and order: what a reproducible build would have made one layer. Told by two
 * sums of 32 bits over the entries' hashes, in memory that does not grow: a figure for a person, no proof.
 */
export function* isSameButTimes(a: Changeset, b: Changeset): Steps<boolean> {
  if (a.length !== b.length) return false
  const [mine, theirs] = [yield* sums(a), yield* sums(b)]
  return mine[0] === theirs[0] && mine[1] === theirs[1]
}

function* sums(changeset: Changeset): Steps<readonly [number, number]> {
  const { pathBytes, targetBytes } = changeset
  const xattrs = changeset.xattrSets.map(set => {
    const text = set.map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`).sort()
    return Buffer.from(text.join('\0'), 'latin1')
  })
  let [first, second] = [0, 0]
  let [path, target] = [0, 0]
  for (let index = 0; index < changeset.length; index++) {
    if (index % STEP === 0) yield
    const ends = { path: at(changeset.pathEnds, index), target: at(changeset.targetEnds, index) }
    let hash = hashInto(0x811c9dc5, pathBytes, path, ends.path)
    for (const column of [changeset.types, changeset.modes, changeset.uids, changeset.gids, changeset.sizes])
      hash = hashNumber(hash, at(column, index))
    hash = hashInto(hash, targetBytes, target, ends.target)
    for (const bytes of [hashBytes(changeset, index), xattrs[at(changeset.xattrIndexes, index)] ?? NONE])
      hash = hashInto(hash, bytes, 0, bytes.length)
    first = (first + stir(hash)) | 0
    second = (second + stir(hash ^ 0x5bd1e995)) | 0
    ;[path, target] = [ends.path, ends.target]
  }
  return [first, second]
}

const NONE = new Uint8Array(0)
