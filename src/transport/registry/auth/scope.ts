/** A token's scope as the token specification writes it: `repository:library/nginx:pull,push`. */
export type Scope = string

export function repositoryScope(path: string, ...actions: readonly ('pull' | 'push' | 'delete')[]): Scope {
  return `repository:${path}:${actions.join(',')}`
}

export const CATALOG_SCOPE: Scope = 'registry:catalog:*'

/** Scopes with the actions of equal resources joined; one that is not TYPE:NAME:ACTIONS stays as it came (ECR Public: `aws`). The order of first mention stays: some servers look only at the first. */
export function joinScopes(scopes: readonly Scope[]): readonly Scope[] {
  const joined = new Map<string, Set<string> | undefined>()
  for (const scope of scopes) {
    const parts = splitScope(scope)
    if (parts === undefined) {
      joined.set(scope, undefined)
      continue
    }
    const { resource, actions } = parts
    const known = joined.get(resource) ?? new Set()
    for (const action of actions) known.add(action)
    joined.set(resource, known)
  }
  return [...joined].map(([resource, actions]) => (actions === undefined ? resource : `${resource}:${[...actions].join(',')}`))
}

/** Whether a token with the scope `held` allows all of `wanted`. */
export function coversScopes(held: readonly Scope[], wanted: readonly Scope[]): boolean {
  return wanted.every(scope => {
    const parts = splitScope(scope)
    if (parts === undefined) return held.includes(scope)
    const { resource, actions } = parts
    const granted = held
      .map(splitScope)
      .filter(each => each !== undefined)
      .filter(each => each.resource === resource)
    return actions.every(action => granted.some(each => each.actions.includes(action) || each.actions.includes('*')))
  })
}

/** The name may hold colons (`host:5000/app`); the actions never do. */
function splitScope(scope: Scope): { resource: string; actions: readonly string[] } | undefined {
  const colon = scope.lastIndexOf(':')
  if (scope.indexOf(':') === colon) return undefined
  return {
    resource: scope.slice(0, colon),
    actions: scope
      .slice(colon + 1)
      .split(',')
      .filter(Boolean),
  }
}
