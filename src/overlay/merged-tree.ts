import type { ByteText } from '../blob/byte-text.ts'
import type { Diagnostic } from '../error.ts'
import { at, type Changeset, entryHash, entryTarget } from '../layer/changeset.ts'
import type { NodeType } from '../layer/entry.ts'
import { ENTRY_TYPES } from '../layer/entry.ts'
import { displayPath, type FilePath } from '../layer/file-path.ts'
import { Column } from './column.ts'
import { isBookkeeping } from './layer-entries.ts'
import { LivingPaths } from './living-paths.ts'
import { ODDITIES, type OddityCode } from './oddities.ts'
import { NO_PATH, type PathId, PathTable, ROOT_PATH } from './path-table.ts'
import { finish, STEP, type Steps } from './steps.ts'
import { type HidingCause, NO_ENTRY, NO_VERSION, type VersionId, VersionTable } from './version-table.ts'

/** Attributes that hard link entries gave an inode of their own layer, in place of those of the entry with the content. */
export type InodeChange = { readonly entry: number; readonly xattrs: Map<ByteText, Uint8Array> }

/** So many diagnostics of one code and layer are kept; hostile layers could hold millions. */
const DIAGNOSTICS_PER_CODE = 100

/** Components walked while the symbolic links of a layer are followed, and so many more for each entry: one link may have thousands, and be in the way of every entry. */
const FOLLOWED_COMPONENTS = 2_000_000
const FOLLOWED_PER_ENTRY = 64

/**
 * The merged tree while layers are added to it: paths, their versions, and what is alive at the top. Every directory
 * links its living children, so removing one costs only what is alive below, and every version is hidden at most once:
 * the total cost is linear in entries, whatever the number of layers, whiteouts or levels.
 */
export class MergedTree {
  readonly paths = new PathTable()
  readonly versions = new VersionTable()
  readonly changesets: Changeset[] = []
  readonly diagnostics: Diagnostic[] = []
  readonly inodeChanges = new Map<VersionId, InodeChange>()
  /** Names seen after each number of layers, the root not counted. */
  readonly counts: number[] = [0]
  /** The last version and the last hiding of each layer: where the next layer's begin. */
  readonly versionEnds: number[] = []
  readonly hidingEnds: number[] = [0]
  /** Whether the other semantics may read some layer so far differently; false is a promise that it does not. */
  disputed = false
  /** The steps that following the links of the layer at hand may still take. */
  readonly following = { left: 0 }
  readonly #hidings = new Column()
  #hidingCount = 0
  readonly #current = new Column()
  readonly #living = new LivingPaths()
  readonly #noted = new Map<string, number>()

  constructor() {
    const root = this.versions.add(ROOT_PATH, 0, NO_ENTRY)
    this.versions.show(root)
    this.#current.set(ROOT_PATH, root)
    this.versionEnds.push(root)
  }

  /** Opens a layer: what follows belongs to it until `endLayer`. */
  beginLayer(changeset: Changeset): number {
    this.paths.adopt(changeset.pathBytes)
    this.#noted.clear()
    this.following.left = FOLLOWED_COMPONENTS + FOLLOWED_PER_ENTRY * changeset.length
    return this.changesets.push(changeset) - 1
  }

  endLayer(): void {
    this.counts.push(this.#living.count)
    this.versionEnds.push(this.versions.count)
    this.hidingEnds.push(this.#hidingCount)
  }

  /** The living version of a path, or `NO_VERSION`. */
  current(path: PathId): VersionId {
    return this.#current.get(path)
  }

  isLivingDirectory(path: PathId): boolean {
    const version = this.#current.get(path)
    return version !== NO_VERSION && this.type(version) === 'directory'
  }

  /** The type of the version's inode. */
  type(version: VersionId): NodeType {
    const entry = this.versions.entry(this.versions.inode(version))
    if (entry === NO_ENTRY) return 'directory'
    const changeset = this.changeset(this.versions.inode(version))
    return (ENTRY_TYPES[at(changeset.types, entry) & 0x7f] ?? 'file') as NodeType
  }

  /** The raw target if the version is a symlink. */
  symlinkTarget(version: VersionId): ByteText | undefined {
    if (version === NO_VERSION || this.type(version) !== 'symlink') return undefined
    const inode = this.versions.inode(version)
    return entryTarget(this.changeset(inode), this.versions.entry(inode))
  }

  changeset(version: VersionId): Changeset {
    const changeset = this.changesets[this.versions.layer(version)]
    if (changeset === undefined) throw new RangeError(`version ${version} is of no layer`)
    return changeset
  }

  /** Puts a version in its place. A directory over a directory keeps the children, everything else replaces: clear it before where there may be many. */
  show(version: VersionId): void {
    const path = this.versions.path(version)
    const old = this.#current.get(path)
    const layer = this.versions.layer(version)
    if (old === NO_VERSION) this.#living.add(this.paths.parent(path), path)
    else {
      const wasDirectory = this.type(old) === 'directory'
      if (wasDirectory && this.type(version) !== 'directory') this.#clear(path, layer, 'type-changed')
      this.#hide(old, layer, this.#replacement(old, version))
    }
    this.#current.set(path, version)
    this.versions.show(version)
  }

  /** Hides a path and what is below it: clear it before where there may be much. */
  remove(path: PathId, layer: number, cause: HidingCause): void {
    if (this.#current.get(path) === NO_VERSION) return
    this.#clear(path, layer, cause)
    this.#bury(path, layer, cause)
  }

  /** Hides everything below a path, leaves first. */
  *clearing(path: PathId, layer: number, cause: HidingCause): Steps<void> {
    let steps = 0
    let each = this.#living.deepest(path)
    while (each !== path) {
      const next = this.#living.next(each)
      const parent = this.paths.parent(each)
      this.#bury(each, layer, cause)
      each = next === NO_PATH ? parent : this.#living.deepest(next)
      if (++steps % STEP === 0) yield
    }
  }

  hasLivingChildren(path: PathId): boolean {
    return this.#living.first(path) !== NO_PATH
  }

  /** Living children, in no order. Take the next one before burying the one at hand. */
  *living(path: PathId): Generator<PathId> {
    for (let child = this.#living.first(path); child !== NO_PATH; ) {
      const next = this.#living.next(child)
      yield child
      child = next
    }
  }

  /** Versions that the layers `from` … `to` − 1 hid, in order. A version may be of one of these layers itself. */
  *hidings(from: number, to: number): Generator<VersionId> {
    for (let index = this.hidingEnds[from] ?? 0; index < (this.hidingEnds[to] ?? 0); index++) yield this.#hidings.get(index)
  }

  /** The sha256 of the inode's content in hex; undefined for what is not a file. */
  hash(version: VersionId): string | undefined {
    const inode = this.versions.inode(version)
    return this.type(inode) === 'file' ? entryHash(this.changeset(inode), this.versions.entry(inode)) : undefined
  }

  /** An entry that no tree shows, with a word why; its bytes are shipped all the same. */
  refuse(layer: number, entry: number, path: PathId, code: OddityCode): void {
    this.versions.add(path, layer, entry)
    this.note(layer, path, code)
  }

  /** A builder's bookkeeping: not seen, but hard links may name it (aufs' plnk). */
  keepAside(layer: number, entry: number, path: PathId): void {
    this.versions.add(path, layer, entry)
  }

  /** The bookkeeping file of that path, or `NO_VERSION`. */
  bookkeeping(names: readonly string[]): VersionId {
    const version = this.versions.latest(this.paths.find(names.join('/') as FilePath))
    const entry = this.versions.entry(version)
    if (version === NO_VERSION || entry === NO_ENTRY) return NO_VERSION
    return isBookkeeping(this.changeset(version), entry) ? version : NO_VERSION
  }

  note(layer: number, path: PathId, code: OddityCode): void {
    const count = (this.#noted.get(code) ?? 0) + 1
    this.#noted.set(code, count)
    if (count > DIAGNOSTICS_PER_CODE) return
    this.diagnostics.push({ code, layer, path: `/${displayPath(this.paths.fullPath(path))}`, ...ODDITIES[code] })
  }

  #clear(path: PathId, layer: number, cause: HidingCause): void {
    if (this.hasLivingChildren(path)) finish(this.clearing(path, layer, cause))
  }

  /** Hides a living path that has no living children. */
  #bury(path: PathId, layer: number, cause: HidingCause): void {
    this.#hide(this.#current.get(path), layer, cause)
    this.#current.set(path, NO_VERSION)
    this.#living.remove(this.paths.parent(path), path)
  }

  #hide(version: VersionId, layer: number, cause: HidingCause): void {
    this.versions.hide(version, layer, this.versions.layer(version) === layer ? 'repeated' : cause)
    this.#hidings.set(this.#hidingCount++, version)
  }

  #replacement(old: VersionId, version: VersionId): HidingCause {
    const type = this.type(version)
    if (this.type(old) !== type) return 'type-changed'
    return type === 'file' && this.hash(old) === this.hash(version) ? 'metadata-only' : 'overwritten'
  }
}
