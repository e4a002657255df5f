import type { FilePath } from '../../layer/file-path.ts'
import type { TreeNode } from '../../overlay/tree.ts'
import { foldPath } from '../filter/filter-text.ts'
import { lowerAscii } from '../filter/lower-ascii.ts'
import type { FileScope, FileTable } from './file-table.ts'

/** The columns of a table that is being made: rows are added in order, the last ones may go again. */
export class RowColumns {
  readonly parents: Uint32Array
  readonly ends: Uint32Array
  readonly depths: Uint16Array
  readonly sizes: Float64Array
  readonly changes: Uint8Array
  readonly types: Uint8Array
  readonly layers: Uint16Array
  readonly ids: Uint32Array
  readonly starts: Uint32Array
  bytes: Buffer
  /** Only where lower case is more than the ASCII letters'. */
  folded: Buffer | undefined
  count = 0

  /** `capacity`: no more rows than this will be added. */
  constructor(capacity: number) {
    this.parents = new Uint32Array(capacity)
    this.ends = new Uint32Array(capacity)
    this.depths = new Uint16Array(capacity)
    this.sizes = new Float64Array(capacity)
    this.changes = new Uint8Array(capacity)
    this.types = new Uint8Array(capacity)
    this.layers = new Uint16Array(capacity)
    this.ids = new Uint32Array(capacity)
    this.starts = new Uint32Array(capacity + 1)
    this.bytes = Buffer.allocUnsafe(Math.max(64, capacity * 20))
  }

  add(node: TreeNode, parent: number, depth: number): number {
    const row = this.count++
    this.parents[row] = parent
    this.depths[row] = depth
    this.layers[row] = node.layer
    this.ids[row] = node.id
    this.addName(row, node.name)
    return row
  }

  close(row: number): void {
    this.ends[row] = this.count
  }

  cutTo(count: number): void {
    this.count = count
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
      names: {
        // Not copied: what lies behind the end was never touched, and costs no memory.
        bytes: this.bytes.subarray(0, end),
        folded: this.folded?.subarray(0, end),
        starts: kept(this.starts, count + 1),
      },
      node: row => nodeOf(ids[row] ?? 0),
    }
  }

  private addName(row: number, name: string): void {
    const start = this.starts[row] ?? 0
    const end = start + name.length + 1
    if (end > this.bytes.length) this.grow(end * 2)
    this.bytes.write(name, start, 'latin1')
    this.bytes[end - 1] = 0
    if (this.folded === undefined && !ASCII.test(name)) this.folded = foldedAscii(this.bytes, start)
    if (this.folded !== undefined) {
      this.folded.write(foldPath(name as FilePath), start, 'latin1')
      this.folded[end - 1] = 0
    }
    this.starts[row + 1] = end
  }

  private grow(length: number): void {
    const larger = (bytes: Buffer) => {
      const next = Buffer.allocUnsafe(length)
      bytes.copy(next)
      return next
    }
    this.bytes = larger(this.bytes)
    if (this.folded !== undefined) this.folded = larger(this.folded)
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range
const ASCII = /^[\u0000-\u007f]*$/

/** A copy with the first `length` bytes in lower case; all of them ASCII. */
function foldedAscii(bytes: Buffer, length: number): Buffer {
  const folded = Buffer.from(bytes)
  lowerAscii(folded.subarray(0, length))
  return folded
}
