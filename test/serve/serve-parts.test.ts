import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseRange } from '../../src/serve/byte-range.ts'
import { parseListenAddress } from '../../src/serve/listen-address.ts'
import { namePage } from '../../src/serve/name-page.ts'
import { parseRoute } from '../../src/serve/route.ts'
import { homeOf, repositoryName, servedName } from '../../src/serve/served-name.ts'
import { fc } from '../kit/seeded-check.ts'

describe('parts of the registry server', () => {
  test('ranges of 2048 bytes as the conformance suite asks for them', () => {
    assert.deepEqual(parseRange('bytes=500-1499', 2048), { start: 500, end: 1499 })
    assert.deepEqual(parseRange('bytes=500-', 2048), { start: 500, end: 2047 })
    assert.deepEqual(parseRange('bytes=-500', 2048), { start: 1548, end: 2047 })
    assert.deepEqual(parseRange('bytes=2000-5000', 2048), { start: 2000, end: 2047 })
    assert.equal(parseRange('bytes=500-0', 2048), 'unsatisfiable')
    assert.equal(parseRange('bytes=5000-10000', 2048), 'unsatisfiable')
    assert.equal(parseRange('bytes=0-0', 0), 'unsatisfiable')
    for (const ignored of [undefined, 'bytes=-', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=a-b'])
      assert.equal(parseRange(ignored, 2048), undefined)
  })

  test('pages of tags, one after the other, are all tags in ASCII order', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^\w[\w.-]{0,6}$/)), fc.integer({ min: 1, max: 5 }), (names, n) => {
        const seen: string[] = []
        let next: string | undefined = `/v2/a/tags/list?n=${n}`
        while (next !== undefined) {
          const url: URL = new URL(next, 'http://localhost')
          const page = namePage(names, url.pathname, url.searchParams)
          assert.ok(page.names.length <= n)
          seen.push(...page.names)
          next = page.next
        }
        assert.deepEqual(seen, [...names].sort())
      }),
    )
    assert.deepEqual(namePage(['a', 'b'], '/x', new URLSearchParams('n=0')), { names: [], next: undefined })
    assert.deepEqual(namePage(['b', 'a', 'c'], '/x', new URLSearchParams('last=a')), { names: ['b', 'c'], next: undefined })
    assert.throws(() => namePage([], '/x', new URLSearchParams('n=-1')))
  })

  test('names of places become repositories and tags', () => {
    assert.deepEqual(servedName('1.0', 'app'), { repository: 'app', tag: '1.0' })
    assert.deepEqual(servedName('nginx:1', 'app'), { repository: 'nginx', tag: '1' })
    assert.deepEqual(servedName('docker.io/library/nginx:1', 'app'), { repository: 'nginx', tag: '1' })
    assert.deepEqual(servedName('ghcr.io/o/r:v2', 'app'), { repository: 'o/r', tag: 'v2' })
    assert.deepEqual(servedName('ümlaut tag', 'app'), { repository: 'app', tag: 'mlaut-tag' })
    assert.equal(homeOf('/x/My_App.tar.gz'), 'my_app')
    assert.equal(repositoryName('../..'), 'image')
  })

  test('every repository name that is made is one that routes take', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), text => {
        const name = repositoryName(text)
        assert.deepEqual(parseRoute(`/v2/${name}/tags/list`), { kind: 'tags', name })
      }),
    )
  })

  test('addresses to listen at', () => {
    assert.deepEqual(parseListenAddress(undefined), { host: '127.0.0.1', port: 5000 })
    assert.deepEqual(parseListenAddress('0'), { host: '127.0.0.1', port: 0 })
    assert.deepEqual(parseListenAddress(':8080'), { host: '127.0.0.1', port: 8080 })
    assert.deepEqual(parseListenAddress('[::1]:80'), { host: '::1', port: 80 })
    assert.deepEqual(parseListenAddress('localhost:81'), { host: 'localhost', port: 81 })
    assert.deepEqual(parseListenAddress('0.0.0.0'), { host: '0.0.0.0', port: 5000 })
    for (const wrong of ['', 'a:99999', 'a:b', 'a b', 'http://a']) assert.throws(() => parseListenAddress(wrong), wrong)
  })
})
