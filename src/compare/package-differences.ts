import type { InstalledPackage, Ownership } from '../check/ownership.ts'
import type { FilePath } from '../layer/file-path.ts'
import { NO_PATH } from '../overlay/path-table.ts'
import { STEP, type Steps } from '../overlay/steps.ts'
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
export function* packageDifferences(a: Ownership, b: Ownership, files: Selection): Steps<readonly PackageDifference[]> {
  const [mine, theirs] = [byName(a.packages), byName(b.packages)]
  const pairs: { readonly before: InstalledPackage | undefined; readonly after: InstalledPackage | undefined }[] = []
  for (const name of new Set([...mine.keys(), ...theirs.keys()])) {
    const [left, right] = [mine.get(name) ?? [], theirs.get(name) ?? []]
    const kept = (each: InstalledPackage, others: readonly InstalledPackage[]) =>
      others.some(({ version }) => version === each.version)
    const [gone, fresh] = [left.filter(each => !kept(each, right)), right.filter(each => !kept(each, left))]
    for (let index = 0; index < Math.max(gone.length, fresh.length); index++)
      pairs.push({ before: gone[index], after: fresh[index] })
    yield
  }
  const deltas = yield* deltasOf(pairs, files)
  const found = pairs.flatMap(({ before, after }, index): PackageDifference[] => {
    const known = after ?? before
    if (known === undefined) return []
    const { name, type, layer } = known
    return [{ name, type, before: before?.version ?? null, after: after?.version ?? null, delta: deltas[index] ?? 0, layer }]
  })
  const order = ({ type, name }: PackageDifference) => `${type} ${name}`
  return found.sort((one, other) => Math.abs(other.delta) - Math.abs(one.delta) || (order(one) < order(other) ? -1 : 1))
}

function byName(packages: readonly InstalledPackage[]): ReadonlyMap<string, readonly InstalledPackage[]> {
  return Map.groupBy(packages, ({ type, name }) => `${type} ${name}`)
}

/** Bytes of the rows that each pair of packages owns: B's owner of what B has, A's of what is gone. */
function* deltasOf(
  pairs: readonly { readonly before: InstalledPackage | undefined; readonly after: InstalledPackage | undefined }[],
  { rows, indexes }: Selection,
): Steps<readonly number[]> {
  const owners = { a: new Map<FilePath, number>(), b: new Map<FilePath, number>() }
  for (const [index, { before, after }] of pairs.entries()) {
    for (const path of before?.files ?? []) owners.a.set(path, index)
    for (const path of after?.files ?? []) owners.b.set(path, index)
    yield
  }
  const deltas = pairs.map(() => 0)
  for (const [index, row] of indexes.entries()) {
    if (index % STEP === 0) yield
    const path = rows.path(row)
    const owner = rows.after(row) === NO_PATH ? owners.a.get(path) : owners.b.get(path)
    if (owner !== undefined) deltas[owner] = (deltas[owner] ?? 0) + rows.delta(row)
  }
  return deltas
}
