import type { InstalledPackage } from '../check/ownership.ts'
import type { FilePath } from '../layer/file-path.ts'
import { NO_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
import type { Growth } from './growth.ts'
import type { Selection } from './selection.ts'
import type { TreeRows } from './tree-rows.ts'

/** A package that two images have in different versions, or only one of them has. */
export type PackageDifference = {
  readonly name: string
  /** Of its package manager: `deb`, `apk`, `rpm`, `python`, `npm` … */
  readonly type: string
  /** Null on the side that has none. */
  readonly before: string | null
  readonly after: string | null
  /** Σ of the package's listed files. */
  readonly delta: number
  /** Position of the layer that first has it, B's of what B has. */
  readonly layer: number
}

/** The share of packages in the differences of two sides: all parts sum to the difference of the contents. */
export type ComparedPackages = {
  readonly packages: readonly PackageDifference[]
  /** Files of packages that both sides have in one version: they were changed by something else. */
  readonly others: Growth
  /** Files that no package owns. */
  readonly unowned: Growth
}

/** The packages of both sides, as their databases have them. */
export type PackageLists = { readonly a: readonly InstalledPackage[]; readonly b: readonly InstalledPackage[] }

/** Where package managers keep what is installed; of languages what each package says of itself. */
const DATABASES =
  /(?:^|\/)(?:dpkg\/status(?:\.d\/[^/]+)?|apk\/db\/installed|rpmdb\.sqlite|Packages(?:\.db)?|(?:METADATA|PKG-INFO|RECORD))$/
const OF_LANGUAGES =
  /\/node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$|^node_modules\/[^/]+\/package\.json$|\/specifications\/.+\.gemspec$/

/** Whether package databases differ, and those of npm and gems: without it nothing of them need be read. */
export function* changedDatabases(rows: TreeRows): Steps<{ readonly any: boolean; readonly languages: boolean }> {
  let [any, languages] = [false, false]
  for (let row = 0; row < rows.length && !(any && languages); row++) {
    if (row % STEP === 0) yield
    if (rows.mask(row) === 0) continue
    const path = rows.path(row)
    any ||= DATABASES.test(path)
    languages ||= OF_LANGUAGES.test(path)
  }
  return { any: any || languages, languages }
}

/** Packages whose versions differ, by the bytes of their listed files, then type and name. Several versions of one name pair in order. */
export function* packageDifferences({ a, b }: PackageLists, files: Selection): Steps<ComparedPackages> {
  const pairs = yield* pairsOf(byName(a), byName(b))
  const owners = { a: yield* ownersOf(a, pairs, 'before'), b: yield* ownersOf(b, pairs, 'after') }
  const deltas = pairs.map(() => 0)
  const rest = { [SAME]: { delta: 0, rows: 0 }, [UNOWNED]: { delta: 0, rows: 0 } }
  const { rows, indexes } = files
  for (const [index, row] of indexes.entries()) {
    if (index % STEP === 0) yield
    // B's owner of what B has, A's of what is gone.
    const owner = (rows.after(row) === NO_PATH ? owners.a : owners.b).get(rows.path(row)) ?? UNOWNED
    const delta = rows.delta(row)
    if (owner === SAME || owner === UNOWNED) {
      rest[owner].delta += delta
      rest[owner].rows++
    } else deltas[owner] = (deltas[owner] ?? 0) + delta
  }
  const found = pairs.flatMap(({ before, after }, index): PackageDifference[] => {
    const known = after ?? before
    if (known === undefined) return []
    const { name, type, layer } = known
    return [{ name, type, before: before?.version ?? null, after: after?.version ?? null, delta: deltas[index] ?? 0, layer }]
  })
  const order = ({ type, name }: PackageDifference) => `${type} ${name}`
  found.sort((one, other) => Math.abs(other.delta) - Math.abs(one.delta) || (order(one) < order(other) ? -1 : 1))
  return { packages: found, others: rest[SAME], unowned: rest[UNOWNED] }
}

/** In place of a pair's index: the owner has one version on both sides, or there is none. */
const SAME = -1
const UNOWNED = -2

type Pair = { readonly before: InstalledPackage | undefined; readonly after: InstalledPackage | undefined }
type ByName = ReadonlyMap<string, readonly InstalledPackage[]>

function byName(packages: readonly InstalledPackage[]): ByName {
  return Map.groupBy(packages, ({ type, name }) => `${type} ${name}`)
}

/** Versions of one name that only one side has, the first of A's with the first of B's. */
function* pairsOf(mine: ByName, theirs: ByName): Steps<readonly Pair[]> {
  const pairs: Pair[] = []
  for (const name of new Set([...mine.keys(), ...theirs.keys()])) {
    const [left, right] = [mine.get(name) ?? [], theirs.get(name) ?? []]
    const kept = (each: InstalledPackage, others: readonly InstalledPackage[]) =>
      others.some(({ version }) => version === each.version)
    const [gone, fresh] = [left.filter(each => !kept(each, right)), right.filter(each => !kept(each, left))]
    for (let index = 0; index < Math.max(gone.length, fresh.length); index++)
      pairs.push({ before: gone[index], after: fresh[index] })
    yield
  }
  return pairs
}

/** By path of a listed file: the index of its owner's pair, or `SAME`. */
function* ownersOf(
  packages: readonly InstalledPackage[],
  pairs: readonly Pair[],
  side: keyof Pair,
): Steps<ReadonlyMap<FilePath, number>> {
  const owners = new Map<FilePath, number>()
  const indexes = new Map(pairs.map((pair, index) => [pair[side], index]))
  for (const each of packages) {
    const owner = indexes.get(each) ?? SAME
    // A file of several packages is that of one whose version differs.
    for (const path of each.files) if (owner !== SAME || !owners.has(path)) owners.set(path, owner)
    yield
  }
  return owners
}
