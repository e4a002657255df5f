import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { formatLocation, parseDestination, parseLocation } from '../../src/image/location.ts'

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
  ]
  for (const [text, expected] of cases) {
    test(text.slice(0, 60), () => assert.deepEqual(parseLocation(text, exists), expected))
  }

  const refused: readonly (readonly [string, string])[] = [
    ['', 'LOCATION_INVALID'],
    ['oci:', 'LOCATION_INVALID'],
    ['oci::tag', 'LOCATION_INVALID'],
    ['image@sha256:short', 'LOCATION_INVALID'],
    ['dir:image', 'LOCATION_INVALID'],
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

  test('a location is written as it was read', () => {
    for (const text of ['oci:image:v1', 'docker-archive:x.tar:busybox:1', '-', 'docker-daemon:busybox:1', `image@${DIGEST}`]) {
      assert.equal(formatLocation(parseLocation(text, exists)), text)
    }
  })
})

describe('destination', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['out', { transport: 'oci', path: 'out', selector: {} }],
    ['out:v2', { transport: 'oci', path: 'out', selector: { name: 'v2' } }],
    ['out.tar', { transport: 'oci-archive', path: 'out.tar', selector: {} }],
    ['out.tar:v2', { transport: 'oci-archive', path: 'out.tar', selector: { name: 'v2' } }],
    ['docker-archive:out.tar:app:1', { transport: 'docker-archive', path: 'out.tar', selector: { name: 'app:1' } }],
    ['docker://h.io/x', { transport: 'docker', reference: { domain: 'h.io', path: 'x', tag: 'latest' } }],
    ['-', { transport: 'standard-stream' }],
  ]
  for (const [text, expected] of cases) {
    test(text, () => assert.deepEqual(parseDestination(text, exists), expected))
  }

  test('what looks like a place peel does not know is no layout with a tag, unless it is there', () => {
    for (const text of ['containers-storage:app:1', 'dir:out', 'https://h.io/x', 'ftp://x'])
      assert.throws(() => parseDestination(text, exists), { code: 'LOCATION_INVALID' })
    assert.deepEqual(
      parseDestination('dir:out', path => path === 'dir'),
      {
        transport: 'oci',
        path: 'dir',
        selector: { name: 'out' },
      },
    )
  })

  test('a digest cannot be chosen for what is yet to be written', () => {
    for (const text of [`out@${DIGEST}`, `oci:out@${DIGEST}`, 'docker-archive:out.tar:@1']) {
      assert.throws(() => parseDestination(text, exists), ImageError)
    }
  })
})
