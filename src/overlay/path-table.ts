import { type FilePath, ROOT } from '../layer/file-path.ts'
import { Column } from './column.ts'
import { PathNames } from './path-names.ts'
import { SmallColumn } from './small-column.ts'
import { finish, STEP, type Steps } from './steps.ts'

/** Identifies a path in its table; never reused. */
export type PathId = number

export const NO_PATH: PathId = 0
export const ROOT_PATH: PathId = 1

const SEPARATOR = 0x2f

/**
 * Every path any layer of a stack mentions, once: a trie in columns, about 27 bytes a path. A parent's
 * identifier is always smaller than its children's.
 */
export class PathTable {
  readonly #parents = new Column()
  readonly #names = new PathNames()
  readonly #firstChild = new Column()
  readonly #nextSibling = new Column()
  /** 1 where the children's list is in bytewise order. */
  readonly #ordered = new SmallColumn()
  /** Open addressing over (parent, name); identifiers, 0 is free. */
  #slots = new Int32Array(2048)
  /** Image content is hostile: nobody who does not know the seed can make names collide. */
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

  /** Makes room for so many more paths in small steps; nothing may be added meanwhile. */
  *reserving(paths: number): Steps<void> {
    const capacity = this.#count + paths + 1
    for (const column of [this.#parents, this.#names, this.#firstChild, this.#nextSibling]) {
      column.reserve(capacity)
      yield
    }
    if (isCrowded(capacity, this.#slots)) yield* this.#rehash(2 ** Math.ceil(Math.log2(capacity / CROWDED)))
  }

  name(path: PathId): string {
    return this.#names.text(path)
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
    if (this.#ordered.get(parent) === 0) this.#order(parent)
    for (let child = this.#firstChild.get(parent); child !== NO_PATH; child = this.#nextSibling.get(child)) yield child
  }

  /** The child named by `bytes[start, end)`, made if nobody mentioned it yet. */
  intern(parent: PathId, bytes: Uint8Array, start: number, end: number): PathId {
    const slot = this.#slot(parent, bytes, start, end)
    const found = this.#slots[slot] ?? NO_PATH
    if (found !== NO_PATH) return found
    const path = this.#append(parent, bytes, start, end)
    this.#slots[slot] = path
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
    return this.#slots[this.#slot(parent, bytes, 0, bytes.length)] ?? NO_PATH
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
    this.#nextSibling.set(path, this.#firstChild.get(parent))
    this.#firstChild.set(parent, path)
    if (this.#ordered.get(parent) !== 0) this.#ordered.set(parent, 0)
    return path
  }

  #slot(parent: PathId, bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1
    let slot = this.#hash(parent, bytes, start, end) & mask
    for (;;) {
      const path = this.#slots[slot] ?? NO_PATH
      if (path === NO_PATH || (this.parent(path) === parent && this.#names.equals(path, bytes, start, end))) return slot
      slot = (slot + 1) & mask
    }
  }

  #hash(parent: PathId, bytes: Uint8Array, start: number, end: number): number {
    let hash = Math.imul(parent ^ this.#seed, 0x9e3779b1)
    for (let index = start; index < end; index++) hash = Math.imul(hash ^ (hash >>> 15) ^ (bytes[index] ?? 0), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return hash ^ (hash >>> 16)
  }

  /** The new slots are made aside: whoever looks a path up meanwhile finds the old ones. */
  *#rehash(size: number): Steps<void> {
    const slots = new Int32Array(size)
    const mask = size - 1
    for (let path = ROOT_PATH + 1; path <= this.#count; path++) {
      const start = this.#names.start(path)
      const hash = this.#hash(this.parent(path), this.#names.bytes(path), start, start + this.#names.length(path))
      let slot = hash & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = path
      if (path % STEP === 0) yield
    }
    this.#slots = slots
  }

  /** Relinks the children in order: done once, then every listing is a walk along the links. */
  #order(parent: PathId): void {
    const named: { readonly path: PathId; readonly name: string }[] = []
    for (let child = this.#firstChild.get(parent); child !== NO_PATH; child = this.#nextSibling.get(child))
      named.push({ path: child, name: this.name(child) })
    named.reverse().sort((a, b) => (a.name < b.name ? -1 : 1))
    let next = NO_PATH
    for (const { path } of named.reverse()) {
      this.#nextSibling.set(path, next)
      next = path
    }
    this.#firstChild.set(parent, next)
    this.#ordered.set(parent, 1)
  }
}

/** Share of the slots that may be taken. */
const CROWDED = 0.75

function isCrowded(count: number, slots: Int32Array): boolean {
  return count > slots.length * CROWDED
}
