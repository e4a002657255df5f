import type { ByteText } from '../blob/byte-text.ts'
import { at, entryDevice, entryHash, entryTarget } from '../layer/changeset.ts'
import type { NodeType, Timestamp, Xattr } from '../layer/entry.ts'
import { type FilePath, joinPath, ROOT } from '../layer/file-path.ts'
import { xattrsOf } from './layer-entries.ts'
import type { MergedTree } from './merged-tree.ts'
import { NO_PATH, type PathId, ROOT_PATH } from './path-table.ts'
import { STEP } from './steps.ts'
import type { Semantics, Snapshot, TreeNode } from './tree.ts'
import { NO_ENTRY, NO_VERSION, type VersionId } from './version-table.ts'

/** The versions of one tree that are seen after so many layers; nothing is copied. */
export class TreeSnapshot implements Snapshot {
  readonly layers: number
  readonly tree: MergedTree
  readonly semantics: Semantics
  /** Names seen of inodes with several names, counted when first asked for. */
  readonly #links = new Map<VersionId, number>()

  constructor(tree: MergedTree, layers: number, semantics: Semantics) {
    this.tree = tree
    this.layers = layers
    this.semantics = semantics
  }

  get count(): number {
    return this.tree.counts[this.layers] ?? 0
  }

  get root(): TreeNode {
    return new VersionNode(this, this.tree.versions.visible(ROOT_PATH, this.layers) || ROOT_VERSION, ROOT)
  }

  node(id: number): TreeNode | undefined {
    return id === ROOT_PATH ? this.root : this.#nodeAt(id)
  }

  find(path: FilePath): TreeNode | undefined {
    return path === ROOT ? this.root : this.#nodeAt(this.tree.paths.find(path), path)
  }

  children(directory: TreeNode): readonly TreeNode[] {
    return directory.type === 'directory' ? this.#children(directory.id, directory.path) : []
  }

  *childSteps(directory: TreeNode): Generator<TreeNode | undefined> {
    if (directory.type !== 'directory') return
    const { paths, versions } = this.tree
    yield* paths.ordering(directory.id)
    let seen = 0
    for (let path = paths.firstInOrder(directory.id); path !== NO_PATH; path = paths.nextInOrder(path)) {
      if (++seen % STEP === 0) yield
      const version = versions.visible(path, this.layers)
      if (version !== NO_VERSION) yield new VersionNode(this, version, joinPath(directory.path, paths.name(path)))
    }
  }

  *walk(): Generator<TreeNode> {
    const pending = this.#children(ROOT_PATH, ROOT).reverse()
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      yield node
      if (node.type === 'directory') for (const child of this.#children(node.id, node.path).reverse()) pending.push(child)
    }
  }

  names(node: TreeNode): readonly FilePath[] {
    return this.#versionsOf(node.inode)
      .map(version => this.tree.paths.fullPath(this.tree.versions.path(version)))
      .sort()
  }

  links(inode: VersionId): number {
    if (this.tree.versions.hasOneName(inode)) return 1
    const known = this.#links.get(inode)
    if (known !== undefined) return known
    const count = this.#versionsOf(inode).length
    this.#links.set(inode, count)
    return count
  }

  #versionsOf(inode: VersionId): VersionId[] {
    return [...this.tree.versions.names(inode)].filter(version => this.tree.versions.isVisible(version, this.layers))
  }

  #children(parent: PathId, parentPath: FilePath): VersionNode[] {
    const nodes: VersionNode[] = []
    for (const path of this.tree.paths.children(parent)) {
      const version = this.tree.versions.visible(path, this.layers)
      if (version !== NO_VERSION) nodes.push(new VersionNode(this, version, joinPath(parentPath, this.tree.paths.name(path))))
    }
    return nodes
  }

  #nodeAt(path: PathId, name?: FilePath): TreeNode | undefined {
    const version = path === NO_PATH ? NO_VERSION : this.tree.versions.visible(path, this.layers)
    return version === NO_VERSION ? undefined : new VersionNode(this, version, name)
  }
}

/** The root is there before any layer. */
export const ROOT_VERSION: VersionId = 1

/** Attributes only an overlay mount gives a meaning to, and does not show. */
const OVERLAY_XATTRS = 'trusted.overlay.'

/** A name of a snapshot. Everything is read from the columns when asked for: a listing of a million nodes stays cheap. */
class VersionNode implements TreeNode {
  /** Undefined until it is asked for where it was not known. */
  #path: FilePath | undefined
  readonly #snapshot: TreeSnapshot
  readonly #version: VersionId

  constructor(snapshot: TreeSnapshot, version: VersionId, path: FilePath | undefined) {
    this.#snapshot = snapshot
    this.#version = version
    this.#path = path
  }

  get path(): FilePath {
    this.#path ??= this.#tree.paths.fullPath(this.id)
    return this.#path
  }

  get id(): number {
    return this.#tree.versions.path(this.#version)
  }

  get name(): string {
    return this.id === ROOT_PATH ? '' : this.#tree.paths.name(this.id)
  }

  get type(): NodeType {
    return this.#tree.type(this.#version)
  }

  get mode(): number {
    return this.#attribute('modes') ?? 0o755
  }

  get uid(): number {
    return this.#attribute('uids') ?? 0
  }

  get gid(): number {
    return this.#attribute('gids') ?? 0
  }

  get mtime(): Timestamp | undefined {
    const [seconds, nanoseconds] = [this.#attribute('mtimeSeconds'), this.#attribute('mtimeNanoseconds')]
    return seconds === undefined || nanoseconds === undefined ? undefined : { seconds, nanoseconds }
  }

  get size(): number {
    return this.type === 'file' ? at(this.#changeset.sizes, this.#contentEntry) : 0
  }

  get sha256(): string | undefined {
    return this.type === 'file' ? entryHash(this.#changeset, this.#contentEntry) : undefined
  }

  get target(): ByteText | undefined {
    return this.type === 'symlink' ? entryTarget(this.#changeset, this.#contentEntry) : undefined
  }

  get device(): readonly [major: number, minor: number] | undefined {
    return this.#contentEntry === NO_ENTRY ? undefined : entryDevice(this.#changeset, this.#contentEntry)
  }

  get xattrs(): readonly Xattr[] {
    const entry = this.#contentEntry
    if (entry === NO_ENTRY) return []
    const changed = this.#tree.inodeChanges.get(this.inode)?.xattrs
    const xattrs = changed === undefined ? xattrsOf(this.#changeset, entry) : [...changed]
    return this.#snapshot.semantics === 'spec' ? xattrs : xattrs.filter(([name]) => !name.startsWith(OVERLAY_XATTRS))
  }

  get layer(): number {
    return this.#tree.versions.layer(this.#version)
  }

  get entry(): number | undefined {
    const entry = this.#tree.versions.entry(this.#version)
    return entry === NO_ENTRY ? undefined : entry
  }

  get content(): { readonly layer: number; readonly entry: number } | undefined {
    const entry = this.#contentEntry
    return entry === NO_ENTRY ? undefined : { layer: this.#tree.versions.layer(this.inode), entry }
  }

  get inode(): number {
    return this.#tree.versions.inode(this.#version)
  }

  get links(): number {
    return this.#snapshot.links(this.inode)
  }

  get #tree(): MergedTree {
    return this.#snapshot.tree
  }

  get #changeset() {
    return this.#tree.changeset(this.inode)
  }

  get #contentEntry(): number {
    return this.#tree.versions.entry(this.inode)
  }

  /** Of the entry that set the inode's attributes last. */
  #attribute(column: 'modes' | 'uids' | 'gids' | 'mtimeSeconds' | 'mtimeNanoseconds'): number | undefined {
    const entry = this.#tree.inodeChanges.get(this.inode)?.entry ?? this.#contentEntry
    return entry === NO_ENTRY ? undefined : at(this.#changeset[column], entry)
  }
}
