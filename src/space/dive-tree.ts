import { at, type Changeset, entryPath, entryType } from '../layer/changeset.ts'
import type { EntryType } from '../layer/entry.ts'
import { Column } from '../overlay/column.ts'
import { EntryPaths } from '../overlay/entry-paths.ts'
import { isBookkeeping } from '../overlay/layer-entries.ts'
import { LivingPaths } from '../overlay/living-paths.ts'
import { NO_PATH, type PathId, type PathTable, ROOT_PATH } from '../overlay/path-table.ts'
import { finish } from '../overlay/steps.ts'

const WHITEOUT = '.wh.'

/** A node of one layer's tree as dive builds it: whiteouts are nodes of their own beside what they remove. */
export type DiveNode = {
  /** For a whiteout what it removes. */
  path: PathId
  size: number
  isDirectory: boolean
  isWhiteout: boolean
}

/** One layer's tree after the other. Opaque markers never enter it, but the directories on their way do. */
export class DiveLayer {
  readonly #paths: PathTable
  /** The entry of each node plus 1; `NO_ENTRY` for a directory only a deeper path mentions. */
  readonly #entries = new Column()
  readonly #firstChild = new Column()
  readonly #nextChild = new Column()
  /** Nodes whose names begin as whiteouts do. */
  readonly #marks = new Set<PathId>()
  #changeset: Changeset | undefined
  /** Nodes in the order entries mention them. */
  readonly #mentioned = new Column()
  #count = 0
  /** The node at hand: one object for all of them. */
  readonly #node: DiveNode = { path: NO_PATH, size: 0, isDirectory: false, isWhiteout: false }

  constructor(paths: PathTable) {
    this.#paths = paths
  }

  /** Takes the next layer; the one before is forgotten. */
  read(changeset: Changeset): void {
    for (let index = 0; index < this.#count; index++) this.#forget(this.#mentioned.get(index))
    this.#forget(ROOT_PATH)
    this.#count = 0
    this.#marks.clear()
    this.#changeset = changeset
    finish(this.#paths.reserving(changeset.length))
    const entries = new EntryPaths(this.#paths, changeset)
    for (let index = 0; index < changeset.length; index++)
      if (!entries.isTooDeep(index))
        this.#add(entries.at(index), entryType(changeset, index), isBookkeeping(changeset, index), index)
    // Only a whiteout makes the order matter.
    if (this.#marks.size > 0) this.#sortChildrenFirst()
  }

  /** Visits nodes as dive does, children before their directory, siblings bytewise; a visited node is valid during the call only. */
  everyNode(visit: (node: DiveNode) => void): void {
    for (let index = 0; index < this.#count; index++) visit(this.#at(this.#mentioned.get(index)))
  }

  /** The same for nodes with nothing below, until `visit` says false. */
  everyLeaf(visit: (node: DiveNode) => boolean): void {
    for (let index = 0; index < this.#count; index++) {
      const path = this.#mentioned.get(index)
      if (this.#firstChild.get(path) === NO_PATH && !visit(this.#at(path))) return
    }
  }

  #at(path: PathId): DiveNode {
    const [node, changeset] = [this.#node, this.#changeset]
    const entry = this.#entries.get(path) - 1
    const isWhiteout = this.#marks.size > 0 && this.#marks.has(path)
    node.path = isWhiteout
      ? this.#paths.internName(this.#paths.parent(path), this.#paths.name(path).slice(WHITEOUT.length))
      : path
    node.size = entry < 0 || changeset === undefined ? 0 : headerSize(changeset, entry)
    node.isDirectory = entry >= 0 && changeset !== undefined && entryType(changeset, entry) === 'directory'
    node.isWhiteout = isWhiteout
    return node
  }

  #forget(path: PathId): void {
    this.#entries.set(path, 0)
    this.#firstChild.set(path, NO_PATH)
    this.#nextChild.set(path, NO_PATH)
  }

  #add(path: PathId, type: EntryType, isBookkeeping: boolean, index: number): void {
    if (path === ROOT_PATH) return
    const node = type === 'whiteout' ? this.#paths.internName(this.#paths.parent(path), WHITEOUT + this.#paths.name(path)) : path
    const mayBeMark = type === 'whiteout' || isBookkeeping
    for (let each = node; each !== ROOT_PATH && this.#entries.get(each) === 0; each = this.#paths.parent(each)) {
      const parent = this.#paths.parent(each)
      this.#entries.set(each, NO_ENTRY)
      this.#nextChild.set(each, this.#firstChild.get(parent))
      this.#firstChild.set(parent, each)
      if (mayBeMark && this.#paths.name(each).startsWith(WHITEOUT)) this.#marks.add(each)
      this.#mentioned.set(this.#count++, each)
    }
    if (type !== 'opaque') this.#entries.set(node, index + 1)
  }

  #sortChildrenFirst(): void {
    const pending = this.#children(ROOT_PATH)
    /** Directories before their children and siblings backwards is the wanted order backwards. */
    for (let [path, index] = [pending.pop(), this.#count - 1]; path !== undefined; path = pending.pop(), index--) {
      this.#mentioned.set(index, path)
      for (const child of this.#children(path)) pending.push(child)
    }
  }

  #children(parent: PathId): PathId[] {
    const named: { readonly child: PathId; readonly name: string }[] = []
    for (let child = this.#firstChild.get(parent); child !== NO_PATH; child = this.#nextChild.get(child))
      named.push({ child, name: this.#paths.name(child) })
    return named.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ child }) => child)
  }
}

const NO_ENTRY = -1

/** Lower layers stacked as dive does it: no opaque directories, a file over a directory keeps what is below. */
export class DiveStack {
  readonly #paths: PathTable
  readonly #living = new LivingPaths()
  readonly #states = new Column()
  readonly #sizes = new FloatColumn()
  /** Sums below directories, good until something is grafted. */
  readonly #sums = new Map<PathId, number>()

  constructor(paths: PathTable) {
    this.#paths = paths
  }

  /** Bytes at and below a directory, 0 for anything else, undefined for what is not there. */
  sizeRemovedBy(path: PathId): number | undefined {
    const state = this.#states.get(path)
    if (state === ABSENT) return undefined
    return state === DIRECTORY ? (this.#sums.get(path) ?? this.#sum(path)) : 0
  }

  graft(node: DiveNode): void {
    if (this.#sums.size > 0) this.#sums.clear()
    if (node.isWhiteout) this.#remove(node.path)
    else {
      for (let each = node.path; each !== ROOT_PATH && this.#states.get(each) === ABSENT; each = this.#paths.parent(each)) {
        this.#states.set(each, PRESENT)
        this.#living.add(this.#paths.parent(each), each)
      }
      this.#states.set(node.path, node.isDirectory ? DIRECTORY : PRESENT)
      this.#sizes.set(node.path, node.size)
    }
  }

  #remove(path: PathId): void {
    if (this.#states.get(path) === ABSENT) return
    for (let each = this.#living.deepest(path); ; ) {
      const [next, parent] = [this.#living.next(each), this.#paths.parent(each)]
      this.#states.set(each, ABSENT)
      this.#sizes.set(each, 0)
      this.#living.remove(parent, each)
      if (each === path) return
      each = next === NO_PATH ? parent : this.#living.deepest(next)
    }
  }

  /** Every directory below is summed once, whatever other whiteouts of the layer ask for. */
  #sum(path: PathId): number {
    const directories = [path]
    for (const directory of directories)
      for (let child = this.#living.first(directory); child !== NO_PATH; child = this.#living.next(child))
        if (this.#living.first(child) !== NO_PATH && !this.#sums.has(child)) directories.push(child)
    for (const directory of directories.reverse()) {
      let total = this.#sizes.get(directory)
      for (let child = this.#living.first(directory); child !== NO_PATH; child = this.#living.next(child))
        total += this.#sums.get(child) ?? this.#sizes.get(child)
      this.#sums.set(directory, total)
    }
    return this.#sums.get(path) ?? 0
  }
}

const ABSENT = 0
const PRESENT = 1
const DIRECTORY = 2

/** The size that the tar header of an entry claims, which dive counts: more than the content where a link or directory has one. */
function headerSize({ sizes, claimedSizes }: Changeset, index: number): number {
  return claimedSizes.get(index) ?? at(sizes, index)
}

/** The sum of a layer's headers as dive makes it: marks and repeated paths included, the root itself left out. */
export function headerBytes(changeset: Changeset): number {
  let total = 0
  for (let index = 0; index < changeset.length; index++) total += at(changeset.sizes, index)
  for (const [index, size] of changeset.claimedSizes) if (entryPath(changeset, index) !== '') total += size
  return total
}

/** A growing column of numbers; cells never written read as 0. */
export class FloatColumn {
  #values = new Float64Array(1024)

  get(index: number): number {
    return this.#values[index] ?? 0
  }

  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const wider = new Float64Array(Math.max(index + 1, this.#values.length * 2))
      wider.set(this.#values)
      this.#values = wider
    }
    this.#values[index] = value
  }
}
