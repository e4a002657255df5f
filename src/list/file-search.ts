import { type Filter, holds, matchesFilter } from '../filter/filter.ts'
import type { FilterSubject, Term } from '../filter/filter-term.ts'
import { lowerAscii } from '../filter/filter-text.ts'
import { ENTRY_TYPES } from '../layer/entry.ts'
import { baseName, type FilePath, joinPath, ROOT } from '../layer/file-path.ts'
import type { TreeNode } from '../overlay/tree.ts'
import { changeOf, type FileTable, isDirectory, nameAt } from './file-table.ts'

/**
 * The rows of a table that a filter keeps: one byte a row, and how many. `bytes` is the content of the files among them, an inode
 * once as in the table's sizes, `removed` that of names that are gone.
 */
export type Hits = {
  readonly filter: Filter
  readonly kept: Uint8Array
  readonly count: number
  readonly bytes: number
  readonly removed: number
}

/**
 * Finds what `filter` keeps, in steps of well under ten milliseconds; the caller stops it when the text has changed.
 *
 * A word without a slash is looked for in the packed names (13 ms for half a million), and where a name has it, so has every
 * path below. Only what is left is looked at one by one, cheap terms before those that need the whole node. A text that grew
 * is looked for only among what its beginning found: `within`, of a filter that this one narrows.
 *
 * `own`: the last component itself must have the word; a search does not jump to everything in a directory it found.
 */
export function* findRows(table: FileTable, filter: Filter, within?: Hits, own = false): Generator<undefined, Hits> {
  const kept = new Uint8Array(table.count)
  const groups: readonly (readonly Term[])[] = filter.groups.length === 0 ? [[]] : filter.groups
  let [count, bytes, removed] = [0, 0, 0]
  for (const group of groups) {
    const driver = group.find(({ substring, negated }) => substring !== undefined && !negated && isNameWord(substring.folded))
    const rest = [...group].sort((one, other) => NEEDS.indexOf(one.need) - NEEDS.indexOf(other.need))
    const checks = driver?.substring?.exact === false && !driver.substring.anchored ? rest.filter(term => term !== driver) : rest
    const cursor = new RowCandidate(table)
    const matches = (row: number) => {
      cursor.row = row
      return checks.every(term => holds(term, cursor)) && (!own || ownsWords(group, cursor.path))
    }
    const rows = driver?.substring === undefined ? everyRow(table) : rowsWithWord(table, driver.substring.folded, own)
    let steps = 0
    for (const row of rows) {
      if (row === STEPPED || ++steps % STEP === 0) yield
      if (row === STEPPED || kept[row] !== 0 || (within !== undefined && within.kept[row] === 0)) continue
      if (!matches(row)) continue
      kept[row] = 1
      count++
      if (isDirectory(table, row)) continue
      if (changeOf(table, row) === 'removed') removed += table.sizes[row] ?? 0
      else bytes += table.sizes[row] ?? 0
    }
  }
  return { filter, kept, count, bytes, removed }
}

/** A row of the table as filters see it, for one by one. */
function candidateAt(table: FileTable, row: number): FilterSubject {
  const cursor = new RowCandidate(table)
  cursor.row = row
  return cursor
}

/** The filter on one row: what the fast way above must agree with. */
export function matchesRow(table: FileTable, filter: Filter, row: number): boolean {
  return matchesFilter(filter, candidateAt(table, row))
}

const NEEDS = ['columns', 'path', 'node']
/** Rows between two yields. */
const STEP = 512
/** Stands for "a slice has been looked through". */
const STEPPED = -1

function isNameWord(folded: string): boolean {
  return folded !== '' && !folded.includes('/') && !folded.includes('\0')
}

function* everyRow(table: FileTable): Generator<number> {
  for (let row = 1; row < table.count; row++) yield row
}

/** Rows whose name has the word and, unless only the names count, all rows below them; each once, ascending. */
function* rowsWithWord(table: FileTable, word: string, namesOnly: boolean): Generator<number> {
  const { bytes, starts } = table.names
  const needle = Buffer.from(word, 'latin1')
  let done = 1
  // Where the next find may begin; the root has no name.
  let next = starts[1] ?? bytes.length
  for (let start = next; start < bytes.length; start += SLICE - needle.length + 1) {
    const hay = foldedSlice(table, start)
    for (let found = hay.indexOf(needle, Math.max(0, next - start)); found !== -1; ) {
      const row = rowAtByte(starts, table.count, start + found)
      const end = namesOnly ? row + 1 : Math.max(row + 1, table.ends[row] ?? 0)
      for (let each = Math.max(done, row); each < end; each++) yield each
      done = Math.max(done, end)
      next = starts[end] ?? bytes.length
      found = next - start >= hay.length ? -1 : hay.indexOf(needle, next - start)
    }
    yield STEPPED
  }
}

/** A slice of the names in lower case. */
function foldedSlice({ names: { bytes, folded } }: FileTable, start: number): Buffer {
  if (folded !== undefined) return folded.subarray(start, start + SLICE)
  const slice = Buffer.from(bytes.subarray(start, start + SLICE))
  lowerAscii(slice)
  return slice
}

/** Bytes that are searched at once: about a millisecond with the folding. */
const SLICE = 1 << 19

/** The name that byte `at` of the packed names belongs to. */
function rowAtByte(starts: Uint32Array, count: number, at: number): number {
  let [low, high] = [0, count - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= at) low = middle
    else high = middle - 1
  }
  return low
}

/** Whether each word is found so that it touches the last component. */
function ownsWords(terms: readonly Term[], path: FilePath): boolean {
  return terms.every(({ substring, negated, test }) => {
    if (substring === undefined || negated) return true
    const name = baseName(path)
    const from = Math.max(0, path.length - name.length - substring.needle.length + 1)
    return test({ ...NOTHING, path: (substring.anchored && from === 0 ? path : path.slice(from)) as FilePath })
  })
}

const NOTHING: FilterSubject = {
  path: ROOT,
  type: 'file',
  mode: 0,
  uid: 0,
  gid: 0,
  mtime: undefined,
  size: 0,
  layer: 0,
  change: 'unchanged',
  links: 1,
}

/** Reads a row's columns as they are asked for; the paths of the directories above are kept from row to row. */
class RowCandidate implements FilterSubject {
  row = 0
  private readonly table: FileTable
  private readonly rowAt: number[] = [0]
  private readonly pathAt: FilePath[] = [ROOT]
  private nodeRow = -1
  private held: TreeNode | undefined

  constructor(table: FileTable) {
    this.table = table
  }

  get path(): FilePath {
    return this.pathOf(this.row)
  }
  get type() {
    return ENTRY_TYPES[this.table.types[this.row] ?? 0] ?? 'file'
  }
  get size() {
    return this.table.sizes[this.row] ?? 0
  }
  get layer() {
    return this.table.layers[this.row] ?? 0
  }
  get change() {
    return changeOf(this.table, this.row)
  }
  get mode() {
    return this.node().mode
  }
  get uid() {
    return this.node().uid
  }
  get gid() {
    return this.node().gid
  }
  get mtime() {
    return this.node().mtime
  }
  get links() {
    return this.node().links
  }

  private node(): TreeNode {
    if (this.nodeRow !== this.row || this.held === undefined) {
      this.held = this.table.node(this.row)
      this.nodeRow = this.row
    }
    return this.held
  }

  private pathOf(row: number): FilePath {
    const depth = this.table.depths[row] ?? 0
    if (depth === 0) return ROOT
    if (this.rowAt[depth] === row) return this.pathAt[depth] ?? ROOT
    const path = joinPath(this.pathOf(this.table.parents[row] ?? 0), nameAt(this.table, row))
    this.rowAt[depth] = row
    this.pathAt[depth] = path
    return path
  }
}
