import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { databaseFiles, essenceOf, isDatabasePath, packageOfList } from '../../../src/check/packages/database-files.ts'
import type { FilePath } from '../../../src/layer/file-path.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import { finish } from '../../../src/overlay/steps.ts'
import { changesetFixture, type EntryFixture } from '../../kit/layer/changeset-fixture.ts'

const file = (path: string, more: Partial<EntryFixture> = {}): EntryFixture => ({ type: 'file', path, content: path, ...more })

/** The files of databases as `ROLE PATH FROM-UNTIL`. */
function found(layers: readonly (readonly EntryFixture[])[], everything = false): readonly string[] {
  const stack = buildStack(
    layers.map(entries => changesetFixture(entries)),
    'overlay',
  )
  return finish(databaseFiles(stack, { everything })).map(({ role, path, from, until }) => `${role} ${path} ${from}-${until}`)
}

/** Places of databases by role: those that prove whose a file is, then those that only name packages. */
const PROVING = `
dpkg-status var/lib/dpkg/status
dpkg-diversions var/lib/dpkg/diversions
dpkg-automatic var/lib/apt/extended_states
apk-installed lib/apk/db/installed
apk-installed usr/lib/apk/db/installed
apk-world etc/apk/world
rpm var/lib/rpm/rpmdb.sqlite
rpm var/lib/rpm/Packages.db
rpm var/lib/rpm/Packages
rpm usr/lib/sysimage/rpm/rpmdb.sqlite
rpm usr/lib/sysimage/rpm/Packages
rpm usr/share/rpm/Packages.db
dpkg-list var/lib/dpkg/info/bash.list
dpkg-md5sums var/lib/dpkg/info/bash.md5sums
dpkg-md5sums var/lib/dpkg/status.d/base.md5sums
dpkg-status-part var/lib/dpkg/status.d/base
python-record usr/lib/python3/site-packages/x-1.dist-info/RECORD
python-metadata usr/lib/python3/site-packages/x-1.dist-info/METADATA
python-metadata usr/lib/python3/site-packages/y.egg-info/PKG-INFO`
const NAMING = `
npm-package app/node_modules/x/package.json
npm-package node_modules/@scope/x/package.json
gem usr/lib/ruby/gems/3.2.0/specifications/x.gemspec
gem usr/lib/ruby/gems/3.2.0/specifications/default/x.gemspec
jar app/x.jar
jar app/x.war
dpkg-copyright usr/share/doc/bash/copyright`
const rows = (table: string) => table.trim().split('\n')
const pathsOf = (table: string) => rows(table).map(row => row.split(' ')[1] ?? '')

const NONE = [
  'var/lib/dpkg/info/bash.postinst',
  'RECORD',
  'app/METADATA',
  'x.egg-info/RECORD',
  'app/package.json',
  'node_modules/package.json',
  'app/x.gemspec',
  'usr/share/doc/copyright',
  'srv/status',
]

describe('files of package databases', () => {
  test('are known by their places', () => {
    const stranger = NONE.map(path => file(path))
    for (const row of rows(PROVING))
      assert.deepEqual(found([[file(row.split(' ')[1] ?? ''), ...stranger]]), [`${row} 0-Infinity`])
    for (const row of rows(NAMING)) {
      const entries = [file(row.split(' ')[1] ?? ''), ...stranger]
      assert.deepEqual(found([entries], true), [`${row} 0-Infinity`])
      assert.deepEqual(found([entries]), [])
    }
  })

  test('are told as they pass, and nothing else is: a scan keeps their contents', () => {
    for (const path of pathsOf(PROVING)) assert.equal(isDatabasePath(path), !path.endsWith('egg-info/RECORD'), path)
    for (const path of [
      'x/var/lib/dpkg/info/a.postinst',
      'lib/dpkg/info/a/b.list',
      'etc/passwd',
      'RECORD',
      'app/METADATA',
      'rpm/Packages',
    ])
      assert.equal(isDatabasePath(path), false, path)
    // A directory above may be a link: any dpkg directory counts.
    assert.equal(isDatabasePath('usr/dpkg/info/a.list'), true)
  })

  test('have a life for each version that a layer left there', () => {
    const path = 'var/lib/dpkg/status'
    assert.deepEqual(found([[file(path)], [file(path, { content: 'more' })], [{ type: 'whiteout', path }]]), [
      `dpkg-status ${path} 1-2`,
      `dpkg-status ${path} 0-1`,
    ])
    assert.deepEqual(found([[file(path), file(path, { content: 'again' })]]), [`dpkg-status ${path} 0-Infinity`])
    assert.deepEqual(found([[{ type: 'directory', path }]]), [])
  })

  test('are found through a link of a directory above', () => {
    const link: EntryFixture = { type: 'symlink', path: 'lib', target: 'usr/lib' }
    assert.deepEqual(found([[link, file('usr/lib/apk/db/installed')]]).toSorted(), [
      'apk-installed usr/lib/apk/db/installed 0-Infinity',
      'apk-installed usr/lib/apk/db/installed 0-Infinity',
    ])
    const moved: EntryFixture = { type: 'symlink', path: 'var/lib/dpkg', target: '../../opt/dpkg' }
    assert.deepEqual(found([[moved, file('opt/dpkg/info/a.list'), file('opt/dpkg/status')]]), [
      'dpkg-status opt/dpkg/status 0-Infinity',
      'dpkg-list opt/dpkg/info/a.list 0-Infinity',
    ])
  })

  test('of Go are programs: large, executable and no library', () => {
    const program = (path: string, size: number, mode = 0o755) => found([[file(path, { size, mode })]], true)
    assert.deepEqual(program('app/server', 500_000), ['go-program app/server 0-Infinity'])
    assert.deepEqual(program('app/server', 499_999), [])
    assert.deepEqual(program('app/server', 256 * 1024 * 1024 + 1), [])
    assert.deepEqual(program('app/server', 500_000, 0o644), [])
    assert.deepEqual(program('app/server', 500_000, 0o001), ['go-program app/server 0-Infinity'])
    for (const name of ['x.so', 'x.so.1.2', 'x.py', 'x.js', 'x.sh', 'x.node']) assert.deepEqual(program(name, 500_000), [], name)
    assert.deepEqual(found([[file('app/server', { size: 500_000, mode: 0o755 })]]), [])
  })

  test('are taken up to 192 MiB together; what Go and jars say is not counted', () => {
    const megabytes = (path: string, size: number) => file(path, { size: size * 1024 * 1024 })
    assert.equal(found([[megabytes('var/lib/dpkg/status', 192), megabytes('app/x.jar', 1)]], true).length, 2)
    assert.deepEqual(found([[megabytes('var/lib/dpkg/status', 191), megabytes('var/lib/dpkg/info/a.list', 2)]]), [
      'dpkg-status var/lib/dpkg/status 0-Infinity',
    ])
  })

  test('name the package of a list, and keep what their readers want', () => {
    assert.equal(packageOfList('var/lib/dpkg/info/libc6:amd64.list' as FilePath), 'libc6:amd64')
    assert.equal(packageOfList('var/lib/dpkg/status.d/a.b.md5sums' as FilePath), 'a.b')
    const content = Buffer.from('Package: a')
    assert.equal(essenceOf({ role: 'dpkg-status', path: '' as FilePath }, content), content)
    assert.equal(essenceOf({ role: 'go-program', path: '' as FilePath }, content).length, 0)
  })
})
