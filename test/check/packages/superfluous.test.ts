import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { InstalledPackage } from '../../../src/check/ownership.ts'
import { weakOwner } from '../../../src/check/packages/weak-owner.ts'
import { superfluousPackages } from '../../../src/check/superfluous-packages.ts'
import type { FilePath } from '../../../src/layer/file-path.ts'

const deb = (name: string, parts: Partial<InstalledPackage> = {}): InstalledPackage => ({
  type: 'deb',
  name,
  version: '1',
  layer: 0,
  bytes: 10,
  files: [],
  automatic: true,
  ...parts,
})
const names = (packages: readonly InstalledPackage[] | undefined) => packages?.map(({ name }) => name).sort()

describe('packages that nothing needs', () => {
  test('recommended ones with what they need, orphans apart', () => {
    const found = superfluousPackages([
      deb('app', { automatic: false, depends: ['lib'], recommends: ['docs', 'missing'], suggests: ['extra'] }),
      deb('lib', { depends: ['awk'] }),
      deb('mawk', { provides: ['awk'] }),
      deb('docs', { depends: ['viewer', 'lib'] }),
      deb('viewer'),
      deb('extra', { recommends: ['more'] }),
      deb('more'),
      deb('bash', { essential: true, recommends: [] }),
      deb('circle-a', { depends: ['circle-b'] }),
      deb('circle-b', { depends: ['circle-a'] }),
      { ...deb('not-debian'), type: 'rpm' },
    ])
    assert.deepEqual(names(found?.recommended), ['docs', 'extra', 'more', 'viewer'])
    assert.deepEqual(names(found?.orphans), ['circle-a', 'circle-b'])
  })

  test('every installed alternative is kept', () => {
    const found = superfluousPackages([deb('app', { automatic: false, depends: ['a | b'] }), deb('a'), deb('b'), deb('c')])
    assert.deepEqual([names(found?.recommended), names(found?.orphans)], [[], ['c']])
  })

  test('nothing is said where apt noted nothing', () => {
    assert.equal(superfluousPackages([{ type: 'deb', name: 'a', version: '1', layer: 0, bytes: 1, files: [] }]), undefined)
    assert.equal(superfluousPackages([]), undefined)
  })
})

describe('directories of packages', () => {
  test('by where package managers and official images put them', () => {
    const owner = (path: string) => {
      const found = weakOwner(path as FilePath)
      return found && [found.type, found.name, found.version, found.marker]
    }
    assert.deepEqual(owner('a/node_modules/x/node_modules/@s/y/lib/k.pem'), [
      'npm',
      '@s/y',
      '',
      'a/node_modules/x/node_modules/@s/y/package.json',
    ])
    assert.deepEqual(owner('usr/local/go/src/crypto/tls/testdata/key.pem'), ['go', 'go', '', 'usr/local/go/VERSION'])
    assert.deepEqual(owner('usr/local/lib/python3.12/test/certdata/keycert.pem'), [
      'python',
      'python',
      '3.12',
      'usr/local/lib/python3.12/os.py',
    ])
    assert.equal(owner('usr/local/lib/python3.12/site-packages/mine/key.pem'), undefined)
    assert.deepEqual(owner('root/.cargo/registry/src/index-1/rustls-0.21.0/tests/key.pem'), [
      'rust',
      'rustls',
      '0.21.0',
      undefined,
    ])
    assert.deepEqual(owner('root/.m2/repository/org/apache/x/1.2/x-1.2.jar'), ['java', 'x', '1.2', undefined])
    for (const mine of ['root/.ssh/id_rsa', 'app/node_modules/x/.npmrc', 'usr/local/go/key', 'vendor/file'])
      assert.equal(owner(mine), undefined)
  })
})
