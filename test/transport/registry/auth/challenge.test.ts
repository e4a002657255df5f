import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { retryAfter } from '../../../../src/transport/http/retry.ts'
import { challengeScopes, parseChallenges, preferredChallenge } from '../../../../src/transport/registry/auth/challenge.ts'
import { coversScopes, joinScopes } from '../../../../src/transport/registry/auth/scope.ts'

describe('challenges', () => {
  test('several in one header, commas in quotes, any case', () => {
    const header =
      'Negotiate, BEARER Realm="https://a/t?x=1,2",service="s, t" , scope="repository:b:pull,push repository:a:pull", Basic realm=plain'
    const challenges = parseChallenges([header])
    assert.deepEqual(
      challenges.map(({ scheme }) => scheme),
      ['negotiate', 'bearer', 'basic'],
    )
    const preferred = preferredChallenge(challenges)
    assert.equal(preferred?.parameters['realm'], 'https://a/t?x=1,2')
    assert.equal(preferred?.parameters['service'], 's, t')
    assert.deepEqual(preferred === undefined ? [] : challengeScopes(preferred), ['repository:b:pull,push', 'repository:a:pull'])
  })

  test('several headers, tokens after the scheme, escapes, spaces around =', () => {
    const challenges = parseChallenges(['Negotiate YII==', 'Basic realm = "a \\"b\\""', 'Digest qop=auth'])
    assert.deepEqual(
      challenges.map(({ scheme }) => scheme),
      ['negotiate', 'basic', 'digest'],
    )
    assert.equal(preferredChallenge(challenges)?.parameters['realm'], 'a "b"')
  })

  test('what cannot be read does no harm', () => {
    for (const header of ['', '"', 'Bearer', 'Bearer realm', 'Bearer realm="open', '=,=', 'Basic realm="x" junk"'.repeat(50)])
      parseChallenges([header])
    assert.equal(preferredChallenge(parseChallenges(['Bearer'])), undefined)
    assert.equal(preferredChallenge(parseChallenges(['Kerberos, NTLM'])), undefined)
  })
})

describe('scopes', () => {
  test('are joined by resource, the first mentioned first', () => {
    const scopes = joinScopes(['repository:b/c:pull', 'repository:a:pull', 'repository:b/c:push,pull'])
    assert.deepEqual(scopes, ['repository:b/c:pull,push', 'repository:a:pull'])
  })

  test('cover what they name, and no more', () => {
    assert.ok(coversScopes(['repository:a:pull,push'], ['repository:a:pull']))
    assert.ok(coversScopes(['registry:catalog:*'], ['registry:catalog:*']))
    assert.ok(!coversScopes(['repository:a:pull'], ['repository:a:pull,push']))
    assert.ok(!coversScopes(['repository:a:pull'], ['repository:ab:pull']))
  })
})

test('Retry-After is seconds or a date', () => {
  assert.equal(retryAfter('120'), 120_000)
  assert.equal(retryAfter('Wed, 21 Oct 2015 07:28:30 GMT', Date.parse('2015-10-21T07:28:00Z')), 30_000)
  assert.equal(retryAfter('soon'), undefined)
  assert.equal(retryAfter(undefined), undefined)
})
