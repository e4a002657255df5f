import type { ByteText } from '../blob/byte-text.ts'
import type { Changeset } from '../layer/changeset.ts'
import { haveSameAttributes, isNativeOpaque, isNativeWhiteout, targetNames, typeOf, xattrsOf } from './layer-entries.ts'
import { LayerUnpacking } from './layer-unpacking.ts'
import { LayerWalk } from './layer-walk.ts'
import { FRESH, type LoneTree, MARKED, OPAQUE } from './lone-tree.ts'
import type { MergedTree } from './merged-tree.ts'
import type { OddityCode } from './oddities.ts'
import { NO_PATH, type PathId, ROOT_PATH } from './path-table.ts'
import { followNames } from './resolve.ts'
import { STEP, type Steps } from './steps.ts'
import { NO_ENTRY, NO_VERSION, type VersionId } from './version-table.ts'

/**
 * Applies a layer as overlay runtimes do (containerd's choices): the layer is unpacked alone, then stacked. Entries that
 * they refuse are applied as the specification says, with a diagnostic.
 */
export function* applyAsOverlay(tree: MergedTree, alone: LoneTree, changeset: Changeset): Steps<void> {
  const on = new LayerUnpacking(tree, alone, changeset)
  yield* unpackAlone(on)
  yield* mergeLayer(on)
  tree.endLayer()
}

/** Makes the layer's own tree of its entries; nothing below changes yet. */
export function unpackAlone(on: LayerUnpacking): Steps<void> {
  return new UnpackedLayer(on).applying()
}

class UnpackedLayer extends LayerWalk {
  readonly #on: LayerUnpacking

  constructor(on: LayerUnpacking) {
    super(on.tree, on.changeset, on.layer)
    this.#on = on
  }

  /** In the layer's own tree. */
  protected follow(directory: PathId): PathId | undefined {
    return this.#on.follow(directory)
  }

  protected override throughLink(directory: PathId, path: PathId): void {
    if (!this.#on.isDirectory(directory)) this.tree.note(this.layer, path, 'ENTRY_BELOW_DANGLING_LINK')
  }

  protected applyToRoot(index: number): void {
    this.tree.disputed = true
    if (typeOf(this.changeset, index) !== 'directory') this.refuse(index, ROOT_PATH, 'ROOT_NOT_A_DIRECTORY')
  }

  protected write(path: PathId, index: number): undefined {
    const { alone } = this.#on
    this.#on.put(path, this.tree.versions.add(path, this.layer, index))
    if (isNativeWhiteout(this.changeset, index)) {
      alone.whiteOut(path)
      this.#on.dispute(path, 'OVERLAY_NATIVE_WHITEOUT')
    } else if (isNativeOpaque(this.changeset, index)) {
      alone.flag(path, OPAQUE)
      this.#on.dispute(path, 'OVERLAY_NATIVE_OPAQUE')
    }
  }

  protected link(path: PathId, index: number): boolean {
    return linkOverlay(this.#on, path, index)
  }

  protected has(path: PathId): boolean {
    return this.#on.isDirectory(path) || this.#on.alone.place(path) === 'entry'
  }

  protected linkedLate(path: PathId): void {
    this.#on.dispute(path, 'HARDLINK_BEFORE_TARGET')
  }

  protected refuse(index: number, path: PathId, code: OddityCode): void {
    this.#on.refuse(index, path, code)
  }

  protected whiteOut(path: PathId): undefined {
    const { alone } = this.#on
    if (!this.#on.makeMarkedDirectory(this.tree.paths.parent(path))) return
    const place = alone.place(path)
    if (place === 'nothing') alone.whiteOut(path)
    if (place === 'nothing' || place === 'whiteout') return
    if (this.#on.isDirectory(path)) alone.flag(path, FRESH)
    this.#on.dispute(path, 'WHITEOUT_OF_OWN_ENTRY')
  }

  protected makeOpaque(path: PathId): undefined {
    const directory = this.#on.follow(path)
    if (directory === undefined) this.#on.dispute(path, 'SYMLINK_LOOP')
    else if (directory === ROOT_PATH) this.#on.dispute(ROOT_PATH, 'ROOT_OPAQUE_IGNORED')
    else if (this.#on.makeMarkedDirectory(directory)) this.#on.alone.flag(directory, OPAQUE)
  }
}

/**
 * Merges a layer that was unpacked alone into the tree of the layers below it, and clears it.
 *
 * Why two steps: overlay runtimes unpack every layer into a directory of its own and let the kernel lay these over each other,
 * so a whiteout speaks of the layers below and of nothing in its own layer, wherever it stands in the tar. Applied entry
 * by entry to the merged tree, a whiteout that comes after an entry of its name would remove what its own layer has just
 * written, and one that comes before would be undone by it: the order of a tar would decide what a mount shows. So the
 * layer's entries are settled among themselves first (`apply-overlay`), and only what is left then meets what lies below:
 * a whiteout removes, a directory over a directory merges unless it is opaque, everything else replaces. A directory that no
 * entry describes keeps the attributes of the one below, also in an opaque one (containerd's mkparent copies them).
 */
function* mergeLayer(on: LayerUnpacking): Steps<void> {
  const { tree, alone } = on
  const pending: PathId[] = []
  let steps = 0
  for (let path: PathId | undefined = ROOT_PATH; path !== undefined; path = pending.pop()) {
    if (++steps % STEP === 0) yield
    if (path !== ROOT_PATH) {
      const hiding = tree.hasLivingChildren(path) ? hidingBelow(on, path) : undefined
      if (hiding !== undefined) yield* hiding
      stackPath(on, path)
    }
    for (let child = alone.firstChild(path); child !== NO_PATH; child = alone.nextChild(child)) {
      pending.push(child)
      if (++steps % STEP === 0) yield
    }
  }
  on.alone.clear()
}

/** Hides what does not show through the layer below a path of lower layers; undefined where everything does. */
function hidingBelow(on: LayerUnpacking, path: PathId): Steps<void> | undefined {
  const { tree, alone, layer } = on
  if (alone.has(path, FRESH)) return tree.clearing(path, layer, 'removed')
  if (alone.has(path, OPAQUE)) return emptying(on, path)
  const place = alone.place(path)
  if (place === 'whiteout') return tree.clearing(path, layer, 'removed')
  const isReplaced = place === 'entry' && tree.type(alone.version(path)) !== 'directory'
  return isReplaced ? tree.clearing(path, layer, 'type-changed') : undefined
}

/** Hides what lower layers have in an opaque directory. Directories the layer has too are opaque in turn. */
function* emptying(on: LayerUnpacking, path: PathId): Steps<void> {
  const { tree, alone, layer } = on
  let steps = 0
  for (const child of tree.living(path)) {
    const isKept = tree.isLivingDirectory(child) && on.isDirectory(child) && !alone.has(child, FRESH)
    if (isKept) alone.flag(child, OPAQUE)
    else {
      if (tree.hasLivingChildren(child)) yield* tree.clearing(child, layer, 'opaque')
      tree.remove(child, layer, 'opaque')
    }
    if (isKept && alone.place(child) === 'implied') tree.disputed = true
    if (++steps % STEP === 0) yield
  }
}

function stackPath({ tree, alone, layer }: LayerUnpacking, path: PathId): void {
  const place = alone.place(path)
  if (alone.has(path, MARKED) && !tree.isLivingDirectory(path)) tree.disputed = true
  if (place === 'whiteout') tree.remove(path, layer, 'removed')
  else if (place === 'entry') tree.show(alone.version(path))
  else if (alone.has(path, FRESH) || !tree.isLivingDirectory(path)) tree.show(tree.versions.add(path, layer, NO_ENTRY))
}

/**
 * A hard link of a layer unpacked alone. False if its target is not there yet. A target in a lower layer makes runtimes
 * refuse the layer: linked as the specification says.
 */
function linkOverlay(on: LayerUnpacking, path: PathId, index: number): boolean {
  const { tree, layer } = on
  const own = ownTarget(on, index)
  const target = own === NO_VERSION ? mergedTarget(on, index) : own
  if (target === NO_VERSION || (target !== DIRECTORY && tree.versions.path(target) === path)) return false
  if (target === DIRECTORY || tree.type(target) === 'directory') {
    on.refuse(index, path, 'HARDLINK_TO_DIRECTORY')
    return true
  }
  if (own === NO_VERSION) on.dispute(path, 'HARDLINK_TO_LOWER_LAYER')
  const inode = tree.versions.inode(target)
  if (tree.versions.layer(inode) === layer) changeInode(on, inode, index)
  on.put(path, tree.versions.add(path, layer, index, inode))
  return true
}

/** A directory that no entry describes has no version, and cannot be linked to either. */
const DIRECTORY = -1

/** A directory is none: runtimes refuse it, and the merged tree may have something else there. */
function ownTarget(on: LayerUnpacking, index: number): VersionId {
  const names = targetNames(on.changeset, index)
  const last = names.pop() ?? ''
  const directory = followNames(names, on.walkable)
  if (directory === undefined) return NO_VERSION
  const path = on.tree.paths.internName(directory, last)
  if (on.isDirectory(path)) return NO_VERSION
  const version = on.alone.version(path)
  return version === NO_VERSION ? on.tree.bookkeeping([...names, last]) : version
}

/** A place in the layers below with this layer's own tree over it. */
type MergedPlace = { readonly path: PathId; readonly isShadowed: boolean; readonly parent: MergedPlace | undefined }

/** The target as the specification sees it at this moment: in the merged tree. */
function mergedTarget(on: LayerUnpacking, index: number): VersionId | typeof DIRECTORY {
  const names = targetNames(on.changeset, index)
  const last = names.pop() ?? ''
  const root: MergedPlace = { path: ROOT_PATH, isShadowed: false, parent: undefined }
  const child = (parent: MergedPlace, name: string): MergedPlace => ({
    path: on.tree.paths.internName(parent.path, name),
    isShadowed: parent.isShadowed || !on.merges(parent.path),
    parent,
  })
  const version = ({ path, isShadowed }: MergedPlace): VersionId => {
    const own = on.alone.version(path)
    if (own !== NO_VERSION) return own
    return isShadowed || on.alone.place(path) !== 'nothing' ? NO_VERSION : on.tree.current(path)
  }
  const directory = followNames<MergedPlace>(names, {
    root,
    child,
    parent: place => place.parent ?? root,
    target: place => on.tree.symlinkTarget(version(place)),
    allowance: on.tree.following,
  })
  if (directory === undefined) return NO_VERSION
  const place = child(directory, last)
  return on.isDirectory(place.path) ? DIRECTORY : version(place)
}

/** Runtimes give a link's mode, owner, time and xattrs to the inode; xattrs the link does not name stay. */
function changeInode(on: LayerUnpacking, inode: VersionId, index: number): void {
  const { tree, changeset } = on
  const before = tree.inodeChanges.get(inode)
  if (before === undefined && haveSameAttributes(changeset, tree.versions.entry(inode), index)) return
  tree.disputed = true
  // Changed in place: each of a million links may add an attribute to those of the others.
  const xattrs = before?.xattrs ?? new Map<ByteText, Uint8Array>(xattrsOf(changeset, tree.versions.entry(inode)))
  for (const [name, value] of xattrsOf(changeset, index)) xattrs.set(name, value)
  tree.inodeChanges.set(inode, { entry: index, xattrs })
}
