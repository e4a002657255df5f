import type { FilePath } from '../layer/file-path.ts'
import { NO_PATH, type PathId, ROOT_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Stack } from '../overlay/tree.ts'
import type { VersionId } from '../overlay/version-table.ts'
import { contentSizeOf, isAlive, type WasteLedger } from '../space/waste.ts'
import { NO_KIND, PathPatterns } from './path-patterns.ts'
import { WASTE_PLACES, type WastePlace } from './waste-places.ts'

/** Bytes of one kind of place that one layer ships, as one finding tells them. */
export type PlaceClaim = {
  readonly place: WastePlace
  /** The highest directory, or the file, that matches. */
  readonly path: FilePath
  readonly layer: number
  readonly visible: number
  readonly hidden: number
  readonly files: number
  /** The one layer that hides all of it; undefined where some is seen or several layers hide it. */
  readonly hiddenBy: number | undefined
  /** Visible files, for rules that must look closer. */
  readonly paths: readonly PathId[]
}

/**
 * Which rule counts which byte. Every content of the layers is one inode; the first that claims it has it, so that sums of `waste/*`
 * never count a byte twice: places first, then what rules claim by path, then what is hidden.
 */
export class WasteClaims {
  readonly places: readonly PlaceClaim[]
  readonly #stack: Stack
  readonly #ledger: WasteLedger
  readonly #claimed: Uint8Array

  constructor(stack: Stack, ledger: WasteLedger, places: readonly PlaceClaim[], claimed: Uint8Array) {
    this.#stack = stack
    this.#ledger = ledger
    this.places = places
    this.#claimed = claimed
  }

  isClaimed(inode: VersionId): boolean {
    return this.#claimed[inode] === 1
  }

  /** Claims an inode's content: its bytes, 0 where another rule has them. */
  claim(inode: VersionId): number {
    if (this.isClaimed(inode)) return 0
    this.#claimed[inode] = 1
    return contentSizeOf(this.#stack.tree, inode)
  }

  /** Claims the contents of all inodes, in small steps; the bytes of those that were not claimed before. */
  *claimSteps(inodes: readonly VersionId[]): Steps<number> {
    let bytes = 0
    for (const [number, inode] of inodes.entries()) {
      if (number % STEP === STEP - 1) yield
      bytes += this.claim(inode)
    }
    return bytes
  }

  /** Hidden contents that no rule has claimed yet and `wants` keeps, in small steps. */
  *hiddenSteps(wants: (inode: VersionId) => boolean = () => true): Steps<readonly VersionId[]> {
    const hidden: VersionId[] = []
    let seen = 0
    for (const inode of this.#ledger.inodes) {
      if (++seen % STEP === 0) yield
      if (!this.isClaimed(inode) && wants(inode)) hidden.push(inode)
    }
    return hidden
  }
}

/** Claims the bytes of all known places, in small steps. */
export function* wasteClaimsSteps(stack: Stack, ledger: WasteLedger): Steps<WasteClaims> {
  const { tree } = stack
  const patterns = new PathPatterns(WASTE_PLACES)
  const kinds = yield* patterns.steps(tree)
  const claimed = new Uint8Array(tree.versions.count + 1)
  const groups = new Map<string, Gathered>()
  const layers = stack.changesets.length
  for (let inode = 1; inode <= (tree.versionEnds[layers] ?? 0); inode++) {
    if (inode % STEP === 0) yield
    const path = tree.versions.path(inode)
    const place = patterns.kinds[kinds[path] ?? NO_KIND]
    if (place === undefined || !COUNTED.has(place.use) || tree.versions.inode(inode) !== inode || tree.type(inode) !== 'file')
      continue
    const top = topOf(tree, kinds, path)
    const layer = tree.versions.layer(inode)
    const key = `${top} ${layer}`
    const group = groups.get(key) ?? new Gathered(place, top, layer)
    groups.set(key, group)
    group.add(inode, contentSizeOf(tree, inode), isAlive(tree, inode, layers))
  }
  for (const group of groups.values()) if (group.isWorthClaiming) for (const inode of group.inodes) claimed[inode] = 1
  const claims = [...groups.values()].filter(group => group.isWorthClaiming).map(group => group.claim(stack))
  return new WasteClaims(stack, ledger, claims, claimed)
}

/** Documentation and logs are told of where they are seen; the hidden ones are hidden files like others. */
const COUNTED: ReadonlySet<WastePlace['use']> = new Set(['cache', 'wanted-cache', 'docs', 'logs', 'sparse-log', 'tools'])

/** The highest path that has the same kind: what a person would delete. */
function topOf({ paths }: Stack['tree'], kinds: Uint8Array, path: PathId): PathId {
  let top = path
  for (let parent = paths.parent(top); parent !== NO_PATH && parent !== ROOT_PATH && kinds[parent] === kinds[path]; ) {
    top = parent
    parent = paths.parent(top)
  }
  return top
}

/** So much a place must hold to be told of; smaller ones are left to other rules. */
const LEAST: Readonly<Record<WastePlace['use'], number>> = {
  cache: 1_000_000,
  'wanted-cache': 10_000_000,
  docs: 0,
  logs: 0,
  'sparse-log': 10_000_000,
  kept: Number.POSITIVE_INFINITY,
  tools: 0,
}

/** Paths kept of one place. */
const KEPT_PATHS = 1000

class Gathered {
  readonly inodes: VersionId[] = []
  readonly #place: WastePlace
  readonly #top: PathId
  readonly #layer: number
  #visible = 0
  #hidden = 0
  readonly #alive: VersionId[] = []

  constructor(place: WastePlace, top: PathId, layer: number) {
    this.#place = place
    this.#top = top
    this.#layer = layer
  }

  add(inode: VersionId, bytes: number, alive: boolean): void {
    const { use } = this.#place
    if (!alive && (use === 'docs' || use === 'logs' || use === 'tools')) return
    this.inodes.push(inode)
    if (alive) {
      this.#visible += bytes
      if (this.#alive.length < KEPT_PATHS) this.#alive.push(inode)
    } else this.#hidden += bytes
  }

  get isWorthClaiming(): boolean {
    return this.inodes.length > 0 && this.#visible + this.#hidden > LEAST[this.#place.use]
  }

  claim({ tree }: Stack): PlaceClaim {
    const hiders = new Set(this.inodes.map(inode => tree.versions.hiddenBy(inode)))
    const [hider] = hiders
    return {
      place: this.#place,
      path: tree.paths.fullPath(this.#top),
      layer: this.#layer,
      visible: this.#visible,
      hidden: this.#hidden,
      files: this.inodes.length,
      hiddenBy: hiders.size === 1 && this.#visible === 0 ? hider : undefined,
      paths: this.#alive.map(inode => tree.versions.path(inode)),
    }
  }
}
