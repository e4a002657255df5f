import { Column, SmallColumn } from './column.ts'
import { NO_PATH, type PathId, type PathTable, ROOT_PATH } from './path-table.ts'
import { NO_VERSION, type VersionId } from './version-table.ts'

/** The state of a path in one layer alone. */
export type PathState = 'nothing' | 'implied' | 'whiteout' | 'entry'

const IMPLIED = -1
const WHITEOUT = -2

/** The layer's own directory does not merge with the one below: an opaque marker, or a removal it survived. */
export const OPAQUE = 1
export const FRESH = 2
/** A marker made the directory, so the layer has it; to the specification it does not. */
export const MARKED = 4

/** Paths that are cleared one by one; for more, new columns cost less. */
const WORTH_CLEARING = 4096

/**
 * One layer unpacked alone, as overlay runtimes do before they stack it: over the stack's path table, used for one
 * layer after the other. Clearing it costs only what the layer touched.
 */
export class LoneTree {
  readonly #paths: PathTable
  /** A version, `IMPLIED`, `WHITEOUT`, or 0. */
  readonly #marks = new Column()
  #flags = new SmallColumn()
  readonly #firstChild = new Column()
  readonly #nextChild = new Column()
  #marked = 0

  constructor(paths: PathTable) {
    this.#paths = paths
    this.#marks.set(ROOT_PATH, IMPLIED)
  }

  place(path: PathId): PathState {
    const mark = this.#marks.get(path)
    if (mark > NO_VERSION) return 'entry'
    if (mark === IMPLIED) return 'implied'
    return mark === WHITEOUT ? 'whiteout' : 'nothing'
  }

  /** The version of a place that is an entry, else `NO_VERSION`. */
  version(path: PathId): VersionId {
    return Math.max(NO_VERSION, this.#marks.get(path))
  }

  has(path: PathId, flag: number): boolean {
    return (this.#flags.get(path) & flag) !== 0
  }

  isMerged(path: PathId): boolean {
    return (this.#flags.get(path) & (OPAQUE | FRESH)) === 0
  }

  flag(path: PathId, flag: number): void {
    this.#flags.set(path, this.#flags.get(path) | flag)
  }

  unflag(path: PathId): void {
    if (this.#flags.get(path) !== 0) this.#flags.set(path, 0)
  }

  write(path: PathId, version: VersionId): void {
    this.#mark(path, version)
  }

  imply(path: PathId): void {
    this.#mark(path, IMPLIED)
  }

  whiteOut(path: PathId): void {
    this.#mark(path, WHITEOUT)
  }

  /** The children, in no order: `NO_PATH` ends them. */
  firstChild(path: PathId): PathId {
    return this.#firstChild.get(path)
  }

  nextChild(path: PathId): PathId {
    return this.#nextChild.get(path)
  }

  /** Forgets everything for the next layer; the memory of a large one is given back. */
  clear(): void {
    if (this.#marked <= WORTH_CLEARING) this.clearBelow(ROOT_PATH)
    else {
      for (const column of [this.#marks, this.#firstChild, this.#nextChild]) column.reset()
      this.#flags = new SmallColumn()
      this.#marks.set(ROOT_PATH, IMPLIED)
    }
    this.#marked = 0
  }

  /** Forgets everything below a path and gives the versions that were there. */
  clearBelow(path: PathId): VersionId[] {
    const below: PathId[] = []
    const versions: VersionId[] = []
    for (let each: PathId | undefined = path; each !== undefined; each = below.pop()) {
      for (let child = this.firstChild(each); child !== NO_PATH; child = this.nextChild(child)) below.push(child)
      this.#firstChild.set(each, NO_PATH)
      if (each === path) continue
      if (this.version(each) !== NO_VERSION) versions.push(this.version(each))
      this.#marks.set(each, 0)
      if (this.#flags.get(each) !== 0) this.#flags.set(each, 0)
      this.#nextChild.set(each, NO_PATH)
    }
    return versions
  }

  #mark(path: PathId, mark: number): void {
    if (this.#marks.get(path) === 0) {
      const parent = this.#paths.parent(path)
      this.#marked++
      this.#nextChild.set(path, this.#firstChild.get(parent))
      this.#firstChild.set(parent, path)
    }
    this.#marks.set(path, mark)
  }
}
