import type { Diagnostic } from '../error.ts'
import type { Changeset } from '../layer/changeset.ts'
import type { FilePath } from '../layer/file-path.ts'
import type { MergedTree } from './merged-tree.ts'
import { provenanceOf } from './provenance.ts'
import { TreeSnapshot } from './snapshot.ts'
import type { PathEvent, Semantics, Snapshot, Stack } from './tree.ts'

/** The layers of a tree so far; layers added to the tree later do not show. */
export class TreeStack implements Stack {
  readonly semantics: Semantics
  readonly tree: MergedTree
  readonly changesets: readonly Changeset[]
  readonly diagnostics: readonly Diagnostic[]
  readonly disputed: boolean
  readonly #snapshots = new Map<number, TreeSnapshot>()

  constructor(tree: MergedTree, semantics: Semantics) {
    this.tree = tree
    this.semantics = semantics
    this.changesets = [...tree.changesets]
    this.diagnostics = [...tree.diagnostics]
    this.disputed = tree.disputed
  }

  snapshot(layers: number): Snapshot {
    if (!Number.isInteger(layers) || layers < 0 || layers > this.changesets.length)
      throw new RangeError(`a stack of ${this.changesets.length} layers has no snapshot after ${layers}`)
    const known = this.#snapshots.get(layers)
    if (known !== undefined) return known
    const snapshot = new TreeSnapshot(this.tree, layers, this.semantics)
    this.#snapshots.set(layers, snapshot)
    return snapshot
  }

  provenance(path: FilePath): readonly PathEvent[] {
    return provenanceOf(this.tree, path, this.changesets.length)
  }
}
