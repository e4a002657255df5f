import type { InstalledPackage } from './ownership.ts'

/** Packages that are there because others recommend or suggest them, and those that nothing asks for any more. */
export type Superfluous = { readonly recommended: readonly InstalledPackage[]; readonly orphans: readonly InstalledPackage[] }

/**
 * Packages that `--no-install-recommends` would have left out (advice.md A6): of dpkg's packages those that are neither asked for by name, nor essential,
 * nor needed by such, all alternatives and providers of a need kept. Undefined where the database does not say which were asked for.
 */
export function superfluousPackages(packages: readonly InstalledPackage[]): Superfluous | undefined {
  const installed = packages.filter(({ type }) => type === 'deb')
  if (!installed.some(({ automatic }) => automatic === true)) return undefined
  const providers = new Map<string, InstalledPackage[]>()
  for (const each of installed)
    for (const name of [each.name, ...(each.provides ?? [])].map(bare))
      providers.set(name, [...(providers.get(name) ?? []), each])
  const roots = installed.filter(({ automatic, essential }) => automatic !== true || essential === true)
  const kept = closure(roots, providers, ({ depends }) => depends)
  const wished = closure([...kept], providers, ({ depends, recommends, suggests }) => [
    ...(depends ?? []),
    ...(recommends ?? []),
    ...(suggests ?? []),
  ])
  const outside = installed.filter(each => !kept.has(each))
  return { recommended: outside.filter(each => wished.has(each)), orphans: outside.filter(each => !wished.has(each)) }
}

function closure(
  from: readonly InstalledPackage[],
  providers: ReadonlyMap<string, readonly InstalledPackage[]>,
  needs: (each: InstalledPackage) => readonly string[] | undefined,
): ReadonlySet<InstalledPackage> {
  const reached = new Set(from)
  const pending = [...from]
  for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
    for (const need of needs(each) ?? []) {
      for (const provider of need.split('|').flatMap(alternative => providers.get(bare(alternative)) ?? [])) {
        if (reached.has(provider)) continue
        reached.add(provider)
        pending.push(provider)
      }
    }
  }
  return reached
}

/** A package's name without version, architecture and restrictions. */
function bare(text: string): string {
  return text.trim().split(/[\s(:[<]/, 1)[0] ?? ''
}
