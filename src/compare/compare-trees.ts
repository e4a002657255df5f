import { changedAspects, nameComparison } from '../overlay/node-comparison.ts'
import { NO_PATH, type PathId, ROOT_PATH } from '../overlay/path-table.ts'
import { ROOT_VERSION } from '../overlay/snapshot.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import { touchedPaths } from '../overlay/touched-paths.ts'
import type { Snapshot, TreeNode } from '../overlay/tree.ts'
import { NO_VERSION, type VersionId } from '../overlay/version-table.ts'
import { type ClassMask, maskOf, maskOfAspects } from './change-class.ts'
import { isSameVersion } from './same-version.ts'
import { TreeRows } from './tree-rows.ts'

/**
 * The differences of two trees, path by path, in small steps. One walk over both; below what the leading layers that both images
 * share made and no later layer touched nothing is looked at: `sharedLayers` of them are known to be the same, others are found by
 * their changesets. Linear in names, and memory is that of the rows.
 */
export function* compareTrees(a: Snapshot, b: Snapshot, sharedLayers = 0): Steps<TreeRows> {
  const shared = a.semantics === b.semantics ? Math.max(sharedLayers, sharedReadings(a, b)) : 0
  const touched = { a: yield* marks(a, shared), b: yield* marks(b, shared) }
  return yield* new Walk(a, b, touched).run()
}

/** How many layers both trees begin with: the same changesets, which one reading gave to both. */
function sharedReadings(a: Snapshot, b: Snapshot): number {
  const most = Math.min(a.layers, b.layers)
  let count = 0
  while (count < most && a.tree.changesets[count] === b.tree.changesets[count]) count++
  return count
}

/** By path: whether it or anything below was touched after the shared layers. */
function* marks({ tree, layers }: Snapshot, shared: number): Steps<Uint8Array> {
  const touched = new Uint8Array(tree.paths.count + 1)
  if (shared === 0) return touched.fill(1)
  let steps = 0
  for (const path of touchedPaths(tree, shared, layers)) {
    for (let each = path; each !== NO_PATH && touched[each] === 0; each = tree.paths.parent(each)) touched[each] = 1
    if (++steps % STEP === 0) yield
  }
  return touched
}

const ADDED = maskOf('added')
const REMOVED = maskOf('removed')

class Walk {
  readonly #a: Snapshot
  readonly #b: Snapshot
  readonly #touched: { readonly a: Uint8Array; readonly b: Uint8Array }
  readonly #rows: TreeRows
  readonly #haveSameNames: (a: TreeNode, b: TreeNode) => boolean
  /** Two cells a level: the next child on either side. */
  readonly #pending: PathId[] = []
  /** The directory that was taken last, on either side. */
  #left: PathId = NO_PATH
  #right: PathId = NO_PATH

  constructor(a: Snapshot, b: Snapshot, touched: { readonly a: Uint8Array; readonly b: Uint8Array }) {
    this.#a = a
    this.#b = b
    this.#touched = touched
    this.#rows = new TreeRows(a, b)
    this.#haveSameNames = nameComparison(a, b)
  }

  *run(): Steps<TreeRows> {
    // Before any layer the root is there without having been shown.
    const [mine, theirs] = [visible(this.#a, ROOT_PATH) || ROOT_VERSION, visible(this.#b, ROOT_PATH) || ROOT_VERSION]
    this.#compare(ROOT_PATH, mine, ROOT_PATH, theirs)
    yield* this.#descend(ROOT_PATH, ROOT_PATH)
    for (let steps = 1; this.#pending.length > 0; steps++) {
      if (steps % STEP === 0) yield
      this.#next()
      if (this.#left !== NO_PATH || this.#right !== NO_PATH) yield* this.#descend(this.#left, this.#right)
    }
    return this.#rows
  }

  /**
   * Takes the next name of the innermost directory and notes it for the descent where it is one; names that a snapshot does not
   * show are passed one a step.
   */
  #next(): void {
    this.#left = this.#right = NO_PATH
    const right = this.#pending.pop() ?? NO_PATH
    const left = this.#pending.pop() ?? NO_PATH
    if (left === NO_PATH && right === NO_PATH) return
    const { paths } = this.#a.tree
    const others = this.#b.tree.paths
    const mine = left === NO_PATH ? NO_VERSION : visible(this.#a, left)
    if (left !== NO_PATH && mine === NO_VERSION) {
      this.#later(paths.nextInOrder(left), right)
      return
    }
    const theirs = right === NO_PATH ? NO_VERSION : visible(this.#b, right)
    if (right !== NO_PATH && theirs === NO_VERSION) {
      this.#later(left, others.nextInOrder(right))
      return
    }
    const order = left === NO_PATH ? 1 : right === NO_PATH ? -1 : paths.compareName(left, others, right)
    this.#later(order <= 0 ? paths.nextInOrder(left) : left, order >= 0 ? others.nextInOrder(right) : right)
    if (order < 0) this.#rows.add(left, NO_PATH, REMOVED)
    else if (order > 0) this.#rows.add(NO_PATH, right, ADDED)
    else if (this.#touched.a[left] === 0 && this.#touched.b[right] === 0) return
    else this.#compare(left, mine, right, theirs)
    if (order <= 0 && this.#a.tree.type(mine) === 'directory') this.#left = left
    if (order >= 0 && this.#b.tree.type(theirs) === 'directory') this.#right = right
  }

  #later(left: PathId, right: PathId): void {
    this.#pending.push(left, right)
  }

  /** The children of both go before what is pending: parents come before children. */
  *#descend(left: PathId, right: PathId): Steps<void> {
    const [paths, others] = [this.#a.tree.paths, this.#b.tree.paths]
    if (left !== NO_PATH) yield* paths.ordering(left)
    if (right !== NO_PATH) yield* others.ordering(right)
    this.#later(left === NO_PATH ? NO_PATH : paths.firstInOrder(left), right === NO_PATH ? NO_PATH : others.firstInOrder(right))
  }

  #compare(left: PathId, mine: VersionId, right: PathId, theirs: VersionId): void {
    if (isSameVersion(this.#a, mine, this.#b, theirs)) return
    const [a, b] = [this.#a.node(left), this.#b.node(right)]
    if (a === undefined || b === undefined) return
    const mask = maskOfNodes(a, b) | (left === ROOT_PATH || this.#haveSameNames(a, b) ? 0 : LINKS)
    if (mask !== 0) this.#rows.add(left, right, mask)
  }
}

const LINKS = maskOf('links')

/** The classes in which two nodes differ, the names of their inodes left out. */
export function maskOfNodes(a: TreeNode, b: TreeNode): ClassMask {
  return maskOfAspects(changedAspects(a, b))
}

function visible({ tree, layers }: Snapshot, path: PathId): VersionId {
  return tree.versions.visible(path, layers)
}
