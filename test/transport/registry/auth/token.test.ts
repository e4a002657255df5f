import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, test } from 'node:test'
import type { Http, HttpRequest } from '../../../../src/transport/http/http.ts'
import { retryPolicy } from '../../../../src/transport/http/retry.ts'
import type { Credentials } from '../../../../src/transport/registry/auth/credentials.ts'
import { fetchToken } from '../../../../src/transport/registry/auth/token.ts'

type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: object }

/** The requests of one login, answered one after the other; the last answer repeats. */
async function login(credentials: Credentials | undefined, answers: readonly Answer[], realm = 'https://auth.example/token') {
  const asked: HttpRequest[] = []
  const http = {
    patience: 1000,
    proxyFor: () => undefined,
    send: async (request: HttpRequest) => {
      const { status, headers = {}, body = {} } = answers[Math.min(asked.length, answers.length - 1)] ?? { status: 500 }
      asked.push(request)
      return { status, url: request.url, headers, body: Readable.from([Buffer.from(JSON.stringify(body))]) }
    },
  } as unknown as Http
  const challenge = { scheme: 'bearer', parameters: { realm, service: 'registry.example' } } as never
  const registry = new URL('https://registry.example')
  const retry = retryPolicy({ tries: 2, base: 1 })
  const before = Date.now()
  const token = await fetchToken(http, { challenge, scopes: ['repository:a:pull'], credentials, registry, retry }).catch(
    (error: { code: string }) => error.code,
  )
  return { asked, token, before }
}

const GRANTED: Answer = { status: 200, body: { token: 'T', expires_in: 300 } }
const basic = (username: string): Credentials => ({ type: 'basic', from: 'x', username, password: 'p' })
const identity: Credentials = { type: 'identity', from: 'x', username: '<token>', token: 'R' }

describe('asking for a token', () => {
  test('the account is named where there is a name; the mark of a token is none', async () => {
    for (const [username, account] of [
      ['me', 'me'],
      ['', null],
      ['<token>', null],
    ] as const) {
      const { asked } = await login(basic(username), [GRANTED])
      assert.equal(asked[0]?.url.searchParams.get('account'), account)
      assert.equal(asked[0]?.headers?.['authorization'], `Basic ${Buffer.from(`${username}:p`).toString('base64')}`)
      assert.deepEqual([...(asked[0]?.url.searchParams ?? [])].slice(0, 2), [
        ['service', 'registry.example'],
        ['scope', 'repository:a:pull'],
      ])
    }
  })

  test('the form says what it asks for, as whom, and that it is a form', async () => {
    const formOf = async (credentials: Credentials | undefined) => {
      const { asked } = await login(credentials, [{ status: 404 }, GRANTED])
      const { method, headers, body } = asked.find(each => each.method === 'POST') ?? {}
      return { method, headers, form: Object.fromEntries(new URLSearchParams(Buffer.from((body ?? '') as string).toString())) }
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const asks = { service: 'registry.example', client_id: 'peel', scope: 'repository:a:pull' }
    assert.deepEqual(await formOf(identity), {
      ...{ method: 'POST', headers },
      form: { ...asks, grant_type: 'refresh_token', refresh_token: 'R' },
    })
    assert.deepEqual(await formOf(basic('me')), {
      ...{ method: 'POST', headers },
      form: { ...asks, grant_type: 'password', username: 'me', password: 'p' },
    })
  })

  test('a redirect to another origin gets no credentials, one to the same origin keeps them', async () => {
    const to = (location: string): Answer => ({ status: 307, headers: { location } })
    const other = await login(basic('me'), [to('https://elsewhere.example/t'), GRANTED])
    assert.deepEqual([other.asked[1]?.url.host, other.asked[1]?.headers], ['elsewhere.example', undefined])
    const same = await login(basic('me'), [to('/t'), GRANTED])
    assert.deepEqual([same.asked[1]?.url.href, same.asked[1]?.headers], ['https://auth.example/t', same.asked[0]?.headers])
    assert.equal((await login(basic('me'), [to('http://auth.example/t'), GRANTED])).token, 'REALM_UNSAFE')
    assert.equal((await login(basic('me'), [to('/t')])).asked.length, 4)
  })

  test('an identity token goes by the form first, a password by GET; the other way where the first is unknown', async () => {
    const methods = async (credentials: Credentials | undefined, status: number) =>
      (await login(credentials, [{ status }, GRANTED])).asked.map(({ method }) => method).join(' ')
    assert.equal(await methods(identity, 404), 'POST GET')
    assert.equal(await methods(basic('me'), 405), 'GET POST')
    assert.equal(await methods(basic('me'), 400), 'GET POST')
    assert.equal(await methods(identity, 400), 'POST')
    assert.equal(await methods(undefined, 404), 'GET')
  })

  test('a token that cannot stand in a header is none; a short life counts as a minute', async () => {
    for (const token of ['', 'a b', 'a\nb', 'é', 7])
      assert.equal((await login(undefined, [{ status: 200, body: { token } }])).token, 'TOKEN_FAILED')
    const { token, before } = await login(undefined, [{ status: 200, body: { access_token: 'T', expires_in: 1 } }])
    assert.ok(typeof token === 'object' && token.value === 'T')
    assert.ok(token.expires >= before + 60_000 && token.expires < before + 120_000)
  })

  test('refusals by their kind', async () => {
    assert.equal((await login(undefined, [{ status: 401 }])).token, 'UNAUTHORIZED')
    assert.equal((await login(basic('me'), [{ status: 401 }])).token, 'CREDENTIALS_REFUSED')
    assert.equal((await login(basic('me'), [{ status: 500 }])).token, 'TOKEN_FAILED')
    assert.equal((await login(basic('me'), [{ status: 429, headers: { 'retry-after': '86400' } }])).token, 'RATE_LIMITED')
  })

  test('a host that cannot be reached is told to be the place for tokens only where it is not the registry itself', async () => {
    const challengeOf = (realm: string) => ({ scheme: 'bearer', parameters: { realm } }) as never
    const http = {
      ...{ patience: 1000, proxyFor: () => undefined },
      clock: { limit: 1000 },
      send: async () => {
        throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
      },
    } as unknown as Http
    const registry = new URL('https://registry.example')
    const hint = (realm: string) =>
      fetchToken(http, {
        ...{ challenge: challengeOf(realm), scopes: [], credentials: undefined, registry },
        retry: retryPolicy({ tries: 1, base: 1 }),
      }).then(
        () => assert.fail(),
        (error: { hint?: string }) => error.hint ?? '',
      )
    assert.match(
      await hint('https://auth.example/token'),
      /^auth\.example is where registry\.example sends clients for a token\. /,
    )
    assert.doesNotMatch(await hint('https://registry.example/token'), /is where/)
  })
})
