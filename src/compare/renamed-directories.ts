import { nameComparison } from '../overlay/node-comparison.ts'
import { NO_PATH, type PathId, ROOT_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Snapshot, TreeNode } from '../overlay/tree.ts'
import { NO_VERSION } from '../overlay/version-table.ts'
import { type ClassMask, maskOf } from './change-class.ts'
import { maskOfNodes } from './compare-trees.ts'
import type { Move } from './moves.ts'
import { type PathPair, pairsBelow } from './pairs-below.ts'
import type { TreeRows } from './tree-rows.ts'

/** Share of the files of both directories that must lie at the same place in the other. */
const LEAST_SHARE = 0.9
/** Levels above a moved file that are tried: hostile trees are thousands deep. */
const MOST_LEVELS = 64

const RENAMED = maskOf('renamed-directory')
const LINKS = maskOf('links')
/** A path that moved along has none of these; otherwise one thing was removed and another one added. */
const ANOTHER_THING = maskOf('type', 'content', 'target', 'device')

type Candidate = PathPair & { readonly matched: number; readonly key: string }

/**
 * Directories that were renamed: gone at one path, new at another, with at least nine tenths of the files of both at the same places
 * below. Each becomes one row; unchanged paths below have none, changed ones keep their own. Only directories that some moved
 * file came from are looked at.
 */
export function* joinRenamedDirectories(rows: TreeRows, moves: readonly Move[]): Steps<void> {
  if (moves.length === 0) return
  const places = yield* placesOf(rows)
  const accepted = yield* findCandidates(rows, moves, places)
  accepted.sort((one, other) => other.matched - one.matched || (one.key < other.key ? -1 : 1))
  for (const { left, right } of accepted) {
    const [removed, added] = [places.removed.get(left) ?? -1, places.added.get(right) ?? -1]
    // A directory above, or the same one with another partner, may have been taken already.
    if (isTaken(rows, removed) || isTaken(rows, added)) continue
    yield* join(rows, { left, right }, places)
  }
}

function isTaken(rows: TreeRows, row: number): boolean {
  return rows.mask(row) === 0 || rows.change(row) === 'moved'
}

type Places = { readonly removed: ReadonlyMap<PathId, number>; readonly added: ReadonlyMap<PathId, number> }

/** Rows of what was removed and added, by path. */
function* placesOf(rows: TreeRows): Steps<Places> {
  const places = { removed: new Map<PathId, number>(), added: new Map<PathId, number>() }
  for (let row = 0; row < rows.length; row++) {
    const change = rows.change(row)
    if (change === 'removed') places.removed.set(rows.before(row), row)
    else if (change === 'added') places.added.set(rows.after(row), row)
    if (row % STEP === 0) yield
  }
  return places
}

function* findCandidates(rows: TreeRows, moves: readonly Move[], places: Places): Steps<Candidate[]> {
  const known = new Set<string>()
  const found: Candidate[] = []
  const files = { a: yield* filesBelow(rows.a), b: yield* filesBelow(rows.b) }
  for (const { removed, added } of moves) {
    yield
    for (const pair of directoriesAbove(rows, removed, added)) {
      const key = `${pair.left} ${pair.right}`
      if (known.has(key)) continue
      known.add(key)
      if (!places.removed.has(pair.left) || !places.added.has(pair.right)) continue
      // One look at the numbers, so that a large directory is not walked once for each of many small ones.
      const [count, other] = [files.a[pair.left] ?? 0, files.b[pair.right] ?? 0]
      const least = LEAST_SHARE * Math.max(count, other)
      if (Math.min(count, other) < least) continue
      const matched = yield* matchedFiles(rows, pair)
      if (matched < least) continue
      const names = [rows.a.tree.paths.fullPath(pair.left), rows.b.tree.paths.fullPath(pair.right)].sort()
      found.push({ ...pair, matched, key: names.join('\0') })
      // Everything below goes with it.
      break
    }
  }
  return found
}

/** Pairs of directories that one change of a prefix leads from one to the other, the topmost first. */
function directoriesAbove(rows: TreeRows, removed: number, added: number): PathPair[] {
  const [paths, others] = [rows.a.tree.paths, rows.b.tree.paths]
  const pairs: PathPair[] = []
  let [left, right] = [rows.before(removed), rows.after(added)]
  while (paths.compareName(left, others, right) === 0 && pairs.length < MOST_LEVELS) {
    left = paths.parent(left)
    right = others.parent(right)
    if (left <= ROOT_PATH || right <= ROOT_PATH) break
    pairs.push({ left, right })
  }
  return pairs.reverse()
}

/** By path: how many names of files lie at it and below. Parents have smaller identifiers than their children. */
function* filesBelow({ tree, layers }: Snapshot): Steps<Uint32Array> {
  const counts = new Uint32Array(tree.paths.count + 1)
  for (let path = tree.paths.count; path > ROOT_PATH; path--) {
    if (path % STEP === 0) yield
    const version = tree.versions.visible(path, layers)
    if (version === NO_VERSION) continue
    const count = (counts[path] ?? 0) + (tree.type(version) === 'file' ? 1 : 0)
    counts[path] = count
    const parent = tree.paths.parent(path)
    counts[parent] = (counts[parent] ?? 0) + count
  }
  return counts
}

/** How many files lie at the same places with the same content. */
function* matchedFiles({ a, b }: TreeRows, pair: PathPair): Steps<number> {
  let matched = 0
  for (const each of pairsBelow(a, b, pair)) {
    if (each === undefined) {
      yield
      continue
    }
    const [before, after] = [a.node(each.left), b.node(each.right)]
    if (before?.type !== 'file' || after?.type !== 'file' || before.size !== after.size) continue
    if (before.sha256 !== undefined && before.sha256 === after.sha256) matched++
  }
  return matched
}

/** Makes the directory one row, and drops the rows of what went with it as it was. */
function* join(rows: TreeRows, directory: PathPair, places: Places): Steps<void> {
  const [from, to] = [rows.a.tree.paths.fullPath(directory.left), rows.b.tree.paths.fullPath(directory.right)]
  const haveSameNames = nameComparison(rows.a, rows.b, name =>
    name.startsWith(`${from}/`) ? to + name.slice(from.length) : name,
  )
  const maskOfPair = (before: TreeNode, after: TreeNode): ClassMask =>
    maskOfNodes(before, after) | (haveSameNames(before, after) ? 0 : LINKS)
  const joinOne = ({ left, right }: PathPair, more: ClassMask) => {
    const [removed, added] = [places.removed.get(left), places.added.get(right)]
    const [before, after] = [rows.a.node(left), rows.b.node(right)]
    if (removed === undefined || added === undefined || before === undefined || after === undefined) return
    if (isTaken(rows, removed) || isTaken(rows, added)) return
    const mask = maskOfPair(before, after) | more
    if ((mask & ANOTHER_THING) !== 0) return
    rows.move(removed, added, mask)
    if (mask !== 0) return
    // Of an inode with names elsewhere too, another name may be the first now, which its bytes are counted at.
    if (rows.delta(added) === 0) rows.drop(added)
    else rows.move(removed, added, LINKS)
  }
  joinOne(directory, RENAMED)
  for (const each of pairsBelow(rows.a, rows.b, directory)) {
    if (each === undefined) yield
    else if (each.left !== NO_PATH && each.right !== NO_PATH) joinOne(each, 0)
  }
}
