/**
 * An address that a server named in an answer (`Location`, `Link`): relative or absolute, resolved against the request. A
 * registry behind a proxy that ends TLS names itself by http: the same host is asked the way it was asked before.
 * Undefined where it is no http address.
 */
export function responseUrl(text: string, request: URL): URL | undefined {
  const url = URL.canParse(text, request.href) ? new URL(text, request) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined
  const port = request.port || (request.protocol === 'https:' ? '443' : '80')
  const isSame = url.host === request.host || (url.hostname === request.hostname && url.port === port)
  if (isSame && url.protocol !== request.protocol) return new URL(`${request.origin}${url.pathname}${url.search}`)
  return url
}
