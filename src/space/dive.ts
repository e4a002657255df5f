import type { Changeset } from '../layer/changeset.ts'
import type { FilePath } from '../layer/file-path.ts'
import { Column } from '../overlay/column.ts'
import { type PathId, PathTable } from '../overlay/path-table.ts'
import { DiveLayer, type DiveNode, DiveStack, FloatColumn, headerBytes } from './dive-tree.ts'

/** dive's figures under its own names, its quirks included, so that a `.dive-ci` file means the same here. */
export type DiveFigures = {
  readonly efficiency: number
  readonly sizeBytes: number
  /** Bytes of all layers but the first. */
  readonly userSizeBytes: number
  readonly wastedBytes: number
  /** A ratio, in spite of its name; NaN and Infinity happen. */
  readonly userWastedPercent: number
  /** Paths that two or more layers hold, most bytes first: what dive lists as inefficient. */
  readonly inefficientFiles: readonly InefficientFile[]
}

type InefficientFile = { readonly path: FilePath; readonly count: number; readonly sizeBytes: number }

/**
 * dive's efficiency of layers, base first (semantics.md, "dive's figures"). Where dive stacks all lower layers anew for
 * every whiteout, the stack is kept, and what whiteouts remove is summed once: linear in entries. `paths` may be a table that
 * holds the layers' paths already: to find one costs less than to make it.
 */
export function diveFigures(changesets: readonly Changeset[], paths = new PathTable()): DiveFigures {
  const stack = new DiveStack(paths)
  const ledger = new DiveLedger()
  const layer = new DiveLayer(paths)
  let sizeBytes = 0
  for (const changeset of changesets) {
    sizeBytes += headerBytes(changeset)
    layer.read(changeset)
    layer.everyLeaf(node => ledger.enter(node, stack))
    layer.everyNode(node => stack.graft(node))
  }
  const [first] = changesets
  const userSizeBytes = first === undefined ? 0 : sizeBytes - headerBytes(first)
  const { smallest, cumulative, wastedBytes } = ledger.totals()
  return {
    efficiency: cumulative === 0 ? 1 : smallest / cumulative,
    sizeBytes,
    userSizeBytes,
    wastedBytes,
    userWastedPercent: wastedBytes / userSizeBytes,
    get inefficientFiles() {
      return ledger.inefficient(paths)
    },
  }
}

class DiveLedger {
  readonly #cumulative = new FloatColumn()
  readonly #smallest = new FloatColumn()
  readonly #counts = new Column()
  #last: PathId = 0

  /** False if a whiteout removes what is not there: dive then abandons the rest of the layer. */
  enter({ path, size, isWhiteout }: DiveNode, stack: DiveStack): boolean {
    const bytes = isWhiteout ? stack.sizeRemovedBy(path) : size
    if (bytes === undefined) return false
    const count = this.#counts.get(path)
    this.#cumulative.set(path, this.#cumulative.get(path) + bytes)
    this.#smallest.set(path, count === 0 ? bytes : Math.min(this.#smallest.get(path), bytes))
    this.#counts.set(path, count + 1)
    this.#last = Math.max(this.#last, path)
    return true
  }

  totals(): { readonly smallest: number; readonly cumulative: number; readonly wastedBytes: number } {
    let [smallest, cumulative, wastedBytes] = [0, 0, 0]
    for (let path = 1; path <= this.#last; path++) {
      smallest += this.#smallest.get(path)
      cumulative += this.#cumulative.get(path)
      if (this.#counts.get(path) > 1) wastedBytes += this.#cumulative.get(path)
    }
    return { smallest, cumulative, wastedBytes }
  }

  inefficient(paths: PathTable): InefficientFile[] {
    const files: InefficientFile[] = []
    for (let path = 1; path <= this.#last; path++) {
      const count = this.#counts.get(path)
      if (count > 1) files.push({ path: paths.fullPath(path), count, sizeBytes: this.#cumulative.get(path) })
    }
    return files.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1))
  }
}
