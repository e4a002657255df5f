import { at, type Changeset } from '../layer/changeset.ts'
import { EntryPaths } from './entry-paths.ts'
import { isBookkeeping, typeOf } from './layer-entries.ts'
import type { MergedTree } from './merged-tree.ts'
import type { OddityCode } from './oddities.ts'
import { type PathId, ROOT_PATH } from './path-table.ts'
import { STEP, type Steps } from './steps.ts'

/** Bytes of paths between two steps: long ones take as long as many. */
const STEP_BYTES = STEP * 128

/** Components of symbolic links followed between two steps. */
const STEP_COMPONENTS = STEP * 32

/** The unfinished part of an entry's work when it is more than a step: hiding a large directory. */
export type Rest = Steps<void> | undefined

/**
 * A layer being applied, whatever the semantics: its entries in tar order, each where its directory leads, then the hard
 * links that stood before their targets.
 */
export abstract class LayerWalk {
  protected readonly tree: MergedTree
  protected readonly changeset: Changeset
  protected readonly layer: number
  readonly #paths: EntryPaths
  /** Hard links whose targets were not there when their turn came. */
  readonly #late: number[] = []
  readonly #linked = new Set<number>()

  /** `layer` is the position that `beginLayer` gave. */
  constructor(tree: MergedTree, changeset: Changeset, layer: number) {
    this.tree = tree
    this.changeset = changeset
    this.layer = layer
    this.#paths = new EntryPaths(tree.paths, changeset)
  }

  /** All entries, in small steps. */
  *applying(): Steps<void> {
    const { paths, following } = this.tree
    yield* paths.reserving(this.changeset.length)
    const { length, pathEnds } = this.changeset
    let [bytes, made, left] = [0, paths.count, following.left]
    for (let index = 0; index < length; index++) {
      const rest = this.#apply(index)
      if (rest !== undefined) yield* rest
      // Directories that no entry lists take room as well.
      if (paths.isFilling) yield* paths.reserving(paths.count)
      const end = at(pathEnds, index)
      const isShort = paths.count - made < STEP && end - bytes < STEP_BYTES && left - following.left < STEP_COMPONENTS
      if (index % STEP !== 0 && isShort) continue
      bytes = end
      made = paths.count
      left = following.left
      yield
    }
    yield* this.#linking()
  }

  /** Where a directory's path leads, symlinks followed; undefined in a loop. */
  protected abstract follow(directory: PathId): PathId | undefined
  protected abstract applyToRoot(index: number): void
  protected abstract makeOpaque(path: PathId): Rest
  protected abstract whiteOut(path: PathId): Rest
  protected abstract write(path: PathId, index: number): Rest
  /** An entry's directory was found through a symlink. */
  protected throughLink(_directory: PathId, _path: PathId): void {}
  /** False if the target is not there. */
  protected abstract link(path: PathId, index: number): boolean
  /** Whether the layer itself has something at a path already. */
  protected abstract has(path: PathId): boolean
  /** A link that stood before its target was made after all. */
  protected abstract linkedLate(path: PathId): void
  /** An entry that is left out. */
  protected abstract refuse(index: number, path: PathId, code: OddityCode): void

  #apply(index: number): Rest {
    if (this.#paths.isTooDeep(index)) {
      this.tree.refuse(this.layer, index, this.#paths.whole(index), 'PATH_TOO_DEEP')
      return undefined
    }
    const path = this.#paths.at(index)
    if (isBookkeeping(this.changeset, index)) this.tree.keepAside(this.layer, index, path)
    else if (typeOf(this.changeset, index) === 'opaque') return this.makeOpaque(path)
    else if (path === ROOT_PATH) this.applyToRoot(index)
    else return this.#applyAt(this.#place(path, index), path, index)
    return undefined
  }

  #applyAt(place: PathId | undefined, path: PathId, index: number): Rest {
    const type = typeOf(this.changeset, index)
    if (place === undefined) this.refuse(index, path, 'SYMLINK_LOOP')
    else if (type === 'whiteout') return this.whiteOut(place)
    else if (type !== 'hardlink') return this.write(place, index)
    else if (!this.link(place, index)) this.#late.push(index)
    return undefined
  }

  /** Where the entry lands; undefined in a loop. */
  #place(path: PathId, index: number): PathId | undefined {
    const parent = this.tree.paths.parent(path)
    const followed = this.follow(parent)
    if (followed === parent) return path
    if (followed !== undefined && typeOf(this.changeset, index) !== 'whiteout') this.throughLink(followed, path)
    return followed === undefined ? undefined : this.#paths.below(followed, index)
  }

  /** Gives links that stood before their targets another chance, chains in either order. */
  *#linking(): Steps<void> {
    let steps = 0
    for (const each of [this.#late.toReversed(), this.#late])
      for (const index of each) {
        this.#linkLate(index)
        if (++steps % STEP === 0) yield
      }
    for (const index of this.#late) {
      if (!this.#linked.has(index)) this.refuse(index, this.#paths.at(index), 'HARDLINK_TARGET_MISSING')
      if (++steps % STEP === 0) yield
    }
  }

  #linkLate(index: number): void {
    const place = this.#linked.has(index) ? undefined : this.#place(this.#paths.at(index), index)
    if (place === undefined || this.has(place) || !this.link(place, index)) return
    this.#linked.add(index)
    this.linkedLate(place)
  }
}
