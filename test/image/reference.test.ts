import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { familiarReference, formatReference, parseReference } from '../../src/image/reference.ts'
import { processorMilliseconds } from '../kit/processor-time.ts'
import { fc } from '../kit/seeded-check.ts'

const HEX = 'ab'.repeat(32)
const ID = '1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a'
const LONG = `${'a/'.repeat(127)}a`

/** Text, full name, familiar name: the vectors of distribution/reference normalize_test.go and reference_test.go. */
const GOOD: readonly (readonly [string, string, string])[] = [
  ['debian', 'docker.io/library/debian:latest', 'debian:latest'],
  ['library/debian', 'docker.io/library/debian:latest', 'debian:latest'],
  ['docker.io/debian', 'docker.io/library/debian:latest', 'debian:latest'],
  ['docker.io/library/debian', 'docker.io/library/debian:latest', 'debian:latest'],
  ['index.docker.io/debian', 'docker.io/library/debian:latest', 'debian:latest'],
  ['index.docker.io/docker/docker', 'docker.io/docker/docker:latest', 'docker/docker:latest'],
  ['docker/docker', 'docker.io/docker/docker:latest', 'docker/docker:latest'],
  ['nonlibrary/ubuntu/bar', 'docker.io/nonlibrary/ubuntu/bar:latest', 'nonlibrary/ubuntu/bar:latest'],
  ['library/ubuntu/bar', 'docker.io/library/ubuntu/bar:latest', 'library/ubuntu/bar:latest'],
  ['127.0.0.1:5000/debian', '127.0.0.1:5000/debian:latest', '127.0.0.1:5000/debian:latest'],
  ['127.0.0.1:5000/library/debian:1', '127.0.0.1:5000/library/debian:1', '127.0.0.1:5000/library/debian:1'],
  ['192.168.0.1', 'docker.io/library/192.168.0.1:latest', '192.168.0.1:latest'],
  ['192.168.0.1:80', 'docker.io/library/192.168.0.1:80', '192.168.0.1:80'],
  ['192.168.0.1:8/debian', '192.168.0.1:8/debian:latest', '192.168.0.1:8/debian:latest'],
  ['localhost/private/moonbase', 'localhost/private/moonbase:latest', 'localhost/private/moonbase:latest'],
  ['localhost:5000/a', 'localhost:5000/a:latest', 'localhost:5000/a:latest'],
  ['localhost:5000', 'docker.io/library/localhost:5000', 'localhost:5000'],
  ['Uppercase/lowercase:tag', 'Uppercase/lowercase:tag', 'Uppercase/lowercase:tag'],
  ['test.com:8080/foo', 'test.com:8080/foo:latest', 'test.com:8080/foo:latest'],
  ['test_com/foo', 'docker.io/test_com/foo:latest', 'test_com/foo:latest'],
  ['foo/foo_bar.com:8080', 'docker.io/foo/foo_bar.com:8080', 'foo/foo_bar.com:8080'],
  ['foo_bar.com:8080', 'docker.io/library/foo_bar.com:8080', 'foo_bar.com:8080'],
  ['xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com/myimage:xn--n3h.com'],
  ['dock__er/docker', 'docker.io/dock__er/docker:latest', 'dock__er/docker:latest'],
  ['doc.k-er/docker', 'doc.k-er/docker:latest', 'doc.k-er/docker:latest'],
  ['a--b/c---d', 'docker.io/a--b/c---d:latest', 'a--b/c---d:latest'],
  ['[2001:db8::1]:5000/repo', '[2001:db8::1]:5000/repo:latest', '[2001:db8::1]:5000/repo:latest'],
  ['[2001:db8::1]/repo:tag', '[2001:db8::1]/repo:tag', '[2001:db8::1]/repo:tag'],
  [`docker.io/${ID}`, `docker.io/library/${ID}:latest`, `${ID}:latest`],
  [`repo@sha256:${HEX}`, `docker.io/library/repo@sha256:${HEX}`, `repo@sha256:${HEX}`],
  [`test:5000/repo:tag@sha256:${HEX}`, `test:5000/repo:tag@sha256:${HEX}`, `test:5000/repo:tag@sha256:${HEX}`],
  [`x/y@sha512:${HEX}${HEX}`, `docker.io/x/y@sha512:${HEX}${HEX}`, `x/y@sha512:${HEX}${HEX}`],
  [`x@unregistered+b64:AbC_-=`, `docker.io/library/x@unregistered+b64:AbC_-=`, `x@unregistered+b64:AbC_-=`],
  [`host.com/${'a/'.repeat(126)}ab`, `host.com/${'a/'.repeat(126)}ab:latest`, `host.com/${'a/'.repeat(126)}ab:latest`],
]

const BAD = [
  '',
  ':justtag',
  `@sha256:${HEX}`,
  'repo@sha256:ffff',
  `validname@invaliddigest:`,
  'https://github.com/docker/docker',
  'docker/Docker',
  'docker.io/docker/Docker',
  'Ubuntu',
  '-docker',
  '-docker/docker',
  '-docker.io/docker/docker',
  'docker-/docker',
  'docker///docker',
  'docker.io/docker///docker',
  'dock___er/docker',
  'a..b',
  'a/_b',
  'a/.b',
  'a b',
  'a/b:',
  'a:b:c',
  `a:${'t'.repeat(129)}`,
  'a:-tag',
  '[fc00::1]',
  '[fc00::1]:5000',
  'fc00::1:5000/debian',
  '[fe80::1%eth0]:5000/debian',
  '[2001:db8:3:4::192.0.2.33]:5000/debian',
  'test.com:notaport/foo',
  ID,
  `host.com/${LONG}b/cc`,
  'x\u001b[31m',
  'é',
  'a'.repeat(5000),
]

describe('reference', () => {
  for (const [text, full, familiar] of GOOD) {
    test(`${text.slice(0, 60)}`, () => {
      const reference = parseReference(text)
      assert.equal(formatReference(reference), full)
      assert.equal(familiarReference(reference), familiar)
      assert.deepEqual(parseReference(full), reference)
    })
  }

  for (const text of BAD) {
    test(`refuses ${JSON.stringify(text).slice(0, 60)}`, () => {
      assert.throws(
        () => parseReference(text),
        error => error instanceof ImageError && error.code === 'REFERENCE_INVALID',
      )
    })
  }

  test('names of any shape parse to what formats back, or are refused', () => {
    const piece = fc.string({ unit: fc.constantFrom(...'aB0._-:/@[]%'), maxLength: 30 })
    fc.assert(
      fc.property(piece, text => {
        try {
          const reference = parseReference(text)
          assert.deepEqual(parseReference(formatReference(reference)), reference)
          assert.deepEqual(parseReference(familiarReference(reference)), reference)
        } catch (thrown) {
          assert.ok(thrown instanceof ImageError, String(thrown))
        }
      }),
      { numRuns: 2000, seed: 1 },
    )
  })

  test('a long hostile name is refused at once', () => {
    const start = processorMilliseconds()
    for (const text of [`${'a-'.repeat(900)}`, `${'a_'.repeat(900)}!`, `${'a'.repeat(1900)}/${'-'.repeat(100)}!`]) {
      assert.throws(() => parseReference(text), ImageError)
    }
    assert.ok(processorMilliseconds() - start < 500)
  })
})
