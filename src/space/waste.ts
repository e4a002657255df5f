import { at } from '../layer/changeset.ts'
import type { FilePath } from '../layer/file-path.ts'
import type { MergedTree } from '../overlay/merged-tree.ts'
import { finish, STEP, type Steps } from '../overlay/steps.ts'
import type { Stack } from '../overlay/tree.ts'
import type { VersionId } from '../overlay/version-table.ts'

export const WASTE_CAUSES = ['overwritten', 'metadata-only', 'removed', 'opaque', 'type-changed', 'repeated'] as const
type WasteCause = (typeof WASTE_CAUSES)[number]

/** Content that is shipped and that no name shows any more. */
export type Waste = {
  /** Where it was shipped. */
  readonly path: FilePath
  readonly bytes: number
  readonly shippedBy: number
  /** Layer that hid the last of its names; the shipping layer itself where it never showed. */
  readonly hiddenBy: number
  readonly cause: WasteCause
  /** Entry of the shipping layer's changeset. */
  readonly entry: number
}

/** Hidden bytes by the layer that shipped them and by the layer that hid them. */
type LayerWaste = { readonly shipped: number; readonly caused: number }

/** Bytes that one layer ships and another hides, for one reason. */
export type HidingPair = Pick<Waste, 'shippedBy' | 'hiddenBy' | 'cause' | 'bytes'>

/** Every content byte of an image, alive or hidden: `shipped` = `alive` + `hidden`. Duplicates are not waste. */
export type WasteLedger = {
  readonly shipped: number
  readonly alive: number
  readonly hidden: number
  /** The share of shipped bytes that the image still shows: 1 for an image without content. */
  readonly efficiency: number
  readonly byCause: Readonly<Record<WasteCause, number>>
  /** By position. */
  readonly byLayer: readonly LayerWaste[]
  /** The hidden bytes by who shipped them, who hid them and why, in the order they were shipped. */
  readonly pairs: readonly HidingPair[]
  /** Number of hidden contents with at least one byte. */
  readonly count: number
  /** All of them, in the order they were shipped. */
  files(): Iterable<Waste>
  /** The same as inodes of the stack, each a number: for counts over all of them. */
  readonly inodes: readonly VersionId[]
  /** The facts of one of the inodes. */
  file(inode: VersionId): Waste
  /** The cheaper part of that: nothing is made of a path. */
  hiding(inode: VersionId): Pick<Waste, 'hiddenBy' | 'cause'>
  /** The largest, most bytes first, in the order they were shipped among equals. */
  largest(limit: number): readonly Waste[]
  /** Hidden bytes at and below a path of the stack (a node's `id`). */
  below(id: number): number
}

/** The ledger after `layers` layers (all of them by default): semantics.md, "Waste: the exact definition". */
export function wasteOf(stack: Stack, layers = stack.changesets.length): WasteLedger {
  return finish(wasteSteps(stack, layers))
}

/** The same in small steps. A stack does not change: the ledger of all its layers is made once and shared by all callers. */
export function* wasteSteps(stack: Stack, layers = stack.changesets.length): Steps<WasteLedger> {
  const known = layers === stack.changesets.length ? ledgers.get(stack) : undefined
  if (known !== undefined) return known
  const ledger = yield* entered(stack, layers)
  if (layers === stack.changesets.length) ledgers.set(stack, ledger)
  return ledger
}

const ledgers = new WeakMap<Stack, WasteLedger>()

function* entered({ tree, changesets }: Stack, layers: number): Steps<WasteLedger> {
  const byCause: Record<WasteCause, number> = {
    overwritten: 0,
    'metadata-only': 0,
    removed: 0,
    opaque: 0,
    'type-changed': 0,
    repeated: 0,
  }
  const byLayer = changesets.slice(0, layers).map(() => ({ shipped: 0, caused: 0 }))
  const pairs = new PairSums()
  const hiddenInodes: VersionId[] = []
  let [alive, hidden] = [0, 0]
  const end = tree.versionEnds[layers] ?? 0
  for (let inode = 1; inode <= end; inode++) {
    if (inode % STEP === 0) yield
    if (!isContent(tree, inode)) continue
    const bytes = contentSizeOf(tree, inode)
    if (isAlive(tree, inode, layers)) alive += bytes
    else if (bytes > 0) {
      const waste = hidingOf(tree, inode, layers)
      hidden += bytes
      hiddenInodes.push(inode)
      byCause[waste.cause] += bytes
      const shippedBy = tree.versions.layer(inode)
      pairs.add({ shippedBy, ...waste, bytes })
      const shipping = byLayer[shippedBy]
      const hiding = byLayer[waste.hiddenBy]
      if (shipping !== undefined) shipping.shipped += bytes
      if (hiding !== undefined) hiding.caused += bytes
    }
  }
  const shipped = alive + hidden
  const totals = {
    shipped,
    alive,
    hidden,
    efficiency: shipped === 0 ? 1 : alive / shipped,
    byCause,
    byLayer,
    count: hiddenInodes.length,
  }
  return { ...totals, pairs: pairs.sums, ...listings(tree, hiddenInodes, layers) }
}

class PairSums {
  readonly sums: { -readonly [Key in keyof HidingPair]: HidingPair[Key] }[] = []
  readonly #known = new Map<string, (typeof this.sums)[number]>()
  #last: (typeof this.sums)[number] | undefined

  add(pair: HidingPair): void {
    const last = this.#last
    // Files that are shipped together are hidden together, as a rule.
    const isSame = last?.shippedBy === pair.shippedBy && last.hiddenBy === pair.hiddenBy && last.cause === pair.cause
    const key = isSame ? '' : `${pair.shippedBy} ${pair.hiddenBy} ${pair.cause}`
    const sum = isSame ? last : (this.#known.get(key) ?? { ...pair, bytes: 0 })
    if (!isSame && !this.#known.has(key)) {
      this.#known.set(key, sum)
      this.sums.push(sum)
    }
    sum.bytes += pair.bytes
    this.#last = sum
  }
}

function listings(
  tree: MergedTree,
  hidden: readonly VersionId[],
  layers: number,
): Pick<WasteLedger, 'files' | 'inodes' | 'file' | 'hiding' | 'largest' | 'below'> {
  let totals: Float64Array | undefined
  const wasteAt = (inode: VersionId): Waste => ({
    path: tree.paths.fullPath(tree.versions.path(inode)),
    bytes: contentSizeOf(tree, inode),
    shippedBy: tree.versions.layer(inode),
    ...hidingOf(tree, inode, layers),
    entry: tree.versions.entry(inode),
  })
  return {
    inodes: hidden,
    file: wasteAt,
    hiding: inode => hidingOf(tree, inode, layers),
    *files() {
      for (const inode of hidden) yield wasteAt(inode)
    },
    largest: limit => largestOf(hidden, inode => contentSizeOf(tree, inode), limit).map(wasteAt),
    below(id) {
      totals ??= totalsByPath(tree, hidden)
      return totals[id] ?? 0
    },
  }
}

/** Parents have smaller identifiers than their children: one pass from the end sums every directory. */
function totalsByPath(tree: MergedTree, hidden: readonly VersionId[]): Float64Array {
  const totals = new Float64Array(tree.paths.count + 1)
  for (const inode of hidden) add(totals, tree.versions.path(inode), contentSizeOf(tree, inode))
  for (let path = tree.paths.count; path > 1; path--) add(totals, tree.paths.parent(path), totals[path] ?? 0)
  return totals
}

function add(totals: Float64Array, index: number, bytes: number): void {
  totals[index] = (totals[index] ?? 0) + bytes
}

/** Every regular-file entry of the layers, as the inode it made. */
export function* contentsOf(tree: MergedTree, layers: number): Generator<VersionId> {
  const end = tree.versionEnds[layers] ?? 0
  for (let version = 1; version <= end; version++) if (isContent(tree, version)) yield version
}

export function isContent(tree: MergedTree, version: VersionId): boolean {
  return tree.versions.inode(version) === version && tree.type(version) === 'file'
}

export function contentSizeOf(tree: MergedTree, inode: VersionId): number {
  return at(tree.changeset(inode).sizes, tree.versions.entry(inode))
}

/** Whether a name of the inode is seen after `layers` layers. */
export function isAlive(tree: MergedTree, inode: VersionId, layers: number): boolean {
  if (tree.versions.hasOneName(inode)) return tree.versions.isVisible(inode, layers)
  return tree.versions.names(inode).some(name => tree.versions.isVisible(name, layers))
}

/** How the last name that ever showed went. Content that never had one was replaced in its own tar, or refused, which counts as removed. */
function hidingOf(tree: MergedTree, inode: VersionId, layers: number): Pick<Waste, 'hiddenBy' | 'cause'> {
  const { versions } = tree
  let hiddenBy = versions.layer(inode)
  let cause: WasteCause = versions.cause(inode) === 'repeated' ? 'repeated' : 'removed'
  for (const name of versions.names(inode)) {
    const by = versions.hiddenBy(name)
    const why = versions.cause(name)
    if (by === undefined || by <= hiddenBy || by >= layers || by === versions.layer(name) || why === 'unused') continue
    ;[hiddenBy, cause] = [by, why]
  }
  return { hiddenBy, cause }
}

/** The `limit` largest items, largest first, the earlier first among equals; a selection in linear time and little memory. */
function largestOf(items: Iterable<number>, sizeOf: (item: number) => number, limit: number): number[] {
  const bySize = (some: readonly number[]) => some.toSorted((a, b) => sizeOf(b) - sizeOf(a) || a - b).slice(0, limit)
  let largest: number[] = []
  for (const item of items) {
    largest.push(item)
    if (largest.length > limit * 2 + 1000) largest = bySize(largest)
  }
  return bySize(largest)
}
