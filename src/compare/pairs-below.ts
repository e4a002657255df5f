import { NO_PATH, type PathId } from '../overlay/path-table.ts'
import { finish, STEP } from '../overlay/steps.ts'
import type { Snapshot } from '../overlay/tree.ts'
import { NO_VERSION } from '../overlay/version-table.ts'

/** One name below two directories: where it is in either tree, `NO_PATH` where it is not. */
export type PathPair = { readonly left: PathId; readonly right: PathId }

/** Everything below a directory of A beside everything below one of B, by the names below; undefined now and then, for a pause. */
export function* pairsBelow(a: Snapshot, b: Snapshot, { left, right }: PathPair): Generator<PathPair | undefined> {
  const pending: PathId[] = []
  const descend = (one: PathId, other: PathId) => pending.push(firstChild(a, one), firstChild(b, other))
  descend(left, right)
  for (let steps = 1; pending.length > 0; steps++) {
    if (steps % STEP === 0) yield undefined
    const theirs = shown(b, pending.pop() ?? NO_PATH)
    const mine = shown(a, pending.pop() ?? NO_PATH)
    if (mine === NO_PATH && theirs === NO_PATH) continue
    const order = mine === NO_PATH ? 1 : theirs === NO_PATH ? -1 : a.tree.paths.compareName(mine, b.tree.paths, theirs)
    const pair = { left: order <= 0 ? mine : NO_PATH, right: order >= 0 ? theirs : NO_PATH }
    pending.push(order <= 0 ? a.tree.paths.nextInOrder(mine) : mine, order >= 0 ? b.tree.paths.nextInOrder(theirs) : theirs)
    yield pair
    descend(pair.left, pair.right)
  }
}

/** The first of the path and its later siblings that the snapshot shows. */
function shown({ tree, layers }: Snapshot, path: PathId): PathId {
  let each = path
  while (each !== NO_PATH && tree.versions.visible(each, layers) === NO_VERSION) each = tree.paths.nextInOrder(each)
  return each
}

/** Directories that a comparison of trees has walked are in order already. */
function firstChild({ tree, layers }: Snapshot, path: PathId): PathId {
  const version = path === NO_PATH ? NO_VERSION : tree.versions.visible(path, layers)
  if (version === NO_VERSION || tree.type(version) !== 'directory') return NO_PATH
  finish(tree.paths.ordering(path))
  return tree.paths.firstInOrder(path)
}
