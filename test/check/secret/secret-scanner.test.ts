import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LiteralMatcher } from '../../../src/check/secret/literal-matcher.ts'
import { processorMilliseconds } from '../../kit/processor-time.ts'
import { scanned } from '../../kit/samples/scan-secrets.ts'
import { chance, jwt, openSsh, pem, summed } from '../../kit/samples/secret-samples.ts'
import { fc } from '../../kit/seeded-check.ts'

const LITERALS = ['abc', 'bca', 'aaaa', 'PRIVATE KEY', 'x-y-z', 'zz9']

/** Where each literal is, found in the plainest way. */
function everywhere(bytes: Buffer): string[] {
  return LITERALS.flatMap((literal, index) => {
    const found: string[] = []
    for (let at = bytes.indexOf(literal); at !== -1; at = bytes.indexOf(literal, at + 1)) found.push(`${index}@${at}`)
    return found
  }).sort()
}

describe('literal matcher', () => {
  test('finds what a search for each literal finds, wherever the bytes lie in memory', () => {
    const piece = fc.oneof(fc.constantFrom(...LITERALS, 'ab', 'a', 'zz', 'PRIVATE ', '\0'), fc.string({ maxLength: 5 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(3), (pieces, skip) => {
        const bytes = Buffer.from('#'.repeat(skip) + pieces.join('')).subarray(skip)
        const found: string[] = []
        new LiteralMatcher(LITERALS).search(bytes, (literal, start) => found.push(`${literal}@${start}`))
        assert.deepEqual(found.sort(), everywhere(bytes))
      }),
      { numRuns: 400 },
    )
  })

  test('refuses literals that are too short to be found', () => {
    assert.throws(() => new LiteralMatcher(['ab']), RangeError)
  })
})

describe('secret scanner', () => {
  const secrets = [
    pem('rsa'),
    pem('ed25519'),
    openSsh('none'),
    summed('ghp_', 'one'),
    jwt({ alg: 'HS256' }, { a: 1 }),
    `glpat-${chance(20, 'g')}`,
    `AKIA${chance(16, 'a', 'ABCDEFGH234567')}`,
  ]

  test('finds the same however a file is cut into pieces', () => {
    const filler = fc.oneof(
      fc.constantFrom('\n', ' ', 'key = "', '"\n', '-----BEGIN RSA PRIVATE KEY-----\n', '\0'),
      fc.nat(20_000).map(length => 'lorem ipsum\n'.repeat(length / 12)),
    )
    const content = fc
      .array(fc.oneof(filler, fc.constantFrom(...secrets)), { minLength: 1, maxLength: 12 })
      .map(parts => parts.join(''))
    const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 30_000 })), { maxLength: 60 })
    fc.assert(
      fc.property(content, sizes, fc.constantFrom('app/x', 'app/.env', 'root/.ssh/id_rsa'), (text, cuts, path) => {
        assert.deepEqual(scanned(path, text, cuts), scanned(path, text))
      }),
      { numRuns: 600 },
    )
  })

  test('finds a secret that comes byte by byte', () => {
    for (const secret of secrets) {
      const text = `first\nsecond ${secret}\nlast`
      const [hit, ...others] = scanned('app/x', text, Array(text.length).fill(1))
      assert.equal(hit?.evidence.line, 2)
      assert.deepEqual(others, [])
      assert.deepEqual([hit], scanned('app/x', text))
    }
  })

  test('tells the line of a secret far into a long file', () => {
    const text = `${'some words\n'.repeat(30_000)}token = ${secrets[3]}\n`
    const [hit] = scanned('app/x', text, Array(20).fill(20_011))
    assert.equal(hit?.evidence.line, 30_001)
  })

  test('tells no line in a binary', () => {
    const [hit] = scanned('usr/bin/x', `\0\n\n${secrets[3]}\0`)
    assert.equal(hit?.rule, 'secret/github')
    assert.equal(hit?.evidence.line, undefined)
  })

  test('tells of a secret its digest and two characters, never more', () => {
    const token = summed('ghp_', 'shown')
    const [hit] = scanned('app/x', token)
    assert.equal(hit?.ending, token.slice(-2))
    for (const secret of secrets) {
      const told = JSON.stringify(scanned('app/x', secret))
      for (let at = 0; at + 8 <= secret.length; at += 4) {
        if (/^\S{8}$/.test(secret.slice(at, at + 8)) && !/PRIVATE|BEGIN|END|-----/.test(secret.slice(at, at + 8)))
          assert.ok(!told.includes(secret.slice(at, at + 8)), `${told} has a piece of the secret`)
      }
    }
  })

  test('gives one digest to one secret wherever it lies', () => {
    const token = summed('ghp_', 'twice')
    const digests = new Set(
      [scanned('a', `x ${token}`), scanned('b', `${'\n'.repeat(99)}${token}`)].map(([hit]) => hit?.evidence.sha256),
    )
    assert.equal(digests.size, 1)
  })

  test('tells of a file that is known by its name only where no value in it is', () => {
    const rules = (text: string) => scanned('root/.netrc', text).map(({ rule }) => rule)
    assert.deepEqual(rules('machine a login b password 87sd6f87s6df\n'), ['secret/credential-file'])
    assert.deepEqual(rules(`machine github.com login b password ${summed('ghp_', 'n')}\n`), ['secret/github'])
  })

  test('looks at any number of files one after the other, and forgets each', () => {
    const text = `${secrets[0]}`
    assert.equal(scanned('a', text).length, 1)
    assert.deepEqual(scanned('b', 'nothing here'), [])
    assert.deepEqual(scanned('c', ''), [])
  })

  test('takes time that is linear in hostile contents', () => {
    const size = 2 * 1024 * 1024
    const hostile = [
      '-----BEGIN RSA PRIVATE KEY-----\n',
      '-----BEGIN RSA PRIVATE KEY-----\nAAAA',
      ' eyJ',
      'eyJeyJ.',
      'ghp_',
      ' glpat-aaaaaaaaa',
      'aws_secret_access_key = ',
      'AccountKey=aaaa',
      ' sk-T3BlbkFJ',
      '"service_account"',
      'ecretAccessKey" : ',
      ':AA1',
    ]
    for (const piece of hostile) {
      const bytes = Buffer.from(piece.repeat(size / piece.length))
      const spent = spentOn(() => void scanned('app/x', bytes, Array(31).fill(65_536)))
      assert.ok(spent < 4000, `${JSON.stringify(piece)} again and again took ${spent} ms of processor time`)
    }
    for (const path of [
      'root/.netrc',
      'a.conf',
      'root/.m2/settings.xml',
      'root/.bash_history',
      'a.tfstate',
      'root/.npmrc',
      'root/.pgpass',
      'root/.my.cnf',
      '.env',
    ]) {
      for (const piece of [
        '\n',
        ' ',
        'password ',
        '<!--',
        'a://b:',
        '://',
        'mysql ',
        'curl -u ',
        '"password" : ',
        ':',
        'a:b:c:d:',
        '=',
        '"a',
        'password=',
        'aaaaaaaa',
      ]) {
        const bytes = Buffer.from(piece.repeat((1024 * 1024) / piece.length))
        const spent = spentOn(() => void scanned(path, bytes))
        assert.ok(spent < 4000, `${JSON.stringify(piece)} again and again in ${path} took ${spent} ms of processor time`)
      }
    }
  })
})

function spentOn(work: () => void): number {
  const before = processorMilliseconds()
  work()
  return processorMilliseconds() - before
}
