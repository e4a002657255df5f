import type { Changeset } from '../layer/changeset.ts'
import { FRESH, type LoneTree, MARKED } from './lone-tree.ts'
import type { MergedTree } from './merged-tree.ts'
import type { OddityCode } from './oddities.ts'
import { type PathId, ROOT_PATH } from './path-table.ts'
import { followNames, type Walkable } from './resolve.ts'
import { NO_VERSION, type VersionId } from './version-table.ts'

/** A layer while overlay runtimes would unpack it: its own tree over the layers below, which it cannot see. */
export class LayerUnpacking {
  readonly tree: MergedTree
  readonly alone: LoneTree
  readonly changeset: Changeset
  readonly layer: number
  /** The layer's own tree, for following symlinks. */
  readonly walkable: Walkable<PathId>

  constructor(tree: MergedTree, alone: LoneTree, changeset: Changeset) {
    this.tree = tree
    this.alone = alone
    this.changeset = changeset
    this.layer = tree.beginLayer(changeset)
    this.walkable = {
      root: ROOT_PATH,
      parent: path => tree.paths.parent(path) || ROOT_PATH,
      child: (path, name) => tree.paths.internName(path, name),
      target: path => tree.symlinkTarget(alone.version(path)),
      allowance: tree.following,
    }
  }

  isDirectory(path: PathId): boolean {
    const place = this.alone.place(path)
    return place === 'implied' || (place === 'entry' && this.tree.type(this.alone.version(path)) === 'directory')
  }

  /** Whether the lower layers show through this one below the path. */
  merges(path: PathId): boolean {
    return this.alone.place(path) === 'nothing' || (this.isDirectory(path) && this.alone.isMerged(path))
  }

  /** Where a directory's path leads in the layer's own tree; symlinks of lower layers are not seen. Undefined in a loop. */
  follow(path: PathId): PathId | undefined {
    if (this.isDirectory(path)) return path
    const followed = followNames(this.tree.paths.names(path), this.walkable)
    if (followed !== path && this.layer > 0) this.tree.disputed = true
    return followed
  }

  /** Puts a version into the layer's own tree; a directory over a directory keeps the children. */
  put(path: PathId, version: VersionId): void {
    this.makeDirectories(this.tree.paths.parent(path))
    const place = this.alone.place(path)
    if (place === 'whiteout') {
      this.tree.disputed = true
      this.alone.unflag(path)
    } else if (place !== 'nothing') this.#replace(path, this.tree.type(version) === 'directory')
    this.alone.write(path, version)
  }

  /** Parents without an entry. A file in the way is refused by runtimes; here it is replaced, as the specification says. */
  makeDirectories(path: PathId): void {
    const missing: PathId[] = []
    for (let each = path; !this.isDirectory(each); each = this.tree.paths.parent(each)) missing.push(each)
    for (const each of missing.reverse()) this.#imply(each)
  }

  /** The directory a marker's path implies appears, unless the layer has something else there: then the marker does nothing. */
  makeMarkedDirectory(path: PathId): boolean {
    if (this.isDirectory(path)) return true
    for (let each = path; !this.isDirectory(each); each = this.tree.paths.parent(each)) {
      if (this.alone.place(each) === 'nothing') continue
      this.dispute(path, this.alone.place(each) === 'whiteout' ? 'ENTRY_BELOW_WHITEOUT' : 'ENTRY_BELOW_FILE')
      return false
    }
    this.makeDirectories(path)
    this.alone.flag(path, MARKED)
    return true
  }

  /** An entry that is left out. */
  refuse(index: number, path: PathId, code: OddityCode): void {
    this.tree.disputed = true
    this.tree.refuse(this.layer, index, path, code)
  }

  dispute(path: PathId, code: OddityCode): void {
    this.tree.disputed = true
    this.tree.note(this.layer, path, code)
  }

  #imply(path: PathId): void {
    const place = this.alone.place(path)
    const lower = this.tree.current(path)
    if (lower !== NO_VERSION && this.tree.type(lower) === 'symlink') this.tree.disputed = true
    if (place === 'entry') this.#replace(path, true)
    this.alone.imply(path)
    if (place === 'nothing') return
    this.alone.flag(path, FRESH)
    this.dispute(path, place === 'whiteout' ? 'ENTRY_BELOW_WHITEOUT' : 'ENTRY_BELOW_FILE')
  }

  #replace(path: PathId, byDirectory: boolean): void {
    const wasDirectory = this.isDirectory(path)
    const old = this.alone.version(path)
    if (old !== NO_VERSION) this.tree.versions.hide(old, this.layer, 'repeated')
    if (wasDirectory && byDirectory) return
    if (wasDirectory !== byDirectory) this.tree.disputed = true
    if (wasDirectory) for (const version of this.alone.clearBelow(path)) this.tree.versions.hide(version, this.layer, 'repeated')
    this.alone.unflag(path)
  }
}
