import type { Diagnostic } from '../error.ts'
import type { Changeset } from '../layer/changeset.ts'
import type { FilePath } from '../layer/file-path.ts'
import { applyAsOverlay } from './apply-overlay.ts'
import { applyAsSpec } from './apply-spec.ts'
import { LoneTree } from './lone-tree.ts'
import { MergedTree } from './merged-tree.ts'
import { provenanceOf } from './provenance.ts'
import { TreeSnapshot } from './snapshot.ts'
import { finish, type Steps } from './steps.ts'
import type { PathEvent, Semantics, Snapshot, Stack } from './tree.ts'

/** All snapshots of the layers, base first. Time and memory are linear in entries; changesets are kept, never copied. */
export function buildStack(changesets: readonly Changeset[], semantics: Semantics): Stack {
  return finish(buildingStack(changesets, semantics))
}

/** The same in small steps. */
export function* buildingStack(changesets: readonly Changeset[], semantics: Semantics): Steps<Stack> {
  const builder = new StackBuilder(semantics)
  yield* builder.reserving(changesets)
  for (const changeset of changesets) yield* builder.appending(changeset)
  return builder.stack()
}

/** Builds a stack layer by layer, as layers are read; stacks handed out earlier stay as they are. */
export class StackBuilder {
  readonly #semantics: Semantics
  readonly #tree: MergedTree
  readonly #alone: LoneTree

  constructor(semantics: Semantics) {
    this.#semantics = semantics
    this.#tree = new MergedTree()
    this.#alone = new LoneTree(this.#tree.paths)
  }

  /** Makes room for layers that will be appended: once for all of them is quicker than for each. */
  reserving(changesets: readonly Changeset[]): Steps<void> {
    let entries = 0
    for (const { length } of changesets) entries += length
    return this.#tree.paths.reserving(entries)
  }

  append(changeset: Changeset): void {
    finish(this.appending(changeset))
  }

  /** The same in small steps; nothing else may be appended before the last one, and no stack made. */
  appending(changeset: Changeset): Steps<void> {
    if (this.#semantics === 'spec') return applyAsSpec(this.#tree, changeset)
    return applyAsOverlay(this.#tree, this.#alone, changeset)
  }

  stack(): Stack {
    return new TreeStack(this.#tree, this.#semantics)
  }
}

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
