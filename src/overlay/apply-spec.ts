import type { Changeset } from '../layer/changeset.ts'
import { EntryPaths } from './entry-paths.ts'
import { haveSameAttributes, isBookkeeping, isNativeOpaque, isNativeWhiteout, targetNames, typeOf } from './layer-entries.ts'
import type { LayeredTree } from './layered-tree.ts'
import { type PathId, ROOT_PATH } from './path-table.ts'
import { followNames, type Walkable } from './resolve.ts'
import { STEP, type Steps } from './steps.ts'
import { type HidingCause, NO_VERSION, type VersionId } from './version-table.ts'

/**
 * Applies a layer as the specification's text says (image-spec layer.md, umoci): each entry to the merged tree so far,
 * parents followed through symlinks inside the root; removals hide what the layer itself did not write.
 */
export function* applyAsSpec(tree: LayeredTree, changeset: Changeset): Steps<void> {
  yield* tree.reserving(changeset)
  const layer = new SpecLayer(tree, changeset)
  for (let index = 0; index < changeset.length; index++) {
    layer.apply(index)
    if (index % STEP === 0) yield
  }
  yield* layer.end()
}

class SpecLayer {
  readonly #tree: LayeredTree
  readonly #changeset: Changeset
  readonly #layer: number
  readonly #paths: EntryPaths
  readonly #walkable: Walkable<PathId>
  /** Directories in which nothing of a lower layer is left: no later removal of this layer needs to look again. */
  readonly #cleaned = new Set<PathId>()
  readonly #whitedOut = new Set<PathId>()
  /** Directories with a marker in them: to overlay runtimes the layer has them. */
  readonly #marked = new Set<PathId>()
  /** Hard links whose targets were not there when their turn came. */
  readonly #late: number[] = []
  readonly #linked = new Set<number>()

  constructor(tree: LayeredTree, changeset: Changeset) {
    this.#tree = tree
    this.#changeset = changeset
    this.#layer = tree.beginLayer(changeset)
    this.#paths = new EntryPaths(tree.paths, changeset)
    this.#walkable = {
      root: ROOT_PATH,
      parent: path => tree.paths.parent(path) || ROOT_PATH,
      child: (path, name) => tree.paths.internName(path, name),
      target: path => tree.symlinkTarget(tree.current(path)),
    }
  }

  apply(index: number): void {
    const path = this.#paths.isTooDeep(index) ? this.#paths.whole(index) : this.#paths.at(index)
    const type = typeOf(this.#changeset, index)
    if (this.#paths.isTooDeep(index)) this.#tree.refuse(this.#layer, index, path, 'PATH_TOO_DEEP')
    else if (isBookkeeping(this.#changeset, index)) this.#tree.keepAside(this.#layer, index, path)
    else if (type === 'opaque') this.#empty(path)
    else if (path === ROOT_PATH) this.#applyToRoot(index)
    else this.#applyAt(this.#place(path, index), path, index)
  }

  /** Gives links that stood before their targets another chance, chains in either order, then ends the layer. */
  *end(): Steps<void> {
    let steps = 0
    for (const each of [this.#late.toReversed(), this.#late])
      for (const index of each) {
        this.#linkLate(index)
        if (++steps % STEP === 0) yield
      }
    for (const index of this.#late)
      if (!this.#linked.has(index)) this.#tree.refuse(this.#layer, index, this.#paths.at(index), 'HARDLINK_TARGET_MISSING')
    this.#tree.endLayer()
  }

  #applyAt(place: PathId | undefined, path: PathId, index: number): void {
    const type = typeOf(this.#changeset, index)
    if (place === undefined) {
      this.#tree.disputed = true
      this.#tree.refuse(this.#layer, index, path, 'SYMLINK_LOOP')
    } else if (type === 'whiteout') this.#whiteOut(place)
    else if (type !== 'hardlink') this.#write(place, index)
    else if (!this.#link(place, index)) this.#late.push(index)
  }

  /** Where the entry lands in the merged tree; undefined in a loop. */
  #place(path: PathId, index: number): PathId | undefined {
    const parent = this.#tree.paths.parent(path)
    const followed = this.#follow(parent)
    if (followed === parent) return path
    return followed === undefined ? undefined : this.#paths.below(followed, index)
  }

  #linkLate(index: number): void {
    const place = this.#linked.has(index) ? undefined : this.#place(this.#paths.at(index), index)
    if (place === undefined) return
    const written = this.#tree.current(place)
    if (written !== NO_VERSION && this.#tree.versions.layer(written) === this.#layer) return
    if (!this.#link(place, index)) return
    this.#linked.add(index)
    this.#tree.note(this.#layer, place, 'HARDLINK_BEFORE_TARGET')
  }

  #applyToRoot(index: number): void {
    this.#tree.disputed = true
    const isDirectory = typeOf(this.#changeset, index) === 'directory'
    if (isDirectory) this.#tree.show(this.#tree.versions.add(ROOT_PATH, this.#layer, index))
    else this.#tree.refuse(this.#layer, index, ROOT_PATH, 'ROOT_NOT_A_DIRECTORY')
  }

  #write(path: PathId, index: number): void {
    const tree = this.#tree
    this.#makeDirectories(tree.paths.parent(path))
    const version = tree.versions.add(path, this.#layer, index)
    this.#noteDisputes(path, version)
    if (isNativeWhiteout(this.#changeset, index) || isNativeOpaque(this.#changeset, index)) tree.disputed = true
    tree.show(version)
  }

  /** False if the target is not there. */
  #link(path: PathId, index: number): boolean {
    const tree = this.#tree
    const target = this.#target(index)
    if (target === NO_VERSION || tree.versions.path(target) === path) return false
    if (tree.type(target) === 'directory') {
      tree.refuse(this.#layer, index, path, 'HARDLINK_TO_DIRECTORY')
      return true
    }
    const inode = tree.versions.inode(target)
    const isOfLowerLayer = tree.versions.layer(inode) < this.#layer
    if (isOfLowerLayer || !haveSameAttributes(this.#changeset, tree.versions.entry(inode), index)) tree.disputed = true
    this.#makeDirectories(tree.paths.parent(path))
    const version = tree.versions.add(path, this.#layer, index, inode)
    this.#noteDisputes(path, version)
    tree.show(version)
    return true
  }

  #target(index: number): VersionId {
    const names = targetNames(this.#changeset, index)
    const last = names.pop() ?? ''
    const directory = followNames(names, this.#walkable)
    if (directory === undefined) return NO_VERSION
    const current = this.#tree.current(this.#tree.paths.internName(directory, last))
    return current === NO_VERSION ? this.#tree.bookkeeping([...names, last]) : current
  }

  #follow(path: PathId): PathId | undefined {
    if (this.#tree.isLivingDirectory(path)) return path
    const followed = followNames(this.#tree.paths.names(path), this.#walkable)
    if (followed !== path) this.#tree.disputed = true
    return followed
  }

  /** Whatever stands in the way of a directory is replaced by one. */
  #makeDirectories(path: PathId): void {
    const missing: PathId[] = []
    for (let each = path; !this.#tree.isLivingDirectory(each); each = this.#tree.paths.parent(each)) missing.push(each)
    for (const each of missing.reverse()) {
      const version = this.#tree.versions.addImplied(each, this.#layer)
      this.#noteDisputes(each, version)
      this.#tree.show(version)
    }
  }

  #noteDisputes(path: PathId, version: VersionId): void {
    const tree = this.#tree
    const old = tree.current(path)
    const changed = old !== NO_VERSION && tree.versions.layer(old) === this.#layer && tree.type(old) !== tree.type(version)
    if (changed || this.#whitedOut.has(path)) tree.disputed = true
  }

  #whiteOut(path: PathId): void {
    this.#whitedOut.add(path)
    this.#marked.add(this.#tree.paths.parent(path))
    if (!this.#tree.isLivingDirectory(this.#tree.paths.parent(path))) this.#tree.disputed = true
    if (this.#tree.current(path) === NO_VERSION) return
    if (this.#tree.isLivingDirectory(path)) this.#clean(path, 'removed')
    this.#settle(path, 'removed')
    if (this.#tree.current(path) !== NO_VERSION) this.#tree.disputed = true
  }

  #empty(path: PathId): void {
    const directory = this.#follow(path)
    if (directory === undefined || directory === ROOT_PATH) this.#tree.disputed = true
    else this.#marked.add(directory)
    if (directory === undefined) this.#tree.note(this.#layer, path, 'SYMLINK_LOOP')
    else if (this.#tree.isLivingDirectory(directory)) this.#clean(directory, 'opaque')
    else this.#tree.disputed = true
  }

  /** Hides what lower layers wrote below a directory. */
  #clean(path: PathId, cause: HidingCause): void {
    const directories = this.#cleaned.has(path) ? [] : [path]
    for (const directory of directories)
      for (const child of this.#tree.living(directory))
        if (this.#tree.isLivingDirectory(child) && !this.#cleaned.has(child)) directories.push(child)
    for (const directory of directories.reverse()) {
      for (const child of this.#tree.living(directory)) this.#settle(child, cause)
      this.#cleaned.add(directory)
    }
  }

  /** Hides a lower layer's version; a directory that this layer put something into stays as one without an entry. */
  #settle(path: PathId, cause: HidingCause): void {
    const tree = this.#tree
    if (tree.versions.layer(tree.current(path)) === this.#layer) return
    if (this.#marked.has(path)) tree.disputed = true
    if (tree.hasLivingChildren(path)) tree.show(tree.versions.addImplied(path, this.#layer))
    else tree.remove(path, this.#layer, cause)
  }
}
