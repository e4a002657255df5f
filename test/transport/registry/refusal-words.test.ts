import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { ImageError } from '../../../src/error.ts'
import { askedPause, tryAgain } from '../../../src/transport/http/retry.ts'
import { RegistryClient } from '../../../src/transport/registry/client.ts'
import { nearestNames } from '../../../src/transport/registry/near-names.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { listTags } from '../../../src/transport/registry/tags.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import type { Fault } from '../../kit/registry/fault.ts'
import { QUICK } from '../../kit/registry/registry-sinks.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

const image = imageFixture([layerFixture({ a: 'a' })])
const PAGE = '<!DOCTYPE html><title>Sign in</title>'
const answer = (status: number, headers: Record<string, string> = {}, body = PAGE): Fault => ({
  type: 'status',
  status,
  headers,
  body,
})
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000 - 1000).toUTCString()
const bearer = (realm: string) => answer(401, { 'www-authenticate': `Bearer realm="${realm}",service="x"` })

/** A bad answer, the requests that get it, and the error of a pull. */
const ROWS: readonly (readonly [name: string, requests: RegExp, fault: Fault, code: string, why: RegExp, hint: RegExp])[] = [
  [
    'a web server',
    /./,
    answer(404),
    'NOT_A_REGISTRY',
    /is no registry, it has nothing at \/v2\//,
    /another service listens there/,
  ],
  ['a tag that is not there', /manifests/, answer(404), 'MANIFEST_UNKNOWN', /no tag "1"/, /:2/],
  ['a login page', /./, answer(200), 'NOT_A_REGISTRY', /is no registry, it answers 200 whatever/, /in a browser/],
  [
    'an intranet',
    /./,
    answer(401, { 'www-authenticate': 'Negotiate, NTLM' }),
    'UNAUTHORIZED',
    /\(negotiate, ntlm\)/,
    /its operator/,
  ],
  [
    'a login that docker has too',
    /./,
    answer(401, { 'www-authenticate': 'Basic realm="x"' }),
    'UNAUTHORIZED',
    /asks for a login$/,
    /docker login/,
  ],
  [
    'no token service',
    /./,
    bearer('http://127.0.0.1:1/token'),
    'CONNECTION_REFUSED',
    /nothing listens at 127/,
    /^127\.0\.0\.1:1 is where 127\.0\.0\.1:\d+ sends clients for a token\./,
  ],
  [
    'a server that is down',
    /manifests/,
    answer(503, { 'retry-after': '7200' }),
    'REGISTRY_FAILED',
    /503: the registry, or a server behind it, is not up$/,
    /^Try again in 2 hours; /,
  ],
  [
    'words without a list',
    /manifests/,
    answer(500, {}, '{"title":"Oops","detail":"the disk is gone"}'),
    'REGISTRY_FAILED',
    /answers 500 \(Oops; the disk is gone\)$/,
    /Try again later/,
  ],
  [
    'errors that are texts',
    /manifests/,
    answer(403, {}, '{"errors":["not today"]}'),
    'DENIED',
    /denies it \(not today\)$/,
    /docker login/,
  ],
  [
    'a code in small letters',
    /manifests/,
    answer(403, {}, '{"errors":[{"code":"unauthorized"}]}'),
    'UNAUTHORIZED',
    /asks for a login/,
    /docker login/,
  ],
  [
    'a quota',
    /manifests/,
    answer(403, {}, '{"errors":[{"code":"DENIED","message":"adding 3.1 MiB will exceed the configured upper limit"}]}'),
    'REGISTRY_FAILED',
    /no room left/,
    /quota is used up/,
  ],
  [
    'a quota by its name',
    /manifests/,
    answer(412, {}, '{"errors":[{"code":"PRECONDITION","message":"The quota has been exceeded"}]}'),
    'REGISTRY_FAILED',
    /no room left/,
    /quota is used up/,
  ],
  [
    'a registry that is only read',
    /manifests/,
    answer(403, {}, '{"errors":[{"code":"UNSUPPORTED","message":"the registry is in read-only mode"}]}'),
    'REGISTRY_FAILED',
    /takes no writes/,
    /Try again later/,
  ],
  [
    'a policy',
    /manifests/,
    answer(412, {}, '{"errors":[{"code":"PROJECTPOLICYVIOLATION","message":"12 vulnerabilities"}]}'),
    'DENIED',
    /a policy of/,
    /owner of the project/,
  ],
  [
    'a blob that is too large',
    /manifests/,
    answer(403, {}, '{"errors":[{"code":"SIZE_INVALID","message":"too big"}]}'),
    'TOO_LARGE',
    /so large a request/,
    /body limit/,
  ],
  [
    'a refusal that only mentions logins',
    /manifests/,
    answer(401, {}, '{"errors":[{"code":"UNAUTHORIZED","message":"no quota without a login"}]}'),
    'UNAUTHORIZED',
    /asks for a login/,
    /docker login/,
  ],
  ['no room', /manifests/, answer(507), 'REGISTRY_FAILED', /no room left/, /Delete images/],
  ['an unpaid account', /manifests/, answer(402), 'REGISTRY_FAILED', /payment required/, /quota of the account/],
  ['a refusal without a meaning', /manifests/, answer(418), 'REGISTRY_FAILED', /answers 418$/, /does not take this request/],
  [
    'a limit, for hours',
    /manifests/,
    answer(429, { 'retry-after': inHours(12) }),
    'RATE_LIMITED',
    /too many/,
    /Try again in 12 hours, or log in/,
  ],
  ['a limit, for days', /manifests/, answer(429, { 'retry-after': '259200' }), 'RATE_LIMITED', /too many/, /in 3 days/],
  [
    'a limit in numbers',
    /manifests/,
    answer(429, { 'ratelimit-limit': '100;w=21600', 'retry-after': '90' }),
    'RATE_LIMITED',
    /its limit is 100 in 6 h$/,
    /90 seconds/,
  ],
]

describe('the words for what a registry refuses', () => {
  let registry: TestRegistry
  beforeEach(async () => {
    registry = await TestRegistry.start()
    registry.store.add('team/app', '2', image)
  })
  afterEach(() => registry.close())

  const pull = async () => {
    const retry = { tries: 2, base: 1, cap: 20 }
    const source = new RegistrySource({ host: registry.host, path: 'team/app', tag: '1' }, { ...QUICK, retry })
    return source.roots().finally(() => source.close())
  }

  for (const [name, requests, fault, code, why, hint] of ROWS)
    test(`${name}: ${code}`, async () => {
      registry.always(requests, fault)
      await assert.rejects(pull(), (error: unknown) => {
        assert.ok(error instanceof ImageError)
        assert.equal(error.code, code)
        assert.match(error.message, why)
        assert.match(error.hint ?? '', hint)
        return true
      })
    })

  test('a registry that lacks one image is asked whether it is one at most once', async () => {
    registry.always(/manifests|tags/, answer(404))
    await assert.rejects(pull(), { code: 'NOT_FOUND' })
    assert.deepEqual(
      registry.log.filter(line => line === 'GET /v2/'),
      ['GET /v2/'],
    )
  })

  test('a list that is a login page', async () => {
    registry.always(/tags/, answer(200))
    const repository = { host: registry.host, path: 'team/app' }
    await using client = new RegistryClient(repository, QUICK)
    await assert.rejects(listTags(client, repository).next(), (error: ImageError) => /in a browser/.test(error.hint ?? ''))
  })

  test('a limit that ended by its own date is waited for as if none was given', () => {
    for (const header of [inHours(-1), '-5']) assert.ok((askedPause(header, 1, { tries: 2, base: 400, cap: 400 }) ?? 0) >= 200)
  })

  test('the nearest names: those that go on or end alike, then by letters changed, added or left out, then the shorter', () => {
    const near = (wanted: string, ...names: string[]) => nearestNames(wanted, names)
    assert.deepEqual(near('1.2', '2.1', '1.2.3', 'v1.2', '1.3', '1'), ['v1.2', '1', '1.2.3'])
    assert.deepEqual(near('abcd', 'ad', 'axcd'), ['axcd', 'ad'])
    assert.deepEqual(near('abcd', 'abxcdy', 'abcxd', 'acd'), ['acd', 'abcxd', 'abxcdy'])
    assert.deepEqual(near('abcd', 'zbcd', 'abzd'), ['abzd', 'zbcd'])
    assert.deepEqual(near('', 'bb', 'a'), ['a', 'bb'])
    assert.equal(near('x', 'a', 'b', 'c', 'd').length, 3)
  })

  test('a server is waited for as long as the policy has it, and no longer', () => {
    const asked = (header: string | undefined, attempt = 1) => askedPause(header, attempt, { tries: 5, base: 400, cap: 5000 })
    assert.deepEqual([asked('0'), asked('4'), asked('5'), asked('6')], [0, 4000, 5000, undefined])
    for (const [attempt, longest] of [
      [1, 400],
      [2, 800],
      [4, 3200],
      [5, 5000],
      [30, 5000],
    ] as const) {
      const pause = asked(undefined, attempt) ?? -1
      assert.ok(pause >= longest / 2 && pause <= longest, `${pause} at try ${attempt}`)
    }
  })

  test('a pause in words', () => {
    for (const [header, words] of [
      [undefined, 'later'],
      ['soon', 'later'],
      ['-5', 'later'],
      ['99999999999', 'later'],
      ['0', 'later'],
      ['1', 'in 1 second'],
      ['119', 'in 119 seconds'],
      ['120', 'in 2 minutes'],
      ['7200', 'in 2 hours'],
      ['172800', 'in 2 days'],
    ] as const)
      assert.equal(tryAgain(header), `Try again ${words}`)
  })
})
