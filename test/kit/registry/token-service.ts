import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type TokenGrant = { readonly scopes: readonly string[]; readonly user: string }

export type TokenServiceOptions = {
  /** user:password that gets everything; anonymous gets `pull` on `public/…` only. */
  readonly credentials?: string
  readonly identityToken?: string
  /** Seconds; written into the answer. */
  readonly expiresIn?: number
  /** POST is not known: 404 or 405. */
  readonly withoutOAuth?: number
  /** Answers to the first requests instead, one each. */
  readonly first?: readonly { readonly status: number; readonly headers?: Record<string, string> }[]
  /** Grants nothing, with a 200. */
  readonly grantNothing?: boolean
  /** Scopes that are refused: 403, as GHCR answers. */
  readonly deny?: RegExp
  /** Makes the token's text; random where not given (a real registry wants a signed one). */
  readonly mint?: (grant: TokenGrant) => string
  /** The answer's only field: `token` or `access_token`. */
  readonly field?: 'token' | 'access_token'
}

export type TokenService = {
  readonly realm: string
  readonly host: string
  /** The requests so far: method, user, scopes; and the authorization it was sent. */
  readonly asked: {
    method: string
    user: string
    scopes: readonly string[]
    authorization: string | undefined
    client?: string
  }[]
  readonly grants: Map<string, TokenGrant & { readonly expires: number }>
  close(): Promise<void>
}

/** A distribution token service: GET with Basic, POST with OAuth2 forms (registry.md 3.4). */
export async function startTokenService(options: TokenServiceOptions = {}): Promise<TokenService> {
  const { credentials = 'user:pass', identityToken = 'IDENTITY', expiresIn = 300 } = options
  const asked: TokenService['asked'] = []
  const grants: TokenService['grants'] = new Map()
  let counter = 0
  const first = [...(options.first ?? [])]
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      const form = request.method === 'POST' ? new URLSearchParams(Buffer.concat(chunks).toString()) : url.searchParams
      const send = (status: number, body: object) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify(body))
      }
      const fault = first.shift()
      if (fault !== undefined) return void response.writeHead(fault.status, fault.headers).end('<html>busy</html>')
      const { authorization } = request.headers
      const scopes = form
        .getAll('scope')
        .flatMap(scope => scope.split(' '))
        .filter(Boolean)
      const user = identify(request.method ?? '', form, authorization, credentials, identityToken)
      asked.push({ method: request.method ?? '', user: user ?? 'refused', scopes: form.getAll('scope'), authorization })
      if (request.method === 'POST' && options.withoutOAuth !== undefined) return send(options.withoutOAuth, {})
      if (user === undefined) return send(401, { details: 'incorrect username or password' })
      if (scopes.some(scope => options.deny?.test(scope) === true)) return send(403, { errors: [{ code: 'DENIED' }] })
      const granted = options.grantNothing === true ? [] : scopes.flatMap(scope => allowed(scope, user))
      const grant = { scopes: granted, user }
      const token = options.mint?.(grant) ?? `token-${process.pid}-${++counter}`
      grants.set(token, { ...grant, expires: Date.now() + expiresIn * 1000 })
      send(200, { [options.field ?? 'token']: token, expires_in: expiresIn, issued_at: new Date().toISOString() })
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    realm: `http://${host}/token?account-type=test`,
    host,
    asked,
    grants,
    close: () => {
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** The user's name, empty without credentials, undefined for wrong ones. */
function identify(
  method: string,
  form: URLSearchParams,
  authorization: string | undefined,
  credentials: string,
  identity: string,
) {
  if (method === 'POST') {
    if (form.get('grant_type') === 'refresh_token') return form.get('refresh_token') === identity ? 'user' : undefined
    return `${form.get('username')}:${form.get('password')}` === credentials ? 'user' : undefined
  }
  const basic = /^Basic (.+)$/i.exec(authorization ?? '')?.[1]
  if (basic === undefined) return ''
  const given = Buffer.from(basic, 'base64').toString()
  return given === credentials || given.endsWith(`:${identity}`) ? 'user' : undefined
}

function allowed(scope: string, user: string): string[] {
  if (user !== '') return [scope]
  const match = /^repository:(public\/.+):(.*)$/.exec(scope)
  return match?.[2]?.split(',').includes('pull') === true ? [`repository:${match[1]}:pull`] : []
}
