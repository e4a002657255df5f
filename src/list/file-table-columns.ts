import type { ByteText } from '../blob/byte-text.ts'
import { foldPath } from '../filter/filter-text.ts'
import { grown } from '../layer/changeset-columns.ts'
import { type PathId, type PathTable, ROOT_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { TreeNode } from '../overlay/tree.ts'
import type { FileScope, FileTable } from './file-table.ts'

/** The columns of a table that is being made: rows are added in order, the last ones may go again. */
export class RowColumns {
  parents: Uint32Array
  ends: Uint32Array
  depths: Uint16Array
  sizes: Float64Array
  changes: Uint8Array
  types: Uint8Array
  layers: Uint16Array
  ids: Uint32Array
  starts: Uint32Array
  bytes: Buffer
  /** Only where lower case is more than the ASCII letters'. */
  folded: Buffer | undefined
  count = 0
  readonly #paths: PathTable
  #isAscii = true

  /** `rows`: how many there will be, where that is known. */
  constructor(paths: PathTable, rows: number) {
    this.#paths = paths
    const capacity = Math.max(rows, FEW)
    this.parents = new Uint32Array(capacity)
    this.ends = new Uint32Array(capacity)
    this.depths = new Uint16Array(capacity)
    this.sizes = new Float64Array(capacity)
    this.changes = new Uint8Array(capacity)
    this.types = new Uint8Array(capacity)
    this.layers = new Uint16Array(capacity)
    this.ids = new Uint32Array(capacity)
    this.starts = new Uint32Array(capacity + 1)
    // Each name is followed by a zero; pages that are never written cost no memory.
    this.bytes = Buffer.allocUnsafe(rows === 0 ? FEW * 20 : paths.nameBytes + capacity)
  }

  /** A row whose type, change and size are still to be set. */
  add(path: PathId, layer: number, parent: number, depth: number): number {
    const row = this.count++
    if (row === this.parents.length) this.#grow()
    this.parents[row] = parent
    this.depths[row] = depth
    this.layers[row] = layer
    this.ids[row] = path
    // Rows that went again leave their sizes behind.
    this.sizes[row] = 0
    this.#addName(row, path)
    return row
  }

  close(row: number): void {
    this.ends[row] = this.count
  }

  cutTo(count: number): void {
    this.count = count
  }

  /** Folds the names where there are others than ASCII ones. */
  *folding(): Steps<void> {
    if (this.#isAscii) return
    const folded = Buffer.allocUnsafe(this.bytes.length)
    for (let row = 0; row < this.count; row++) {
      const [start, end] = [this.starts[row] ?? 0, this.starts[row + 1] ?? 0]
      folded.write(foldPath(this.bytes.toString('latin1', start, end) as ByteText), start, 'latin1')
      if (row % STEP === 0) yield
    }
    this.folded = folded
  }

  /** The finished table; `nodeOf` makes a node of its id. The columns keep their full length where little was cut. */
  table(scope: FileScope, nodeOf: (id: number) => TreeNode): FileTable {
    const { count, ids } = this
    const end = this.starts[count] ?? 0
    const kept = <
      Column extends { length: number; slice(from: number, to: number): Column; subarray(from: number, to: number): Column },
    >(
      column: Column,
      length: number,
    ) => (length < column.length * 0.8 ? column.slice(0, length) : column.subarray(0, length))
    return {
      scope,
      count,
      parents: kept(this.parents, count),
      ends: kept(this.ends, count),
      depths: kept(this.depths, count),
      sizes: kept(this.sizes, count),
      changes: kept(this.changes, count),
      types: kept(this.types, count),
      layers: kept(this.layers, count),
      paths: kept(this.ids, count),
      names: {
        // Not copied: the pages behind the end were never touched, and cost no memory.
        bytes: this.bytes.subarray(0, end),
        folded: this.folded?.subarray(0, end),
        starts: kept(this.starts, count + 1),
      },
      node: row => nodeOf(ids[row] ?? 0),
    }
  }

  #addName(row: number, path: PathId): void {
    const start = this.starts[row] ?? 0
    const length = path === ROOT_PATH ? 0 : this.#paths.nameLength(path)
    const end = start + length + 1
    if (end > this.bytes.length) this.bytes = Buffer.concat([this.bytes.subarray(0, start)], end * 2)
    if (length > 0 && !this.#paths.copyName(path, this.bytes, start)) this.#isAscii = false
    this.bytes[end - 1] = 0
    this.starts[row + 1] = end
  }

  #grow(): void {
    const capacity = this.parents.length * 2
    this.parents = grown(this.parents, new Uint32Array(capacity))
    this.ends = grown(this.ends, new Uint32Array(capacity))
    this.depths = grown(this.depths, new Uint16Array(capacity))
    this.sizes = grown(this.sizes, new Float64Array(capacity))
    this.changes = grown(this.changes, new Uint8Array(capacity))
    this.types = grown(this.types, new Uint8Array(capacity))
    this.layers = grown(this.layers, new Uint16Array(capacity))
    this.ids = grown(this.ids, new Uint32Array(capacity))
    this.starts = grown(this.starts, new Uint32Array(capacity + 1))
  }
}

/** Rows that there is room for at first where the count is not known. */
const FEW = 4096
