import type { FilePath } from '../layer/file-path.ts'
import { NO_PATH, type PathId, ROOT_PATH } from '../overlay/path-table.ts'
import { finish, STEP, type Steps } from '../overlay/steps.ts'
import type { Stack } from '../overlay/tree.ts'
import { contentSizeOf, isAlive, isContent, WASTE_CAUSES, type Waste, type WasteLedger } from './waste.ts'

/**
 * One act of an image's story: hidden contents that one layer shipped and one later layer hid in one way, told by the topmost
 * directory that the shipping layer filled with nothing else.
 */
export type Act = {
  /** The directory that holds all of them, or the file where there is one. */
  readonly path: FilePath
  readonly files: number
  readonly bytes: number
  readonly shippedBy: number
  readonly hiddenBy: number
  readonly cause: Waste['cause']
}

/** The acts with the most bytes, most first, and what all of them come to: `bytes` is the ledger's `hidden`. */
export type Acts = { readonly acts: readonly Act[]; readonly count: number; readonly bytes: number }

/** More acts than this are not listed: they are counted. */
const LISTED = 500

export function actsOf(stack: Stack, ledger: WasteLedger): Acts {
  return finish(actsSteps(stack, ledger))
}

/** The same in small steps: linear in the contents of the layers, whatever their depth. */
export function* actsSteps(stack: Stack, ledger: WasteLedger): Steps<Acts> {
  const { tree } = stack
  const layers = ledger.byLayer.length
  const board = new Board(stack)
  const all: Act[] = []
  let [count, bytes, next] = [0, 0, 0]
  const { inodes } = ledger
  for (let layer = 0; layer < layers; layer++) {
    const [start, end] = [tree.versionEnds[layer] ?? 0, tree.versionEnds[layer + 1] ?? 0]
    const first = next
    while (next < inodes.length && (inodes[next] ?? 0) <= end) next++
    if (next === first) continue
    for (let inode = start + 1; inode <= end; inode++) {
      if (inode % STEP === 0) yield
      if (isContent(tree, inode) && contentSizeOf(tree, inode) > 0 && isAlive(tree, inode, layers))
        board.note(tree.versions.path(inode), ALIVE)
    }
    for (let at = first; at < next; at++) {
      if (at % STEP === 0) yield
      const inode = inodes[at] ?? 0
      board.note(tree.versions.path(inode), keyOf(ledger.hiding(inode)))
    }
    for (let at = first; at < next; at++) {
      if (at % STEP === 0) yield
      const inode = inodes[at] ?? 0
      board.add(tree.versions.path(inode), contentSizeOf(tree, inode), keyOf(ledger.hiding(inode)))
    }
    for (const act of board.acts(layer)) {
      if (++count % STEP === 0) yield
      bytes += act.bytes
      all.push(act)
      if (all.length >= 2 * LISTED) keepLargest(all)
    }
  }
  keepLargest(all)
  return { acts: all, count, bytes }
}

/** Marks of a path: no content of the layer was seen there yet, content that is alive, and content of several fates. */
const [UNSEEN, ALIVE, MIXED] = [0, -1, -2]

const CAUSES = WASTE_CAUSES.length

function keyOf({ hiddenBy, cause }: { readonly hiddenBy: number; readonly cause: Waste['cause'] }): number {
  return hiddenBy * CAUSES + WASTE_CAUSES.indexOf(cause) + 1
}

function keepLargest(acts: Act[]): void {
  acts.sort((one, other) => other.bytes - one.bytes || one.shippedBy - other.shippedBy || (one.path < other.path ? -1 : 1))
  acts.length = Math.min(acts.length, LISTED)
}

/** One layer's contents over the paths of the stack, in columns that every layer uses again. */
class Board {
  readonly #tree: Stack['tree']
  readonly #marks: Int32Array
  readonly #bytes: Float64Array
  readonly #files: Int32Array
  /** The lowest directory above all contents of an act, by the act's top. */
  readonly #common: Int32Array
  readonly #knownTops: Int32Array
  readonly #met: Uint8Array
  #touched: PathId[] = []
  #tops: PathId[] = []
  #alone = new Map<string, { readonly path: PathId; readonly key: number; readonly bytes: number; readonly files: number }>()

  constructor({ tree }: Stack) {
    this.#tree = tree
    const length = tree.paths.count + 1
    this.#marks = new Int32Array(length)
    this.#bytes = new Float64Array(length)
    this.#files = new Int32Array(length)
    this.#common = new Int32Array(length)
    this.#knownTops = new Int32Array(length)
    this.#met = new Uint8Array(length)
  }

  /** Carries the fate of one content up to the first directory that has this mark already, or several. */
  note(path: PathId, key: number): void {
    for (let each = path; each !== NO_PATH; each = this.#tree.paths.parent(each)) {
      const mark = this.#marks[each] ?? UNSEEN
      if (mark === key || mark === MIXED) return
      if (mark === UNSEEN) this.#touched.push(each)
      this.#marks[each] = mark === UNSEEN ? key : MIXED
    }
  }

  /** Counts one hidden content for its act, after all of the layer were noted. */
  add(path: PathId, bytes: number, key: number): void {
    // Contents that one tar has under one name may go different ways: each way is an act of its own.
    if (this.#marks[path] !== key) {
      this.#addAlone(path, bytes, key)
      return
    }
    const top = this.#topOf(path, key)
    if (this.#files[top] === 0) {
      this.#tops.push(top)
      this.#common[top] = path
    }
    this.#bytes[top] = (this.#bytes[top] ?? 0) + bytes
    this.#files[top] = (this.#files[top] ?? 0) + 1
    this.#meet(top, path)
  }

  #addAlone(path: PathId, bytes: number, key: number): void {
    const alone = this.#alone.get(`${path} ${key}`) ?? { path, key, bytes: 0, files: 0 }
    this.#alone.set(`${path} ${key}`, { ...alone, bytes: alone.bytes + bytes, files: alone.files + 1 })
  }

  /** The highest path at or above this one whose contents all have its fate; looked for once a directory. */
  #topOf(path: PathId, key: number): PathId {
    const { paths } = this.#tree
    const climbed: PathId[] = []
    let top = path
    for (let each = path; each !== NO_PATH && this.#marks[each] === key; each = paths.parent(each)) {
      top = each
      const known = this.#knownTops[each] ?? NO_PATH
      if (known !== NO_PATH) {
        top = known
        break
      }
      climbed.push(each)
    }
    for (const each of climbed) this.#knownTops[each] = top
    return top
  }

  /**
   * Raises the lowest common directory of an act until `path` lies below it: a parent's identifier is smaller than its children's.
   * A path that was met before lies below it already, so that no directory is climbed twice.
   */
  #meet(top: PathId, path: PathId): void {
    const { paths } = this.#tree
    let common = this.#common[top] ?? path
    for (let each = path; each !== common && this.#met[each] === 0; ) {
      if (each > common) {
        this.#met[each] = 1
        each = paths.parent(each)
      } else {
        this.#met[common] = 1
        common = paths.parent(common)
      }
    }
    this.#common[top] = common
  }

  /** The acts of the layer; afterwards the board is empty. */
  *acts(shippedBy: number): Generator<Act> {
    const fate = (key: number) => ({
      hiddenBy: Math.floor((key - 1) / CAUSES),
      cause: WASTE_CAUSES[(key - 1) % CAUSES] ?? 'removed',
    })
    for (const top of this.#tops) {
      const path = this.#tree.paths.fullPath(this.#common[top] ?? ROOT_PATH)
      const [files, bytes] = [this.#files[top] ?? 0, this.#bytes[top] ?? 0]
      yield { path, files, bytes, shippedBy, ...fate(this.#marks[top] ?? 1) }
      this.#files[top] = 0
      this.#bytes[top] = 0
    }
    for (const { path, key, files, bytes } of this.#alone.values()) {
      yield { path: this.#tree.paths.fullPath(path), files, bytes, shippedBy, ...fate(key) }
    }
    for (const path of this.#touched) {
      this.#marks[path] = UNSEEN
      this.#knownTops[path] = NO_PATH
      this.#met[path] = 0
    }
    this.#touched = []
    this.#tops = []
    this.#alone = new Map()
  }
}
