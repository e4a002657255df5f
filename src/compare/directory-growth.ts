import { type FilePath, joinPath, ROOT } from '../layer/file-path.ts'
import { NO_PATH, type PathId, type PathTable, ROOT_PATH } from '../overlay/path-table.ts'
import { finish, STEP, type Steps } from '../overlay/steps.ts'
import type { Snapshot } from '../overlay/tree.ts'
import { NO_VERSION } from '../overlay/version-table.ts'
import { type ClassMask, maskOf } from './change-class.ts'
import { type GrownList, type GrownPath, largeDirectories, listOf, siblingsOf } from './grown-siblings.ts'
import type { Selection } from './selection.ts'

/** Classes that leave alone what a file is there for. */
const QUIET = maskOf('owner', 'mode', 'time', 'xattr')

/** Sums of rows by directory: what a listing of both trees shows beside each name. */
export type DirectoryGrowth = {
  readonly root: GrownPath
  /** The differing paths directly below, the most bytes either way first, then by name. */
  children(parent: GrownPath): GrownList
  /** All that either tree has directly below, in the same order. */
  everything(parent: GrownPath): GrownList
  /** The path directly below where no other one differs. */
  onlyChild(parent: GrownPath): GrownPath | undefined
  /** The path directly below where neither tree ever had another one. */
  onlyEver(parent: GrownPath): GrownPath | undefined
  /** The row of the comparison at the path itself. */
  rowAt(path: GrownPath): number | undefined
}

/** Adds rows up along the directories of either tree, in small steps; a moved file counts at its new place. */
export function* directoryGrowth(selection: Selection): Steps<DirectoryGrowth> {
  const { rows } = selection
  const [paths, others] = [rows.a.tree.paths, rows.b.tree.paths]
  const { gone, there } = yield* sumsOf(selection)
  const { grown, quietAt, isThere } = pathsOf(selection, gone, there)
  const tables = { a: paths, b: others }
  const bytesAt = (before: PathId, after: PathId) => gone.bytes(before) + there.bytes(after)
  const isChanged = (before: PathId, after: PathId) => gone.rows(before) + there.rows(after) > 0
  const name = (before: PathId, after: PathId) => (after === NO_PATH ? paths.name(before) : others.name(after))
  const make = (parent: GrownPath, before: PathId, after: PathId) =>
    grown(joinPath(parent.path, name(before, after)), before, after)
  const childOf = (parent: GrownPath, before: PathId, after: PathId) =>
    before === NO_PATH && after === NO_PATH ? undefined : make(parent, before, after)
  const listsOf = function* (parent: GrownPath): Steps<Lists> {
    const siblings = yield* siblingsOf(tables, parent, bytesAt)
    return {
      children: yield* listOf(siblings, isChanged, quietAt, (before, after) => make(parent, before, after)),
      everything: yield* listOf(siblings, isThere, quietAt, (before, after) => make(parent, before, after)),
    }
  }
  // Lists are asked for again with every row that is opened: a directory is put in order once, a large one before it is asked for.
  const known = new Map<string, Lists>()
  const keyOf = ({ before, after }: Pick<GrownPath, 'before' | 'after'>) => `${before} ${after}`
  const below = (parent: GrownPath): Lists => {
    const lists = known.get(keyOf(parent)) ?? finish(listsOf(parent))
    known.set(keyOf(parent), lists)
    return lists
  }
  for (const path of yield* largePaths(paths, others)) {
    const parent = grown(path, paths.find(path), others.find(path))
    if (!known.has(keyOf(parent))) known.set(keyOf(parent), yield* listsOf(parent))
  }
  return {
    root: grown(ROOT, ROOT_PATH, ROOT_PATH),
    children: parent => below(parent).children,
    everything: parent => below(parent).everything,
    onlyChild: parent => childOf(parent, ...loneChanged(tables, parent, { gone, there })),
    onlyEver: parent => {
      const [before, after] = loneEver(tables, parent)
      return isThere(before, after) ? childOf(parent, before, after) : undefined
    },
    rowAt: ({ before, after }) => there.rowAt(after) ?? gone.rowAt(before),
  }
}

/** Paths of either tree with what lies at and below them. */
function pathsOf({ rows }: Selection, gone: Sums, there: Sums) {
  const grown = (path: FilePath, before: PathId, after: PathId): GrownPath => ({
    path,
    before,
    after,
    isDirectory: isDirectory(rows.a, before) || isDirectory(rows.b, after),
    delta: gone.bytes(before) + there.bytes(after),
    rows: gone.rows(before) + there.rows(after),
    quiet: gone.quiet(before) + there.quiet(after),
    quietMask: gone.quietMask(before) | there.quietMask(after),
  })
  const isThere = (before: PathId, after: PathId) => isSeen(rows.a, before) || isSeen(rows.b, after)
  const quietAt = (before: PathId, after: PathId) =>
    gone.rows(before) + there.rows(after) !== 1 ||
    gone.quiet(before) + there.quiet(after) !== 1 ||
    isDirectory(rows.a, before) ||
    isDirectory(rows.b, after)
      ? 0
      : gone.quietMask(before) | there.quietMask(after)
  return { grown, quietAt, isThere }
}

/** The answer of `onlyChild` for a directory with several. */
const SEVERAL = 0xffffffff

function loneBelow(paths: PathTable, parent: PathId): PathId {
  if (parent === NO_PATH || !paths.hasChildren(parent)) return NO_PATH
  return paths.onlyChild(parent) || SEVERAL
}

type Tables = { readonly a: PathTable; readonly b: PathTable }
type Pair = readonly [before: PathId, after: PathId]

function loneChanged(tables: Tables, parent: GrownPath, { gone, there }: { readonly gone: Sums; readonly there: Sums }): Pair {
  return pairBelow(tables, parent, gone.onlyChild(parent.before), there.onlyChild(parent.after))
}

function loneEver(tables: Tables, parent: GrownPath): Pair {
  return pairBelow(tables, parent, loneBelow(tables.a, parent.before), loneBelow(tables.b, parent.after))
}

/** The one path below a directory by its places in both tables, where either side's only one has the same name; else none. */
function pairBelow({ a, b }: Tables, parent: GrownPath, mine: PathId, theirs: PathId): Pair {
  if (mine === SEVERAL || theirs === SEVERAL) return [NO_PATH, NO_PATH]
  if (mine !== NO_PATH && theirs !== NO_PATH) return a.compareName(mine, b, theirs) === 0 ? [mine, theirs] : [NO_PATH, NO_PATH]
  const before = theirs === NO_PATH || parent.before === NO_PATH ? mine : a.child(parent.before, b.name(theirs))
  const after = mine === NO_PATH || parent.after === NO_PATH ? theirs : b.child(parent.after, a.name(mine))
  return [before, after]
}

/** A removed path by its place in A's table, everything else by its place in B's. */
function* sumsOf({ rows, indexes, kept }: Selection): Steps<{ readonly gone: Sums; readonly there: Sums }> {
  const [gone, there] = [new Sums(rows.a.tree.paths), new Sums(rows.b.tree.paths)]
  for (const [index, row] of indexes.entries()) {
    if (index % STEP === 0) yield
    const after = rows.after(row)
    const mask = rows.mask(row) & kept(row)
    const quiet = (mask & ~QUIET) === 0 ? mask : 0
    if (after === NO_PATH) gone.addRow(rows.before(row), row, rows.delta(row), quiet)
    else there.addRow(after, row, rows.delta(row), quiet)
  }
  yield* gone.sumUp()
  yield* there.sumUp()
  return { gone, there }
}

type Lists = { readonly children: GrownList; readonly everything: GrownList }

/** Paths of large directories of either table. */
function* largePaths(a: PathTable, b: PathTable): Steps<ReadonlySet<FilePath>> {
  const [mine, theirs] = [yield* largeDirectories(a), yield* largeDirectories(b)]
  return new Set([...mine.map(path => a.fullPath(path)), ...theirs.map(path => b.fullPath(path))])
}

function isSeen({ tree, layers }: Snapshot, path: PathId): boolean {
  return path !== NO_PATH && tree.versions.visible(path, layers) !== NO_VERSION
}

function isDirectory({ tree, layers }: Snapshot, path: PathId): boolean {
  if (path === ROOT_PATH) return true
  const version = path === NO_PATH ? NO_VERSION : tree.versions.visible(path, layers)
  return version !== NO_VERSION && tree.type(version) === 'directory'
}

/** Figures by path of one table, added up to the parents; parents have smaller identifiers than their children. */
class Sums {
  readonly #paths: PathTable
  readonly #bytes: Float64Array
  readonly #rows: Uint32Array
  readonly #quiet: Uint32Array
  readonly #quietMasks: Uint16Array
  /** The path directly below with rows; `SEVERAL` of them. */
  readonly #onlyChildren: Uint32Array
  /** The row at each path, plus 1. */
  readonly #at: Uint32Array

  constructor(paths: PathTable) {
    this.#paths = paths
    this.#bytes = new Float64Array(paths.count + 1)
    this.#rows = new Uint32Array(paths.count + 1)
    this.#quiet = new Uint32Array(paths.count + 1)
    this.#quietMasks = new Uint16Array(paths.count + 1)
    this.#onlyChildren = new Uint32Array(paths.count + 1)
    this.#at = new Uint32Array(paths.count + 1)
  }

  bytes(path: PathId): number {
    return path === NO_PATH ? 0 : (this.#bytes[path] ?? 0)
  }

  rows(path: PathId): number {
    return path === NO_PATH ? 0 : (this.#rows[path] ?? 0)
  }

  quiet(path: PathId): number {
    return path === NO_PATH ? 0 : (this.#quiet[path] ?? 0)
  }

  quietMask(path: PathId): ClassMask {
    return path === NO_PATH ? 0 : (this.#quietMasks[path] ?? 0)
  }

  /** The path directly below that has rows; `NO_PATH` where there is none, `SEVERAL` where there are more. */
  onlyChild(path: PathId): PathId {
    return path === NO_PATH ? NO_PATH : (this.#onlyChildren[path] ?? NO_PATH)
  }

  /** The row at the path itself. */
  rowAt(path: PathId): number | undefined {
    const row = path === NO_PATH ? 0 : (this.#at[path] ?? 0)
    return row === 0 ? undefined : row - 1
  }

  addRow(path: PathId, row: number, bytes: number, quietMask: ClassMask): void {
    this.#at[path] = row + 1
    this.#add(path, { bytes, rows: 1, quiet: quietMask === 0 ? 0 : 1, quietMask })
  }

  #add(
    path: PathId,
    more: { readonly bytes: number; readonly rows: number; readonly quiet: number; readonly quietMask: ClassMask },
  ) {
    this.#bytes[path] = this.bytes(path) + more.bytes
    this.#rows[path] = this.rows(path) + more.rows
    this.#quiet[path] = this.quiet(path) + more.quiet
    this.#quietMasks[path] = this.quietMask(path) | more.quietMask
  }

  *sumUp(): Steps<void> {
    for (let path = this.#paths.count; path > ROOT_PATH; path--) {
      if (path % STEP === 0) yield
      if (this.rows(path) === 0) continue
      const [bytes, rows, quiet, quietMask] = [this.bytes(path), this.rows(path), this.quiet(path), this.quietMask(path)]
      const parent = this.#paths.parent(path)
      this.#add(parent, { bytes, rows, quiet, quietMask })
      this.#onlyChildren[parent] = this.#onlyChildren[parent] === NO_PATH ? path : SEVERAL
    }
  }
}

/** One line of "why it grew": a directory, or what is left of it beside those that have lines of their own. */
export type GrowthPart = Pick<GrownPath, 'path' | 'isDirectory' | 'delta' | 'rows'> & { readonly isRest: boolean }

/** A directory is taken apart while one of its children has at least this share of its bytes. */
const LARGE_SHARE = 0.4

/**
 * The total as at most `most` directories that do not overlap: the largest is taken apart again and again while one place below it is
 * to blame. They sum to the total.
 */
export function growthParts(growth: DirectoryGrowth, most: number): readonly GrowthPart[] {
  type Part = { readonly at: GrownPath; delta: number; rows: number; isRest: boolean; isDone: boolean }
  const whole = (at: GrownPath): Part => ({ at, delta: at.delta, rows: at.rows, isRest: false, isDone: false })
  const parts: Part[] = [whole(growth.root)]
  const size = ({ delta }: Part) => Math.abs(delta)
  while (parts.length < most) {
    const [largest] = parts.filter(({ isDone }) => !isDone).sort((one, other) => size(other) - size(one))
    if (largest === undefined) break
    const taken = new Set(parts.map(({ at }) => at.path))
    const child = first(growth.children(largest.at), ({ path }) => !taken.has(path))
    if (child === undefined || Math.abs(child.delta) < Math.max(1, LARGE_SHARE * size(largest))) largest.isDone = true
    else {
      parts.push(whole(child))
      largest.delta -= child.delta
      largest.rows -= child.rows
      largest.isRest = true
    }
  }
  return parts
    .filter(({ rows }) => rows > 0)
    .map(({ at, delta, rows, isRest }) => ({ path: at.path, isDirectory: at.isDirectory, isRest, delta, rows }))
    .sort((one, other) => Math.abs(other.delta) - Math.abs(one.delta) || (one.path < other.path ? -1 : 1))
}

function first(list: GrownList, wanted: (each: GrownPath) => boolean): GrownPath | undefined {
  for (const each of list) if (wanted(each)) return each
  return undefined
}
