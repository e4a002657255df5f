import { type FilePath, ROOT } from '../layer/file-path.ts'
import { Column } from './column.ts'
import { PathNames } from './path-names.ts'
import { sortSteps } from './sort-steps.ts'
import { finish, STEP, type Steps } from './steps.ts'

/** Identifies a path in its table; never reused. */
export type PathId = number

export const NO_PATH: PathId = 0
export const ROOT_PATH: PathId = 1

const SEPARATOR = 0x2f

/**
 * Every path any layer of a stack mentions, once: a trie in columns, about 31 bytes a path. A parent's
 * identifier is always smaller than its children's.
 */
export class PathTable {
  readonly #parents = new Column()
  readonly #names = new PathNames()
  /** Children as they came, the latest first. */
  readonly #latestChild = new Column()
  readonly #olderSibling = new Column()
  /** Children in bytewise order, as far as they have been put in order: all of them, if the latest then is the latest now. */
  readonly #firstInOrder = new Column()
  readonly #nextInOrder = new Column()
  readonly #ordered = new Column()
  /** Open addressing over (parent, name); identifiers, 0 is free. */
  #slots = new Int32Array(2048)
  /** A byte of the hash of what is in each slot: most other names need not be looked at. */
  #tags = new Uint8Array(2048)
  /** Image content is hostile: the random seed keeps it from making names collide. */
  readonly #seed = (Math.random() * 0x7fffffff) | 0
  #count = 1

  /** Identifiers are 1 … count. */
  get count(): number {
    return this.#count
  }

  parent(path: PathId): PathId {
    return this.#parents.get(path)
  }

  /** Names that are given as part of `bytes` from now on are not copied. The bytes must stay as they are. */
  adopt(bytes: Uint8Array): void {
    this.#names.adopt(bytes)
  }

  /** Whether a table of more slots is due soon: `reserving` makes it in steps, `intern` in one when it must. */
  get isFilling(): boolean {
    return this.#count > this.#slots.length * FILLING
  }

  /** Makes room for so many more paths in small steps; nothing may be added meanwhile. */
  *reserving(paths: number): Steps<void> {
    const size = 2 ** Math.ceil(Math.log2((this.#count + paths + 1) / FILLING))
    if (size > this.#slots.length) yield* this.#rehash(size)
  }

  name(path: PathId): string {
    return this.#names.text(path)
  }

  /** Bytes of the names of all paths together. */
  get nameBytes(): number {
    return this.#names.total
  }

  /** Bytewise: whether this table's name comes before (negative), after or is the same (0) as a name of another table. */
  compareName(path: PathId, other: PathTable, otherPath: PathId): number {
    return this.#names.compare(path, otherPath, other.#names)
  }

  nameLength(path: PathId): number {
    return this.#names.length(path)
  }

  /** Copies the bytes of a name; true if all of them are ASCII. */
  copyName(path: PathId, to: Uint8Array, at: number): boolean {
    return this.#names.copy(path, to, at)
  }

  /** The components from the root down. */
  names(path: PathId): string[] {
    const names: string[] = []
    for (let each = path; each > ROOT_PATH; each = this.parent(each)) names.push(this.name(each))
    return names.reverse()
  }

  fullPath(path: PathId): FilePath {
    return this.names(path).join('/') as FilePath
  }

  /** Every path ever seen directly below, ordered bytewise. Stable until the next `intern` below the same parent. */
  *children(parent: PathId): Generator<PathId> {
    finish(this.ordering(parent))
    for (let child = this.firstInOrder(parent); child !== NO_PATH; child = this.nextInOrder(child)) yield child
  }

  /** Whether any path was ever seen below. */
  hasChildren(parent: PathId): boolean {
    return this.#latestChild.get(parent) !== NO_PATH
  }

  /** The path directly below where there was never more than one, else `NO_PATH`. */
  onlyChild(parent: PathId): PathId {
    const child = this.#latestChild.get(parent)
    return child === NO_PATH || this.#olderSibling.get(child) !== NO_PATH ? NO_PATH : child
  }

  /** After `ordering`: the first path directly below, or `NO_PATH`. */
  firstInOrder(parent: PathId): PathId {
    return this.#firstInOrder.get(parent)
  }

  /** The next path below the same parent, or `NO_PATH`. Walking on is safe whatever is added or ordered meanwhile. */
  nextInOrder(path: PathId): PathId {
    return this.#nextInOrder.get(path)
  }

  /** Puts the children in order, in small steps; done once, then every listing is a walk along the links. */
  *ordering(parent: PathId): Steps<void> {
    const latest = this.#latestChild.get(parent)
    if (this.#ordered.get(parent) === latest) return
    const listed: PathId[] = []
    for (let child = latest; child !== NO_PATH; child = this.#olderSibling.get(child)) if (listed.push(child) % STEP === 0) yield
    const sorted = yield* sortSteps(Uint32Array.from(listed), (one, other) => this.#names.compare(one, other))
    // From the end: a walk along the links meanwhile sees the old order or the new one.
    let next = NO_PATH
    for (let index = sorted.length - 1; index >= 0; index--) {
      const path = sorted[index] ?? NO_PATH
      this.#nextInOrder.set(path, next)
      next = path
      if (index % STEP === 0) yield
      if (this.#ordered.get(parent) >= latest) return
    }
    this.#firstInOrder.set(parent, next)
    this.#ordered.set(parent, latest)
  }

  /** The child named by `bytes[start, end)`, made if it is new. */
  intern(parent: PathId, bytes: Uint8Array, start: number, end: number): PathId {
    const hash = this.#hash(parent, bytes, start, end)
    const slot = this.#slot(hash, parent, bytes, start, end)
    const found = this.#slots[slot] ?? NO_PATH
    if (found !== NO_PATH) return found
    const path = this.#append(parent, bytes, start, end)
    this.#slots[slot] = path
    this.#tags[slot] = hash >>> 24
    if (isCrowded(this.#count, this.#slots)) finish(this.#rehash(this.#slots.length * 2))
    return path
  }

  internName(parent: PathId, name: string): PathId {
    const bytes = Buffer.from(name, 'latin1')
    return this.intern(parent, bytes, 0, bytes.length)
  }

  /** The child of that name; `NO_PATH` if no layer mentions it. */
  child(parent: PathId, name: string): PathId {
    const bytes = Buffer.from(name, 'latin1')
    const hash = this.#hash(parent, bytes, 0, bytes.length)
    return this.#slots[this.#slot(hash, parent, bytes, 0, bytes.length)] ?? NO_PATH
  }

  /** The path as written, no symlink followed; `NO_PATH` if no layer mentions it. */
  find(path: FilePath): PathId {
    let found = ROOT_PATH
    if (path === ROOT) return found
    for (const name of path.split('/')) {
      found = this.child(found, name)
      if (found === NO_PATH) break
    }
    return found
  }

  /** Makes every component of `bytes[start, end)` below `parent`. */
  internPath(parent: PathId, bytes: Uint8Array, start: number, end: number): PathId {
    let path = parent
    for (let from = start; from < end; ) {
      let to = from
      while (to < end && bytes[to] !== SEPARATOR) to++
      path = this.intern(path, bytes, from, to)
      from = to + 1
    }
    return path
  }

  #append(parent: PathId, bytes: Uint8Array, start: number, end: number): PathId {
    const path = ++this.#count
    this.#names.set(path, bytes, start, end)
    this.#parents.set(path, parent)
    this.#olderSibling.set(path, this.#latestChild.get(parent))
    this.#latestChild.set(parent, path)
    return path
  }

  /** Where that child is, or would be put. */
  #slot(hash: number, parent: PathId, bytes: Uint8Array, start: number, end: number): number {
    const slots = this.#slots
    const tags = this.#tags
    const mask = slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const path = slots[slot] ?? NO_PATH
      if (path === NO_PATH) return slot
      if (tags[slot] !== hash >>> 24) continue
      if (this.parent(path) === parent && this.#names.equals(path, bytes, start, end)) return slot
    }
  }

  #hash(parent: PathId, bytes: Uint8Array, start: number, end: number): number {
    let hash = Math.imul(parent ^ this.#seed, 0x9e3779b1)
    for (let index = start; index < end; index++) hash = Math.imul(hash ^ (hash >>> 15) ^ (bytes[index] ?? 0), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return hash ^ (hash >>> 16)
  }

  /** The new slots are made aside: lookups meanwhile use the old ones. */
  *#rehash(size: number): Steps<void> {
    const [slots, tags] = [new Int32Array(size), new Uint8Array(size)]
    const mask = size - 1
    for (let path = ROOT_PATH + 1; path <= this.#count; path++) {
      const start = this.#names.start(path)
      const hash = this.#hash(this.parent(path), this.#names.bytes(path), start, start + this.#names.length(path))
      let slot = hash & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = path
      tags[slot] = hash >>> 24
      if (path % STEP === 0) yield
    }
    this.#slots = slots
    this.#tags = tags
  }
}

/** Share of the slots from which on it is time for more, and that may be taken at most. */
const FILLING = 0.7
const CROWDED = 0.75

function isCrowded(count: number, slots: Int32Array): boolean {
  return count > slots.length * CROWDED
}
