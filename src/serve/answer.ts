import { deleteBlob, deleteManifest, putManifest } from './answer-change.ts'
import { sendBlob, sendJson, sendManifest, sendNames, sendReferrers } from './answer-reading.ts'
import { answerUpload, startUpload } from './answer-upload.ts'
import { type Exchange, repositoryOf } from './exchange.ts'
import { RegistryError } from './registry-error.ts'
import { parseRoute, type Route } from './route.ts'

/**
 * Answers a request of the distribution API.
 * @throws RegistryError for what cannot be answered, before anything was written
 */
export async function answerRequest(exchange: Exchange): Promise<void> {
  const { request } = exchange
  const { method = '' } = request
  const route = parseRoute(decodedPath(exchange.url))
  checkNamespace(exchange)
  if (method === 'GET' || method === 'HEAD') return answerReading(exchange, route)
  if (!['PUT', 'POST', 'PATCH', 'DELETE'].includes(method)) throw noMethod()
  if (exchange.repositories.open === undefined) throw new RegistryError(403, 'DENIED', 'this registry is only read')
  checkNoPage(request.headers)
  return answerChange(exchange, route, method)
}

async function answerReading(exchange: Exchange, route: Route): Promise<void> {
  const { repositories, response, signal } = exchange
  switch (route.kind) {
    case 'base':
      return sendJson(response, {})
    case 'catalog':
      return sendNames(exchange, 'repositories', await repositories.names(signal))
    case 'tags': {
      const repository = await repositoryOf(exchange, route.name)
      return sendNames(exchange, 'tags', await repository.tags(signal), { name: route.name })
    }
    case 'manifest':
      return sendManifest(exchange, await repositoryOf(exchange, route.name), route.reference)
    case 'blob':
      return sendBlob(exchange, await repositoryOf(exchange, route.name), route.reference)
    case 'referrers':
      return sendReferrers(exchange, route.name, route.reference)
    case 'upload':
      return answerUpload(exchange, route, 'GET')
  }
}

async function answerChange(exchange: Exchange, route: Route, method: string): Promise<void> {
  if (route.kind === 'upload') {
    if (route.id !== '') return answerUpload(exchange, route, method)
    if (method === 'POST') return startUpload(exchange, route.name)
  }
  if (route.kind === 'manifest' && method === 'PUT') return putManifest(exchange, route)
  if (method !== 'DELETE' || (route.kind !== 'manifest' && route.kind !== 'blob')) throw noMethod()
  if (!exchange.allowDelete) throw new RegistryError(405, 'UNSUPPORTED', 'nothing is deleted here without --allow-delete')
  return route.kind === 'manifest' ? deleteManifest(exchange, route) : deleteBlob(exchange, route)
}

/**
 * A page in a browser can send requests to this machine, which answers without a login, and cannot read the answers; changing
 * something would need none. Browsers say so in `Origin`; clients of registries send no such header.
 */
function checkNoPage(headers: Readonly<Record<string, unknown>>): void {
  if (headers['origin'] !== undefined) throw new RegistryError(403, 'DENIED', 'pages in a browser change nothing here')
}

/** Clients of a mirror may say which registry they mean (containerd's `ns`): any but the one that is behind here is refused. */
function checkNamespace({ url, response, repositories: { namespace } }: Exchange): void {
  const wanted = url.searchParams.get('ns')
  if (wanted === null || namespace === undefined) return
  if (wanted !== namespace) throw new RegistryError(404, 'NAME_UNKNOWN', 'this is a mirror of another registry')
  response.setHeader('oci-namespace', namespace)
}

function decodedPath(url: URL): string {
  try {
    return decodeURIComponent(url.pathname)
  } catch {
    throw new RegistryError(400, 'NAME_INVALID', 'the path is not UTF-8')
  }
}

function noMethod(): RegistryError {
  return new RegistryError(405, 'UNSUPPORTED', 'there is no such method here', { allow: 'GET, HEAD' })
}
