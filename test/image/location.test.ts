import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { formatLocation, parseDestination, parseLocation, shadowedHost } from '../../src/image/location.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`
const files = new Set(['image', 'a:b', 'dir/app.tar', './x', 'nginx', 'image.tar.gz', '/abs/l'])
const exists = (path: string) => files.has(path)
const path = (text: string, selector: object = {}) => ({ transport: 'path', path: text, selector })

describe('location of an image', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['image', path('image')],
    ['image:v1', path('image', { name: 'v1' })],
    [`image@${DIGEST}`, path('image', { digest: DIGEST })],
    [`image:v1@${DIGEST}`, path('image', { name: 'v1', digest: DIGEST })],
    ['image:@2', path('image', { position: 2 })],
    ['image@2', path('image', { position: 2 })],
    ['image:docker.io/library/x:1', path('image', { name: 'docker.io/library/x:1' })],
    ['a:b', path('a:b')],
    ['a:b:c', path('a:b', { name: 'c' })],
    ['nginx:latest', path('nginx', { name: 'latest' })],
    ['./missing', path('./missing')],
    ['./missing:t', path('./missing', { name: 't' })],
    ['/no/such.tar', path('/no/such.tar')],
    ['other.tar.xz', path('other.tar.xz')],
    ['oci:image', { transport: 'oci', path: 'image', selector: {} }],
    ['oci:image:v1', { transport: 'oci', path: 'image', selector: { name: 'v1' } }],
    ['oci:new/dir:docker.io/library/x:1', { transport: 'oci', path: 'new/dir', selector: { name: 'docker.io/library/x:1' } }],
    ['oci:a:b:c', { transport: 'oci', path: 'a:b', selector: { name: 'c' } }],
    ['oci-archive:dir/app.tar:t', { transport: 'oci-archive', path: 'dir/app.tar', selector: { name: 't' } }],
    ['docker-archive:x.tar:busybox:1', { transport: 'docker-archive', path: 'x.tar', selector: { name: 'busybox:1' } }],
    ['docker-archive:x.tar:@1', { transport: 'docker-archive', path: 'x.tar', selector: { position: 1 } }],
    ['docker://image', { transport: 'docker', reference: { domain: 'docker.io', path: 'library/image', tag: 'latest' } }],
    ['alpine:3', { transport: 'docker', reference: { domain: 'docker.io', path: 'library/alpine', tag: '3' } }],
    ['ghcr.io/o/r:1', { transport: 'docker', reference: { domain: 'ghcr.io', path: 'o/r', tag: '1' } }],
    [`host:5000/a/b@${DIGEST}`, { transport: 'docker', reference: { domain: 'host:5000', path: 'a/b', digest: DIGEST } }],
    ['docker:20', { transport: 'docker', reference: { domain: 'docker.io', path: 'library/docker', tag: '20' } }],
    ['docker-daemon:busybox', { transport: 'docker-daemon', name: 'busybox:latest' }],
    [`docker-daemon:${DIGEST}`, { transport: 'docker-daemon', name: DIGEST }],
    ['-', { transport: 'standard-stream' }],
    ['oci://image:v1', { transport: 'oci', path: 'image', selector: { name: 'v1' } }],
    ['dir:image', { transport: 'dir', path: 'image', selector: {} }],
    ['ocidir://image', { transport: 'oci', path: 'image', selector: {} }],
    ['docker-archive://x.tar', { transport: 'docker-archive', path: 'x.tar', selector: {} }],
    ['docker-daemon://busybox', { transport: 'docker-daemon', name: 'busybox:latest' }],
    ['podman:busybox', { transport: 'docker-daemon', name: 'busybox:latest' }],
    ['docker:app:1', { transport: 'docker-daemon', name: 'app:1' }],
    ['docker:5000/app', { transport: 'docker', reference: { domain: 'docker:5000', path: 'app', tag: 'latest' } }],
    ['file:./x', path('./x')],
    ['file:///abs/l', path('/abs/l')],
    ['gone.tar.lz4', path('gone.tar.lz4')],
    ['gone.zip:1', path('gone.zip', { name: '1' })],
  ]
  for (const [text, expected] of cases) {
    test(text.slice(0, 60), () => assert.deepEqual(parseLocation(text, exists), expected))
  }

  const refused: readonly (readonly [string, string])[] = [
    ['', 'LOCATION_INVALID'],
    ['oci:', 'LOCATION_INVALID'],
    ['oci::tag', 'LOCATION_INVALID'],
    ['image@sha256:short', 'LOCATION_INVALID'],
    ['dir:', 'LOCATION_INVALID'],
    ['containers-storage:x', 'LOCATION_INVALID'],
    ['docker://Bad Name', 'REFERENCE_INVALID'],
    ['docker-daemon:', 'REFERENCE_INVALID'],
    ['No Such', 'REFERENCE_INVALID'],
  ]
  for (const [text, code] of refused) {
    test(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => parseLocation(text, exists),
        error => error instanceof ImageError && error.code === code,
      )
    })
  }

  test('transports that peel does not read are refused by their names, with the way to copy', () => {
    const hintOf = (text: string) => {
      try {
        return parseLocation(text, exists) && undefined
      } catch (error) {
        return error instanceof ImageError ? `${error.message}. ${error.hint}` : String(error)
      }
    }
    for (const scheme of ['containers-storage', 'ostree', 'sif', 'tarball'])
      assert.match(
        hintOf(`${scheme}:x`) ?? '',
        new RegExp(`${scheme}: images. Copy it first: skopeo copy ${scheme}:x oci:image:latest$`),
      )
    assert.match(hintOf('containerd:x') ?? '', /containerd: images\. Export it first: ctr images export image\.tar NAME/)
    // A name without a colon has no transport, and so has neither is its name without the last letter one.
    for (const name of ['sif', 'sifx', 'tarball'])
      assert.deepEqual(parseLocation(name, exists), {
        transport: 'docker',
        reference: { domain: 'docker.io', path: `library/${name}`, tag: 'latest' },
      })
  })

  test('a location is written as it was read', () => {
    for (const text of ['oci:image:v1', 'docker-archive:x.tar:busybox:1', '-', 'docker-daemon:busybox:1', `image@${DIGEST}`]) {
      assert.equal(formatLocation(parseLocation(text, exists)), text)
    }
  })
})

const isThere = (path: string) => path === 'there' || path === 'there/index.json'

describe('destination', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['./out', { transport: 'oci', path: './out', selector: {} }],
    ['./out:v2', { transport: 'oci', path: './out', selector: { name: 'v2' } }],
    ['/tmp/x', { transport: 'oci', path: '/tmp/x', selector: {} }],
    ['there', { transport: 'oci', path: 'there', selector: {} }],
    ['there:v2', { transport: 'oci', path: 'there', selector: { name: 'v2' } }],
    ['oci:out:v2', { transport: 'oci', path: 'out', selector: { name: 'v2' } }],
    ['oci://out:v2', { transport: 'oci', path: 'out', selector: { name: 'v2' } }],
    ['out.tar', { transport: 'archive', path: 'out.tar', selector: {} }],
    ['out.tar:v2', { transport: 'archive', path: 'out.tar', selector: { name: 'v2' } }],
    ['./out.tgz', { transport: 'archive', path: './out.tgz', selector: {} }],
    ['out.tar.gz:app:1', { transport: 'archive', path: 'out.tar.gz', selector: { name: 'app:1' } }],
    ['out.tar.zst', { transport: 'archive', path: 'out.tar.zst', selector: {} }],
    ['docker-archive:-', { transport: 'docker-archive', path: '-', selector: {} }],
    ['ghcr.io/me/app:1', { transport: 'docker', reference: { domain: 'ghcr.io', path: 'me/app', tag: '1' } }],
    ['127.0.0.1:5000/w:2', { transport: 'docker', reference: { domain: '127.0.0.1:5000', path: 'w', tag: '2' } }],
    ['host:5000/w:2', { transport: 'docker', reference: { domain: 'host:5000', path: 'w', tag: '2' } }],
    ['localhost/w', { transport: 'docker', reference: { domain: 'localhost', path: 'w', tag: 'latest' } }],
    ['docker-archive:out.tar:app:1', { transport: 'docker-archive', path: 'out.tar', selector: { name: 'app:1' } }],
    ['docker://h.io/x', { transport: 'docker', reference: { domain: 'h.io', path: 'x', tag: 'latest' } }],
    ['-', { transport: 'standard-stream' }],
  ]
  for (const [text, expected] of cases) {
    test(text, () => assert.deepEqual(parseDestination(text, isThere), expected))
  }

  test('a name that may be a directory or a repository is refused with both spellings, and writes nothing', () => {
    for (const text of ['out', 'nginx', 'me/app:1', 'out:v2', 'my.app', 'my.app:2'])
      assert.throws(
        () => parseDestination(text, isThere),
        error =>
          error instanceof ImageError &&
          error.code === 'LOCATION_INVALID' &&
          (error.hint ?? '').includes(`oci:${text}`) &&
          (error.hint ?? '').includes(`docker://${text}`),
      )
  })

  test('a "~" that no shell has expanded names no directory of that name', () => {
    for (const [text, hint] of [
      ['oci:~/out:1', 'oci:$HOME/out'],
      ['~/out', '$HOME/out'],
      ['docker-archive:~/x.tar', 'docker-archive:$HOME/x.tar'],
      ['~', '$HOME'],
    ] as const)
      assert.throws(() => parseDestination(text, isThere), { code: 'LOCATION_INVALID', hint: `Write it out: ${hint}` })
    assert.equal(parseDestination('oci:~/out', path => path === '~').transport, 'oci')
    assert.equal(parseDestination('oci:~out', isThere).transport, 'oci')
  })

  test('the built-in image, and archives that are packed otherwise, are no destinations', () => {
    for (const text of ['demo:', 'out.tar.xz', 'out.tar.bz2', 'out.tbz'])
      assert.throws(() => parseDestination(text, isThere), { code: 'LOCATION_INVALID' })
    assert.throws(() => parseLocation('demo:', isThere), { code: 'LOCATION_INVALID', hint: /peel copy demo: / })
  })

  test('a place on disk that shadows a registry is said to be one', () => {
    const shadow = (path: string) => path === 'ghcr.io/me/app' || path === 'ghcr.io/me/app/index.json'
    const text = 'ghcr.io/me/app:1'
    for (const location of [parseLocation(text, shadow), parseDestination(text, shadow)]) {
      assert.equal('path' in location && location.path, 'ghcr.io/me/app')
      assert.match(
        shadowedHost(text, location)?.message ?? '',
        /is taken for a place on this disk, .*docker:\/\/ghcr.io\/me\/app:1/,
      )
    }
    assert.equal(shadowedHost('./image', parseLocation('./image', exists)), undefined)
    assert.equal(shadowedHost('oci:image', parseLocation('oci:image', exists)), undefined)
  })

  test('an archive in a directory that is named as a host is, and is not there, may be a repository', () => {
    for (const text of ['reg.io/x.tar', 'ghcr.io/me/x.tar.gz', 'reg.io/x.tar:1'])
      assert.throws(() => parseDestination(text, isThere), { why: 'it may be a file or a repository' })
    assert.equal(parseDestination('reg.io/x.tar', path => path === 'reg.io').transport, 'archive')
    for (const text of ['./reg.io/x.tar', 'out/x.tar', 'x.tar'])
      assert.equal(parseDestination(text, isThere).transport, 'archive')
    for (const text of ['reg.io/', 'docker://reg.io/', 'h:5000/'])
      assert.throws(() => parseLocation(text, isThere), { why: 'it names a registry and no repository' })
  })

  test('what looks like a place peel does not know is no layout with a tag', () => {
    for (const text of ['containers-storage:app:1', 'dir:out:1', 'dir:', 'https://h.io/x', 'ftp://x'])
      assert.throws(() => parseDestination(text, exists), { code: 'LOCATION_INVALID' })
  })

  test('a digest cannot be chosen for what is yet to be written', () => {
    for (const text of [`./out@${DIGEST}`, `oci:out@${DIGEST}`, 'docker-archive:out.tar:@1']) {
      assert.throws(() => parseDestination(text, exists), ImageError)
    }
  })
})
