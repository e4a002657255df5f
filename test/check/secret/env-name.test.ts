// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of shells are what must not be taken for secrets
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assignmentsOf, secretByName } from '../../../src/check/secret/env-name.ts'
import { chance, HEX } from '../../kit/samples/secret-samples.ts'

const value = 'kd83hf02lw9s'

describe('variables named like secrets', () => {
  test('words of secrets at either end of a name', () => {
    for (const name of [
      'DB_PASSWORD',
      'API_KEY',
      'apikey',
      'SECRET',
      'SECRET_SAUCE',
      'GITHUB_TOKEN',
      'TOKEN_GITHUB',
      'mysqlPassword',
      'AWS_SECRET_ACCESS_KEY',
      'MY_CREDENTIALS',
      'npm.auth',
      'REDIS_PASS',
      'SMTP_PASSWD',
      'STRIPE_API_KEY',
    ])
      assert.equal(secretByName({ name, value })?.rule, 'secret/env-name', name)
  })

  test('names that are about a secret, or about something else', () => {
    for (const name of [
      'DB_PASSWORD_FILE',
      'PUBLIC_KEY',
      'KEY_VERSION',
      'KMS_KEY_ALIAS',
      'KEY_NAME',
      'KEY_ENABLED',
      'CREDENTIAL_MANAGER',
      'PASSWORD_PROMPT_STRING',
      'GPG_KEY',
      'PHP_GPG_KEYS',
      'NEXT_PUBLIC_API_KEY',
      'REACT_APP_TOKEN',
      'MONKEY',
      'KEYBOARD',
      'TOKENIZER',
      'COMPASS',
      'PATH',
      'AUTHOR',
      'TOKEN_TTL',
      'AUTH_URL',
      'API_KEY_HEADER',
      'SSH_KEY_PATH',
    ])
      assert.equal(secretByName({ name, value }), undefined, name)
  })

  test('values that are none', () => {
    for (const none of [
      '',
      'short',
      '/run/secrets/key',
      '~/.ssh/key',
      '12345678',
      'https://host/path',
      '${SECRET}',
      '$SECRET_KEY',
      '<your-key>',
      'changeme',
      'placeholder',
      'xxxxxxxxxxxx',
      '********',
      'true',
      'example-key',
    ])
      assert.equal(secretByName({ name: 'API_KEY', value: none }), undefined, none)
    assert.equal(secretByName({ name: 'SIGNING_KEY', value: chance(40, 'fingerprint', HEX) }), undefined)
    assert.equal(secretByName({ name: 'API_TOKEN', value: chance(40, 'token', HEX) })?.rule, 'secret/env-name')
  })

  test('what steps of the history set, in every spelling', () => {
    const samples: Readonly<Record<string, readonly string[]>> = {
      'ENV A_KEY=one two # buildkit': ['A_KEY=one'],
      '/bin/sh -c #(nop)  ENV A=1 B="two words" C=\'x y\'': ['A=1', 'B=two words', 'C=x y'],
      '/bin/sh -c #(nop) ENV TOKEN abc def': ['TOKEN=abc def'],
      'ARG NPM_TOKEN=abc': ['NPM_TOKEN=abc'],
      'ARG NPM_TOKEN': [],
      'RUN |2 A=1 B=2 /bin/sh -c X=3 make # buildkit': ['A=1', 'B=2'],
      '|1 TOKEN=abc /bin/sh -c make': ['TOKEN=abc'],
      'RUN /bin/sh -c TOKEN=abc make # buildkit': [],
      'COPY ENV=1 /x': [],
    }
    for (const [step, expected] of Object.entries(samples)) {
      assert.deepEqual(
        assignmentsOf(step).map(each => `${each.name}=${each.value}`),
        expected,
        step,
      )
    }
  })
})
