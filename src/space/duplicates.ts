import { hashBytes } from '../layer/changeset.ts'
import { type FilePath, ROOT } from '../layer/file-path.ts'
import type { MergedTree } from '../overlay/merged-tree.ts'
import { sortSteps } from '../overlay/sort-steps.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Snapshot } from '../overlay/tree.ts'
import type { VersionId } from '../overlay/version-table.ts'
import { contentSizeOf, isAlive, isContent } from './waste.ts'

/** The same content in several files of a snapshot. Names of one inode are one file. */
export type Duplicate = {
  readonly sha256: string
  /** Bytes of one copy. */
  readonly size: number
  /** Bytes of all copies but one. */
  readonly extra: number
  /** The first name of each copy, bytewise. */
  readonly paths: readonly FilePath[]
}

/** Files of a snapshot with the same content, most extra bytes first, in small steps; empty files are no duplicates. */
export function* duplicateSteps(snapshot: Snapshot): Steps<readonly Duplicate[]> {
  const { tree, layers } = snapshot
  const found: Duplicate[] = []
  for (const copies of yield* groupsByHash(tree, layers)) {
    if (found.length % STEP === STEP - 1) yield
    const [first] = copies
    const sha256 = first === undefined ? undefined : tree.hash(first)
    if (first === undefined || sha256 === undefined) continue
    const size = contentSizeOf(tree, first)
    found.push({
      sha256,
      size,
      extra: size * (copies.length - 1),
      paths: yield* pathsOf(tree, copies, layers),
    })
  }
  return found.sort((a, b) => b.extra - a.extra || (a.sha256 < b.sha256 ? -1 : 1))
}

/** Inodes of equal content, two and more of each: a hash table over the columns, no string made of what is unique. */
function* groupsByHash(tree: MergedTree, layers: number): Steps<VersionId[][]> {
  const files: VersionId[] = []
  let seen = 0
  for (let inode = 1; inode <= (tree.versionEnds[layers] ?? 0); inode++) {
    if (inode % STEP === 0) yield
    if (isContent(tree, inode) && contentSizeOf(tree, inode) > 0 && isAlive(tree, inode, layers)) files.push(inode)
  }
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(files.length * 2 + 2)))
  const groups = new Map<VersionId, VersionId[]>()
  for (const inode of files) {
    if (++seen % STEP === 0) yield
    const hash = hashOf(tree, inode)
    let slot = hash.readUInt32LE(0) & (slots.length - 1)
    while (slots[slot] !== 0 && !hash.equals(hashOf(tree, slots[slot] ?? 0))) slot = (slot + 1) & (slots.length - 1)
    const first = slots[slot] ?? 0
    if (first === 0) slots[slot] = inode
    else {
      const group = groups.get(first)
      if (group === undefined) groups.set(first, [first, inode])
      else group.push(inode)
    }
  }
  return [...groups.values()]
}

function hashOf(tree: MergedTree, inode: VersionId): Buffer {
  return hashBytes(tree.changeset(inode), tree.versions.entry(inode))
}

/** The first name of each inode, ordered bytewise. */
function* pathsOf(tree: MergedTree, inodes: readonly VersionId[], layers: number): Steps<readonly FilePath[]> {
  const paths: FilePath[] = []
  for (const inode of inodes) if (paths.push(firstPath(tree, inode, layers)) % STEP === 0) yield
  if (paths.length < STEP) return paths.sort()
  const isFirst = (one: FilePath = ROOT, other: FilePath = ROOT) => one < other
  const order = yield* sortSteps(Uint32Array.from(paths.keys()), (one, other) => (isFirst(paths[one], paths[other]) ? -1 : 1))
  return Array.from(order, index => paths[index] ?? ROOT)
}

function firstPath(tree: MergedTree, inode: VersionId, layers: number): FilePath {
  let first: FilePath | undefined
  for (const name of tree.versions.names(inode)) {
    if (!tree.versions.isVisible(name, layers)) continue
    const path = tree.paths.fullPath(tree.versions.path(name))
    if (first === undefined || path < first) first = path
  }
  return first ?? tree.paths.fullPath(tree.versions.path(inode))
}
