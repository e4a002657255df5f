import type { InstalledPackage } from '../ownership.ts'

/** Packages that nothing needs, by why they are there. */
export type Superfluous = {
  /** Packages that a needed one only recommends or suggests, and their own needs: not installed with `--no-install-recommends`. */
  readonly recommended: readonly InstalledPackage[]
  /** Packages that were needed once and are not any more: `apt-get autoremove`. */
  readonly orphans: readonly InstalledPackage[]
}

/**
 * Debian packages outside the closure of what was asked for (advice.md, A6). Asked for is what apt did not note as installed
 * automatically, and what is essential or of priority required or important. Depends and Pre-Depends are followed to every installed
 * alternative and provider, so that nothing is called superfluous that could be in use. Undefined where apt noted nothing: then every
 * package counts as asked for.
 */
export function superfluousPackages(packages: readonly InstalledPackage[]): Superfluous | undefined {
  const debs = packages.filter(({ type }) => type === 'deb')
  if (!debs.some(({ automatic }) => automatic === true)) return undefined
  const providers = new Map<string, InstalledPackage[]>()
  for (const each of debs)
    for (const name of new Set([each.name, ...(each.provides ?? [])])) providers.set(name, [...(providers.get(name) ?? []), each])
  const closure = (roots: readonly InstalledPackage[]): ReadonlySet<InstalledPackage> => {
    const reached = new Set(roots)
    // A set is walked on to what is added meanwhile.
    for (const each of reached) for (const found of named(each.depends, providers)) reached.add(found)
    return reached
  }
  const needed = closure(debs.filter(({ automatic, essential }) => automatic !== true || essential === true))
  const wished = [...needed].flatMap(({ recommends, suggests }) => [
    ...named(recommends, providers),
    ...named(suggests, providers),
  ])
  const wanted = closure(wished)
  return {
    recommended: debs.filter(each => !needed.has(each) && wanted.has(each)),
    orphans: debs.filter(each => !needed.has(each) && !wanted.has(each)),
  }
}

/** Every installed package that one of the alternatives names or that provides it. */
function named(
  relations: readonly string[] | undefined,
  providers: ReadonlyMap<string, readonly InstalledPackage[]>,
): readonly InstalledPackage[] {
  return (relations ?? []).flatMap(relation => relation.split(' | ').flatMap(name => providers.get(name) ?? []))
}
