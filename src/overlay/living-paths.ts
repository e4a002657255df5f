import { Column } from './column.ts'
import { NO_PATH, type PathId } from './path-table.ts'

/** Which children of each directory are alive, as linked lists: to list them costs nothing for those that are gone. */
export class LivingPaths {
  readonly #first = new Column()
  readonly #next = new Column()
  readonly #previous = new Column()
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Some living child, or `NO_PATH`. */
  first(parent: PathId): PathId {
    return this.#first.get(parent)
  }

  /** The living sibling after this one, or `NO_PATH`. */
  next(child: PathId): PathId {
    return this.#next.get(child)
  }

  add(parent: PathId, child: PathId): void {
    this.#count++
    const next = this.#first.get(parent)
    this.#first.set(parent, child)
    this.#next.set(child, next)
    this.#previous.set(child, NO_PATH)
    if (next !== NO_PATH) this.#previous.set(next, child)
  }

  remove(parent: PathId, child: PathId): void {
    this.#count--
    const previous = this.#previous.get(child)
    const next = this.#next.get(child)
    if (previous === NO_PATH) this.#first.set(parent, next)
    else this.#next.set(previous, next)
    if (next !== NO_PATH) this.#previous.set(next, previous)
  }

  /** The path itself or something below it that has no living children. */
  deepest(path: PathId): PathId {
    let deepest = path
    for (let child = this.first(path); child !== NO_PATH; child = this.first(child)) deepest = child
    return deepest
  }
}
