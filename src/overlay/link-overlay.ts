import type { ByteText } from '../blob/byte-text.ts'
import { haveSameAttributes, targetNames, xattrsOf } from './layer-entries.ts'
import type { LayerUnpacking } from './layer-unpacking.ts'
import { type PathId, ROOT_PATH } from './path-table.ts'
import { followNames } from './resolve.ts'
import { NO_VERSION, type VersionId } from './version-table.ts'

/**
 * A hard link of a layer unpacked alone. False if its target is not there yet. A target in a lower layer makes runtimes
 * refuse the layer: linked as the specification says.
 */
export function linkOverlay(on: LayerUnpacking, path: PathId, index: number): boolean {
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
