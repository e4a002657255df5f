import type { Changeset } from '../layer/changeset.ts'
import { haveSameAttributes, isNativeOpaque, isNativeWhiteout, targetNames, typeOf } from './layer-entries.ts'
import { LayerWalk, type Rest } from './layer-walk.ts'
import type { MergedTree } from './merged-tree.ts'
import type { OddityCode } from './oddities.ts'
import { type PathId, ROOT_PATH } from './path-table.ts'
import { followNames, type Walkable } from './resolve.ts'
import { STEP, type Steps } from './steps.ts'
import { type HidingCause, NO_ENTRY, NO_VERSION, type VersionId } from './version-table.ts'

/**
 * Applies a layer as the specification's text says (image-spec layer.md, umoci): each entry to the merged tree so far,
 * parents followed through symlinks inside the root; removals hide what the layer itself did not write.
 */
export function* applyAsSpec(tree: MergedTree, changeset: Changeset): Steps<void> {
  yield* new MergedLayer(tree, changeset).applying()
  tree.endLayer()
}

class MergedLayer extends LayerWalk {
  readonly #walkable: Walkable<PathId>
  /** Directories in which nothing of a lower layer is left: no later removal of this layer needs to look again. */
  readonly #cleaned = new Set<PathId>()
  readonly #whitedOut = new Set<PathId>()
  /** Directories with a marker in them: to overlay runtimes the layer has them. */
  readonly #marked = new Set<PathId>()

  constructor(tree: MergedTree, changeset: Changeset) {
    super(tree, changeset, tree.beginLayer(changeset))
    this.#walkable = {
      root: ROOT_PATH,
      parent: path => tree.paths.parent(path) || ROOT_PATH,
      child: (path, name) => tree.paths.internName(path, name),
      target: path => tree.symlinkTarget(tree.current(path)),
      allowance: tree.following,
    }
  }

  protected has(path: PathId): boolean {
    const written = this.tree.current(path)
    return written !== NO_VERSION && this.tree.versions.layer(written) === this.layer
  }

  protected linkedLate(path: PathId): void {
    this.tree.note(this.layer, path, 'HARDLINK_BEFORE_TARGET')
  }

  protected refuse(index: number, path: PathId, code: OddityCode): void {
    if (code === 'SYMLINK_LOOP') this.tree.disputed = true
    this.tree.refuse(this.layer, index, path, code)
  }

  protected applyToRoot(index: number): void {
    this.tree.disputed = true
    const isDirectory = typeOf(this.changeset, index) === 'directory'
    if (isDirectory) this.tree.show(this.tree.versions.add(ROOT_PATH, this.layer, index))
    else this.tree.refuse(this.layer, index, ROOT_PATH, 'ROOT_NOT_A_DIRECTORY')
  }

  protected write(path: PathId, index: number): Rest {
    const tree = this.tree
    this.#makeDirectories(tree.paths.parent(path))
    const version = tree.versions.add(path, this.layer, index)
    this.#noteDisputes(path, version)
    if (isNativeWhiteout(this.changeset, index) || isNativeOpaque(this.changeset, index)) tree.disputed = true
    if (tree.hasLivingChildren(path) && tree.type(version) !== 'directory') return this.#replacing(path, version)
    tree.show(version)
    return undefined
  }

  /** Something else takes the place of a directory and all that is in it. */
  *#replacing(path: PathId, version: VersionId): Steps<void> {
    yield* this.tree.clearing(path, this.layer, 'type-changed')
    this.tree.show(version)
  }

  protected link(path: PathId, index: number): boolean {
    const tree = this.tree
    const target = this.#target(index)
    if (target === NO_VERSION || tree.versions.path(target) === path) return false
    if (tree.type(target) === 'directory') {
      tree.refuse(this.layer, index, path, 'HARDLINK_TO_DIRECTORY')
      return true
    }
    const inode = tree.versions.inode(target)
    const isOfLowerLayer = tree.versions.layer(inode) < this.layer
    if (isOfLowerLayer || !haveSameAttributes(this.changeset, tree.versions.entry(inode), index)) tree.disputed = true
    this.#makeDirectories(tree.paths.parent(path))
    const version = tree.versions.add(path, this.layer, index, inode)
    this.#noteDisputes(path, version)
    tree.show(version)
    return true
  }

  #target(index: number): VersionId {
    const names = targetNames(this.changeset, index)
    const last = names.pop() ?? ''
    const directory = followNames(names, this.#walkable)
    if (directory === undefined) return NO_VERSION
    const current = this.tree.current(this.tree.paths.internName(directory, last))
    return current === NO_VERSION ? this.tree.bookkeeping([...names, last]) : current
  }

  protected follow(path: PathId): PathId | undefined {
    if (this.tree.isLivingDirectory(path)) return path
    const followed = followNames(this.tree.paths.names(path), this.#walkable)
    if (followed !== path) this.tree.disputed = true
    return followed
  }

  /** Anything in the way of a directory is replaced by one. */
  #makeDirectories(path: PathId): void {
    const missing: PathId[] = []
    for (let each = path; !this.tree.isLivingDirectory(each); each = this.tree.paths.parent(each)) missing.push(each)
    for (const each of missing.reverse()) {
      const version = this.tree.versions.add(each, this.layer, NO_ENTRY)
      this.#noteDisputes(each, version)
      this.tree.show(version)
    }
  }

  #noteDisputes(path: PathId, version: VersionId): void {
    const tree = this.tree
    const old = tree.current(path)
    const changed = old !== NO_VERSION && tree.versions.layer(old) === this.layer && tree.type(old) !== tree.type(version)
    // Runtimes give an unlisted parent the attributes of the lower directory, though the same layer hides it.
    if (changed || this.#whitedOut.has(path) || this.#cleaned.size > 0) tree.disputed = true
  }

  protected whiteOut(path: PathId): Rest {
    this.#whitedOut.add(path)
    this.#marked.add(this.tree.paths.parent(path))
    if (!this.tree.isLivingDirectory(this.tree.paths.parent(path))) this.tree.disputed = true
    if (this.tree.hasLivingChildren(path)) return this.#removing(path)
    this.#hide(path)
    return undefined
  }

  *#removing(path: PathId): Steps<void> {
    yield* this.#cleaning(path, 'removed')
    this.#hide(path)
  }

  #hide(path: PathId): void {
    if (this.tree.current(path) === NO_VERSION) return
    this.#settle(path, 'removed')
    if (this.tree.current(path) !== NO_VERSION) this.tree.disputed = true
  }

  protected makeOpaque(path: PathId): Rest {
    const directory = this.follow(path)
    if (directory === undefined || directory === ROOT_PATH) this.tree.disputed = true
    else this.#marked.add(directory)
    if (directory === undefined) this.tree.note(this.layer, path, 'SYMLINK_LOOP')
    else if (this.tree.isLivingDirectory(directory)) return this.#cleaning(directory, 'opaque')
    else this.tree.disputed = true
    return undefined
  }

  /** Hides what lower layers wrote below a directory. */
  *#cleaning(path: PathId, cause: HidingCause): Steps<void> {
    let steps = 0
    const directories = this.#cleaned.has(path) ? [] : [path]
    for (const directory of directories)
      for (const child of this.tree.living(directory)) {
        if (this.tree.isLivingDirectory(child) && !this.#cleaned.has(child)) directories.push(child)
        if (++steps % STEP === 0) yield
      }
    for (const directory of directories.reverse()) {
      for (const child of this.tree.living(directory)) {
        this.#settle(child, cause)
        if (++steps % STEP === 0) yield
      }
      this.#cleaned.add(directory)
    }
  }

  /** Hides a lower layer's version; a directory that this layer put something into stays as one without an entry. */
  #settle(path: PathId, cause: HidingCause): void {
    const tree = this.tree
    if (tree.versions.layer(tree.current(path)) === this.layer) return
    const keepsChildren = tree.hasLivingChildren(path)
    if (keepsChildren || this.#marked.has(path)) tree.disputed = true
    if (keepsChildren) tree.show(tree.versions.add(path, this.layer, NO_ENTRY))
    else tree.remove(path, this.layer, cause)
  }
}
