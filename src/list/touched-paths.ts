import { SmallColumn } from '../overlay/column.ts'
import { NO_PATH, type PathId, ROOT_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Snapshot, Stack, TreeNode } from '../overlay/tree.ts'
import { NO_VERSION, type VersionId } from '../overlay/version-table.ts'

/** Names that layers removed and that a snapshot does not have, each as in the last snapshot that had it. */
export class Ghosts {
  count = 0
  readonly #stack: Stack
  /** By path: after how many layers it was there last, plus 1; 0 for what is no ghost. */
  readonly #before = new SmallColumn()

  constructor(stack: Stack) {
    this.#stack = stack
  }

  add(path: PathId, layers: number): void {
    if (this.#before.get(path) === 0) this.count++
    this.#before.set(path, layers + 1)
  }

  version(path: PathId): VersionId {
    const before = this.#before.get(path)
    return before === 0 ? NO_VERSION : this.#stack.tree.versions.visible(path, before - 1)
  }

  node(path: PathId): TreeNode | undefined {
    const before = this.#before.get(path)
    return before === 0 ? undefined : this.#stack.snapshot(before - 1).node(path)
  }
}

/** The names that the layers `from` … `to` removed and `upper` does not have. */
export function* removedNames(stack: Stack, upper: Snapshot, from: number, to: number): Steps<Ghosts> {
  const { versions } = stack.tree
  const ghosts = new Ghosts(stack)
  let steps = 0
  for (let layer = Math.max(0, from); layer <= to; layer++)
    for (const version of stack.tree.hidings(layer, layer + 1)) {
      const path = versions.path(version)
      const isGone = path !== ROOT_PATH && versions.visible(path, upper.layers) === NO_VERSION
      if (isGone && versions.visible(path, layer) !== NO_VERSION) ghosts.add(path, layer)
      if (++steps % STEP === 0) yield
    }
  return ghosts
}

/** The paths that a layer wrote or hid and the directories above them: 1 for each. */
export function* touchedBy({ tree }: Stack, layer: number): Steps<{ get(path: PathId): number }> {
  const touched = new SmallColumn()
  const touch = (version: VersionId) => {
    for (let path = tree.versions.path(version); path !== NO_PATH && touched.get(path) === 0; path = tree.paths.parent(path))
      touched.set(path, 1)
  }
  const end = tree.versionEnds[layer + 1] ?? 0
  for (let version = (tree.versionEnds[layer] ?? 0) + 1; version <= end; version++) {
    touch(version)
    if (version % STEP === 0) yield
  }
  let steps = 0
  for (const version of tree.hidings(layer, layer + 1)) {
    touch(version)
    if (++steps % STEP === 0) yield
  }
  return touched
}
