import { Column, SmallColumn } from './column.ts'
import type { PathId } from './path-table.ts'

/** Identifies one writing of one path by one layer. */
export type VersionId = number

export const NO_VERSION: VersionId = 0

/** Stands for the entry of a directory that no entry describes. */
export const NO_ENTRY = -1

/** Why a version is no longer seen. `unused`: it never was (an entry that was refused, or bookkeeping). */
const CAUSES = ['unused', 'overwritten', 'metadata-only', 'removed', 'opaque', 'type-changed', 'repeated'] as const
export type HidingCause = (typeof CAUSES)[number]

const NEVER = 0

/**
 * Every writing of every path, in the order the layers did it, each with the time it is seen: snapshot n shows the
 * versions written before layer n and not hidden before it. Append-only but for the one moment each version is hidden,
 * so every snapshot stays as it is while layers are added. About 15 bytes a version.
 */
export class VersionTable {
  readonly #paths = new Column()
  readonly #layers = new SmallColumn()
  readonly #entries = new Column()
  /** Layer that hid it, plus 1; 0 while it is seen. */
  readonly #hiddenBy = new SmallColumn()
  readonly #causes = new SmallColumn()
  /** The version whose entry carries the content, the same for all names of one inode; 0: the version itself. */
  readonly #inodes = new Column()
  /** Ring of the versions of one inode; 0 for an inode with a single name. */
  readonly #nextName = new Column()
  /** The version of the same path before this one. */
  readonly #previous = new Column()
  readonly #latest = new Column()
  #count = 0

  /** Identifiers are 1 … count, ascending with the layer. */
  get count(): number {
    return this.#count
  }

  path(version: VersionId): PathId {
    return this.#paths.get(version)
  }

  /** Position of the layer that wrote it. */
  layer(version: VersionId): number {
    return this.#layers.get(version)
  }

  /** Entry in that layer's changeset, or `NO_ENTRY`. */
  entry(version: VersionId): number {
    return this.#entries.get(version)
  }

  inode(version: VersionId): VersionId {
    return this.#inodes.get(version) || version
  }

  /** Position of the layer that hid it, or undefined. */
  hiddenBy(version: VersionId): number | undefined {
    const hidden = this.#hiddenBy.get(version)
    return hidden === NEVER ? undefined : hidden - 1
  }

  cause(version: VersionId): HidingCause {
    return CAUSES[this.#causes.get(version)] ?? 'unused'
  }

  previous(version: VersionId): VersionId {
    return this.#previous.get(version)
  }

  /** The path's last version, seen or not. */
  latest(path: PathId): VersionId {
    return this.#latest.get(path)
  }

  isVisible(version: VersionId, layers: number): boolean {
    const hidden = this.#hiddenBy.get(version)
    return this.#layers.get(version) < layers && (hidden === NEVER || hidden > layers)
  }

  /** The version of the path that the snapshot after `layers` layers shows, or `NO_VERSION`. */
  visible(path: PathId, layers: number): VersionId {
    let version = this.#latest.get(path)
    while (version !== NO_VERSION && !this.isVisible(version, layers)) version = this.#previous.get(version)
    return version
  }

  /** Every version that names the inode, the first one first. */
  *names(inode: VersionId): Generator<VersionId> {
    yield inode
    const first = this.#nextName.get(inode)
    for (let name = first; name !== NO_VERSION && name !== inode; name = this.#nextName.get(name)) yield name
  }

  hasOneName(inode: VersionId): boolean {
    return this.#nextName.get(inode) === NO_VERSION
  }

  /** A new version, not seen before `show`. A link passes the inode it names. */
  add(path: PathId, layer: number, entry: number, inode: VersionId = NO_VERSION): VersionId {
    const version = ++this.#count
    this.#paths.set(version, path)
    this.#layers.set(version, layer)
    this.#entries.set(version, entry)
    this.#hiddenBy.set(version, layer + 1)
    this.#inodes.set(version, inode)
    this.#previous.set(version, this.#latest.get(path))
    this.#latest.set(path, version)
    if (inode !== NO_VERSION) this.#joinRing(inode, version)
    return version
  }

  show(version: VersionId): void {
    this.#hiddenBy.set(version, NEVER)
  }

  hide(version: VersionId, layer: number, cause: HidingCause): void {
    this.#hiddenBy.set(version, layer + 1)
    this.#causes.set(version, CAUSES.indexOf(cause))
  }

  #joinRing(inode: VersionId, version: VersionId): void {
    const after = this.#nextName.get(inode)
    this.#nextName.set(inode, version)
    this.#nextName.set(version, after === NO_VERSION ? inode : after)
  }
}
