import { type FilePath, joinPath, ROOT } from '../layer/file-path.ts'
import { NO_PATH, type PathId, type PathTable, ROOT_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Snapshot } from '../overlay/tree.ts'
import { NO_VERSION } from '../overlay/version-table.ts'
import type { Selection } from './selection.ts'

/** A path of either tree at or below which something differs. */
export type GrownPath = {
  readonly path: FilePath
  /** Where it is in A's and B's tables of paths; `NO_PATH` where no layer mentions it. */
  readonly before: PathId
  readonly after: PathId
  /** Whether either tree has a directory there. */
  readonly isDirectory: boolean
  /** Content bytes that B has more, at the path and below. */
  readonly delta: number
  /** Rows at the path and below. */
  readonly rows: number
}

/** Sums of rows by directory: what a listing of both trees shows beside each name. */
export type DirectoryGrowth = {
  readonly root: GrownPath
  /** What differs directly below, the most bytes either way first, then by name. */
  children(parent: GrownPath): readonly GrownPath[]
}

/** Adds rows up along the directories of either tree, in small steps; a moved file counts at its new place. */
export function* directoryGrowth({ rows, indexes }: Selection): Steps<DirectoryGrowth> {
  const [paths, others] = [rows.a.tree.paths, rows.b.tree.paths]
  const [gone, there] = [new Sums(paths), new Sums(others)]
  for (const [index, row] of indexes.entries()) {
    if (index % STEP === 0) yield
    const after = rows.after(row)
    if (after === NO_PATH) gone.add(rows.before(row), rows.delta(row))
    else there.add(after, rows.delta(row))
  }
  yield* gone.sumUp()
  yield* there.sumUp()
  const grown = (path: FilePath, before: PathId, after: PathId): GrownPath => ({
    path,
    before,
    after,
    isDirectory: isDirectory(rows.a, before) || isDirectory(rows.b, after),
    delta: gone.bytes(before) + there.bytes(after),
    rows: gone.rows(before) + there.rows(after),
  })
  return {
    root: grown(ROOT, ROOT_PATH, ROOT_PATH),
    children: parent => {
      const places = new Map<string, { before: PathId; after: PathId }>()
      if (parent.before !== NO_PATH)
        for (const child of paths.children(parent.before)) places.set(paths.name(child), { before: child, after: NO_PATH })
      if (parent.after !== NO_PATH)
        for (const child of others.children(parent.after)) {
          const name = others.name(child)
          places.set(name, { before: places.get(name)?.before ?? NO_PATH, after: child })
        }
      return [...places]
        .map(([name, { before, after }]) => grown(joinPath(parent.path, name), before, after))
        .filter(each => each.rows > 0)
        .sort((one, other) => Math.abs(other.delta) - Math.abs(one.delta) || (one.path < other.path ? -1 : 1))
    },
  }
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

  constructor(paths: PathTable) {
    this.#paths = paths
    this.#bytes = new Float64Array(paths.count + 1)
    this.#rows = new Uint32Array(paths.count + 1)
  }

  bytes(path: PathId): number {
    return path === NO_PATH ? 0 : (this.#bytes[path] ?? 0)
  }

  rows(path: PathId): number {
    return path === NO_PATH ? 0 : (this.#rows[path] ?? 0)
  }

  add(path: PathId, bytes: number, rows = 1): void {
    this.#bytes[path] = (this.#bytes[path] ?? 0) + bytes
    this.#rows[path] = (this.#rows[path] ?? 0) + rows
  }

  *sumUp(): Steps<void> {
    for (let path = this.#paths.count; path > ROOT_PATH; path--) {
      if (path % STEP === 0) yield
      if (this.rows(path) > 0) this.add(this.#paths.parent(path), this.bytes(path), this.rows(path))
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
  const listed = new Map<GrownPath, readonly GrownPath[]>()
  const childrenOf = (at: GrownPath) => {
    const known = listed.get(at) ?? growth.children(at)
    listed.set(at, known)
    return known
  }
  while (parts.length < most) {
    const [largest] = parts.filter(({ isDone }) => !isDone).sort((one, other) => size(other) - size(one))
    if (largest === undefined) break
    const taken = new Set(parts.map(({ at }) => at.path))
    const child = childrenOf(largest.at).find(({ path }) => !taken.has(path))
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
