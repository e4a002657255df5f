import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FILE_KINDS, VALUE_KINDS } from '../../../src/check/secret/secret-kinds.ts'
import { AWS_ID, KIND_SAMPLES } from '../../kit/samples/kind-samples.ts'
import { scanned } from '../../kit/samples/scan-secrets.ts'
import { chance, jwt, openSsh, pem } from '../../kit/samples/secret-samples.ts'

describe('kinds of secrets', () => {
  for (const [id, { must, mustNot }] of Object.entries(KIND_SAMPLES)) {
    test(`${id} is found where it is`, () => {
      const missed = must.filter(([path, text]) => !scanned(path, text).some(({ rule }) => rule === id))
      assert.deepEqual(missed, [])
      assert.ok(must.length >= 3)
    })

    test(`${id} is not taken for what looks like it`, () => {
      const taken = mustNot.filter(([path, text]) => scanned(path, text).some(({ rule }) => rule === id))
      assert.deepEqual(taken, [])
      assert.ok(mustNot.length >= 3)
    })
  }

  test('every kind has samples', () => {
    const ids = new Set([...VALUE_KINDS, ...FILE_KINDS].map(({ id }) => id))
    assert.deepEqual(
      [...ids].filter(id => KIND_SAMPLES[id] === undefined),
      [],
    )
  })

  test('no sample of one kind is reported as another, but for what lies around it', () => {
    const besides = new Set(['secret/url-password secret/github', 'secret/github secret/jwt'])
    const others = Object.entries(KIND_SAMPLES).flatMap(([id, { must }]) =>
      must.flatMap(([path, text]) =>
        scanned(path, text).flatMap(({ rule }) =>
          rule === id || besides.has(`${id} ${rule}`) ? [] : [`${id} is also ${rule} in ${path}`],
        ),
      ),
    )
    assert.deepEqual(others, [])
  })

  test('severities follow what a secret is good for', () => {
    const severity = (path: string, text: string) => scanned(path, text).map(hit => `${hit.rule} ${hit.severity}`)
    assert.deepEqual(severity('a', AWS_ID), ['secret/aws warning'])
    assert.deepEqual(severity('a', `ASIA${AWS_ID.slice(4)}`), ['secret/aws info'])
    assert.deepEqual(severity('a', `sk_test_${chance(24, 's')}`), ['secret/stripe info'])
    assert.deepEqual(severity('a', `AIza${chance(35, 'g')}`), ['secret/google info'])
    assert.deepEqual(severity('app/.env', `KEY=AIza${chance(35, 'g')}`), ['secret/google error'])
    assert.deepEqual(severity('a', pem('rsa', 'pkcs8', 'pass')), ['secret/private-key info'])
    assert.deepEqual(severity('a', openSsh('aes256-ctr')), ['secret/private-key info'])
    assert.deepEqual(severity('a', pem('rsa')), ['secret/private-key error'])
    assert.deepEqual(severity('a.env', 'U=postgres://app:8s7df6s8@localhost/x'), ['secret/url-password info'])
    assert.deepEqual(severity('a', jwt({ alg: 'none' }, { a: 1 })), ['secret/jwt info'])
  })
})
