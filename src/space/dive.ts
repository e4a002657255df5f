import type { Changeset } from '../layer/changeset.ts'
import type { FilePath } from '../layer/file-path.ts'
import { type PathId, PathTable } from '../overlay/path-table.ts'
import { contentBytes } from './content-bytes.ts'
import { DiveLayer, type DiveNode, DiveStack } from './dive-tree.ts'

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
 * every whiteout, the stack is kept, and what whiteouts remove is summed once: linear in entries.
 */
export function diveFigures(changesets: readonly Changeset[]): DiveFigures {
  const paths = new PathTable()
  const stack = new DiveStack(paths)
  const ledger = new DiveLedger()
  const layer = new DiveLayer(paths)
  for (const changeset of changesets) {
    layer.read(changeset)
    for (const node of layer.nodes()) if (node.isLeaf && !ledger.enter(node, stack)) break
    for (const node of layer.nodes()) stack.graft(node)
  }
  const sizes = changesets.map(contentBytes)
  const userSizeBytes = sum(sizes.slice(1))
  const { smallest, cumulative, wastedBytes } = ledger.totals()
  return {
    efficiency: cumulative === 0 ? 1 : smallest / cumulative,
    sizeBytes: sum(sizes),
    userSizeBytes,
    wastedBytes,
    userWastedPercent: wastedBytes / userSizeBytes,
    inefficientFiles: ledger.inefficient(paths),
  }
}

type PathFigures = { cumulative: number; smallest: number; count: number }

class DiveLedger {
  readonly #figures = new Map<PathId, PathFigures>()

  /** False if a whiteout removes what is not there: dive then abandons the rest of the layer. */
  enter(node: DiveNode, stack: DiveStack): boolean {
    const size = node.isWhiteout ? stack.sizeRemovedBy(node.path) : node.size
    if (size === undefined) return false
    const figures = this.#figures.get(node.path)
    if (figures === undefined) this.#figures.set(node.path, { cumulative: size, smallest: size, count: 1 })
    else {
      figures.cumulative += size
      figures.smallest = Math.min(figures.smallest, size)
      figures.count++
    }
    return true
  }

  totals(): { readonly smallest: number; readonly cumulative: number; readonly wastedBytes: number } {
    let [smallest, cumulative, wastedBytes] = [0, 0, 0]
    for (const figures of this.#figures.values()) {
      smallest += figures.smallest
      cumulative += figures.cumulative
      if (figures.count > 1) wastedBytes += figures.cumulative
    }
    return { smallest, cumulative, wastedBytes }
  }

  inefficient(paths: PathTable): InefficientFile[] {
    const files: InefficientFile[] = []
    for (const [path, { count, cumulative }] of this.#figures)
      if (count > 1) files.push({ path: paths.fullPath(path), count, sizeBytes: cumulative })
    return files.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.path < b.path ? -1 : 1))
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
