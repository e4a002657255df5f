import { RegistryError } from './registry-error.ts'

/** The meaning of a request path (distribution-spec, Endpoints). */
export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'manifest' | 'blob' | 'referrers'; readonly name: string; readonly reference: string }
  /** An upload; without an id where one is asked for. */
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }

/** Repository names (distribution-spec, Pulling manifests). */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const MOST_CHARACTERS = 255

/**
 * Understands a decoded path.
 * @throws RegistryError 404 for a path of no endpoint, 400 `NAME_INVALID` for a name that is none
 */
export function parseRoute(path: string): Route {
  if (path === '/v2' || path === '/v2/') return { kind: 'base' }
  if (path === '/v2/_catalog') return { kind: 'catalog' }
  const tags = /^\/v2\/(.+)\/tags\/list$/.exec(path)
  if (tags !== null) return { kind: 'tags', name: checkedName(tags[1]) }
  const upload = /^\/v2\/(.+)\/blobs\/uploads(?:\/([\w-]*))?$/.exec(path)
  if (upload !== null) return { kind: 'upload', name: checkedName(upload[1]), id: upload[2] ?? '' }
  const item = /^\/v2\/(.+)\/(manifests|blobs|referrers)\/([^/]+)$/.exec(path)
  if (item === null) throw new RegistryError(404, 'UNSUPPORTED', 'there is no such endpoint')
  const [, name, kind, reference = ''] = item
  return { kind: KINDS[kind ?? ''] ?? 'manifest', name: checkedName(name), reference }
}

const KINDS: Readonly<Record<string, 'manifest' | 'blob' | 'referrers'>> = { blobs: 'blob', referrers: 'referrers' }

function checkedName(name = ''): string {
  if (name.length <= MOST_CHARACTERS && NAME.test(name)) return name
  throw new RegistryError(400, 'NAME_INVALID', 'the repository name is not one')
}
