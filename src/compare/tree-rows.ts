import type { FilePath } from '../layer/file-path.ts'
import { Column } from '../overlay/column.ts'
import { NO_PATH, type PathId } from '../overlay/path-table.ts'
import type { Snapshot, TreeNode } from '../overlay/tree.ts'
import { NO_VERSION, type VersionId } from '../overlay/version-table.ts'
import { firstName } from '../space/usage.ts'
import { contentSizeOf } from '../space/waste.ts'
import { type ClassMask, maskOf } from './change-class.ts'
import type { NoiseName } from './noise/noise-name.ts'

export type RowChange = 'added' | 'removed' | 'modified' | 'moved'

const MOVED = maskOf('moved')
const CONTENT = maskOf('content')
const NOISE = maskOf('noise')

/**
 * Every path on which two trees differ, as columns: where it is in either tree and the classes of the change, about ten bytes
 * each. In the order of the trees, parents before children, siblings bytewise. A row without a class is no longer one.
 */
export class TreeRows {
  readonly a: Snapshot
  readonly b: Snapshot
  /** How many rows there ever were: those that became part of another one are among them. */
  length = 0
  readonly #before = new Column()
  readonly #after = new Column()
  readonly #masks = new Column()
  readonly #firstNames = { a: new Map<VersionId, VersionId>(), b: new Map<VersionId, VersionId>() }
  /** The known noise in which the contents of a row differ. */
  readonly noise = new Map<number, NoiseName>()

  constructor(a: Snapshot, b: Snapshot) {
    this.a = a
    this.b = b
  }

  add(before: PathId, after: PathId, mask: ClassMask): void {
    this.#before.set(this.length, before)
    this.#after.set(this.length, after)
    this.#masks.set(this.length++, mask)
  }

  /** Where the path is in A, or `NO_PATH`. Of something moved: where it was. */
  before(row: number): PathId {
    return this.#before.get(row)
  }

  after(row: number): PathId {
    return this.#after.get(row)
  }

  mask(row: number): ClassMask {
    return this.#masks.get(row)
  }

  setMask(row: number, mask: ClassMask): void {
    this.#masks.set(row, mask)
  }

  /** Makes an added row the new place of a removed one, which is a row no longer. */
  move(removed: number, added: number, mask: ClassMask): void {
    this.#before.set(added, this.#before.get(removed))
    this.#masks.set(added, mask | MOVED)
    this.#masks.set(removed, 0)
  }

  /** The content of the row differs by known noise only: that class stands in place of the content's. */
  explain(row: number, noise: NoiseName): void {
    this.noise.set(row, noise)
    this.#masks.set(row, (this.#masks.get(row) & ~CONTENT) | NOISE)
  }

  drop(row: number): void {
    this.#masks.set(row, 0)
  }

  change(row: number): RowChange {
    if ((this.mask(row) & MOVED) !== 0) return 'moved'
    if (this.before(row) === NO_PATH) return 'added'
    return this.after(row) === NO_PATH ? 'removed' : 'modified'
  }

  nodeBefore(row: number): TreeNode | undefined {
    return this.before(row) === NO_PATH ? undefined : this.a.node(this.before(row))
  }

  nodeAfter(row: number): TreeNode | undefined {
    return this.after(row) === NO_PATH ? undefined : this.b.node(this.after(row))
  }

  /** The path in B, or in A of what B has not. */
  path(row: number): FilePath {
    const after = this.after(row)
    return after === NO_PATH ? this.a.tree.paths.fullPath(this.before(row)) : this.b.tree.paths.fullPath(after)
  }

  /** Content bytes that B has more at this row; an inode counts once, at the first of its names bytewise. */
  delta(row: number): number {
    return bytesAt(this.b, this.after(row), this.#firstNames.b) - bytesAt(this.a, this.before(row), this.#firstNames.a)
  }

  /** Content bytes counted at this row in A and in B. */
  bytes(row: number): readonly [before: number, after: number] {
    return [bytesAt(this.a, this.before(row), this.#firstNames.a), bytesAt(this.b, this.after(row), this.#firstNames.b)]
  }
}

function bytesAt({ tree, layers }: Snapshot, path: PathId, known: Map<VersionId, VersionId>): number {
  const version = path === NO_PATH ? NO_VERSION : tree.versions.visible(path, layers)
  if (version === NO_VERSION || tree.type(version) !== 'file') return 0
  const inode = tree.versions.inode(version)
  return firstName(tree, inode, layers, known) === version ? contentSizeOf(tree, inode) : 0
}
