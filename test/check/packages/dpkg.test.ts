import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { dpkgFiles, parseAutomatic, parseCopyright, parseDiversions, parseDpkgStatus } from '../../../src/check/packages/dpkg.ts'
import { peerTest, run } from '../../kit/peer.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-dpkg-'))
after(() => rmSync(directory, { recursive: true, force: true }))

function debianPackage(name: string, fields: string, files: Readonly<Record<string, string>>): string {
  const root = join(directory, name)
  for (const [path, content] of Object.entries({
    ...files,
    'DEBIAN/control': `Package: ${name}\nArchitecture: all\nMaintainer: me <me@host>\n${fields}Description: x\n more of it\n .\n and more\n`,
  })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  chmodSync(join(root, 'DEBIAN'), 0o755)
  const file = `${root}.deb`
  run('dpkg-deb', ['--root-owner-group', '--build', root, file])
  return file
}

describe("dpkg's database", () => {
  peerTest('packages, paths, digests and configuration as dpkg-query has them', ['dpkg', 'dpkg-deb', 'dpkg-query'], () => {
    const root = join(directory, 'root')
    const admin = join(root, 'var/lib/dpkg')
    mkdirSync(join(admin, 'info'), { recursive: true })
    mkdirSync(join(admin, 'updates'), { recursive: true })
    writeFileSync(join(admin, 'status'), '')
    const debs = [
      debianPackage(
        'first',
        'Version: 1:2.0-3\nDepends: second (>= 1), third:any | fourth\nRecommends: fifth\nEssential: yes\n',
        {
          'etc/first.conf': 'a\n',
          'usr/bin/first': 'run\n',
          'usr/share/doc/first/a file with blanks': 'x\n',
          'DEBIAN/conffiles': '/etc/first.conf\n',
          'DEBIAN/md5sums': '',
        },
      ),
      debianPackage('second', 'Version: 3\nProvides: something (= 3)\nPriority: optional\n', { 'usr/lib/second': 'x\n' }),
      debianPackage('gone', 'Version: 1\n', { 'etc/gone.conf': 'x\n', 'DEBIAN/conffiles': '/etc/gone.conf\n' }),
    ]
    const dpkg = (...args: string[]) =>
      run('dpkg', [`--admindir=${admin}`, `--instdir=${root}`, '--force-not-root,bad-path,depends', '--log=/dev/null', ...args])
    dpkg('-i', ...debs)
    dpkg('-r', 'gone')
    const query = run('dpkg-query', [
      `--admindir=${admin}`,
      '-W',
      '-f',
      '$' + '{db:Status-Status} $' + '{Package} $' + '{Version}\n',
    ])
      .toString()
      .split('\n')
    const packages = [...parseDpkgStatus(readFileSync(join(admin, 'status'), 'latin1'))]
    assert.deepEqual(
      packages.map(({ name, version }) => `installed ${name} ${version}`).sort(),
      query.filter(line => line.startsWith('installed ')).sort(),
    )
    assert.deepEqual(packages.map(({ name }) => name).sort(), ['first', 'second'])
    const first = packages.find(({ name }) => name === 'first') ?? assert.fail()
    assert.deepEqual([first.depends, first.recommends, first.essential], [['second', 'third | fourth'], ['fifth'], true])
    assert.deepEqual(packages.find(({ name }) => name === 'second')?.provides, ['something'])
    const info = (file: string) => readFileSync(join(admin, 'info', file), 'latin1')
    const sums = run('sh', ['-c', 'cd "$1" && find . -type f -exec md5sum {} +', 'sh', join(root, 'usr')])
      .toString()
      .replaceAll('  ./', '  usr/')
    const files = dpkgFiles(info('first.list'), sums, first.configuration)
    const listed = run('dpkg-query', [`--admindir=${admin}`, '-L', 'first'])
      .toString()
      .split('\n')
      .filter(line => line !== '' && line !== '/.')
    assert.deepEqual(files.map(({ path }) => `/${path}`).sort(), listed.sort())
    const digest = (path: string) => files.find(each => each.path === path)?.digest?.hex
    assert.equal(
      digest('usr/bin/first'),
      run('md5sum', [join(root, 'usr/bin/first')])
        .toString()
        .slice(0, 32),
    )
    assert.equal(digest('usr/share/doc/first/a file with blanks')?.length, 32)
    assert.equal(digest('etc/first.conf'), undefined)
  })

  test('a file of status.d has no Status, and digests name its files', () => {
    const [found] = parseDpkgStatus('Package: base-files\nVersion: 12.4\nArchitecture: amd64\nDescription: x\n')
    assert.equal(found?.name, 'base-files')
    assert.deepEqual(dpkgFiles(undefined, `${'0'.repeat(31)}1  ./etc/debian_version\n`, new Set()), [
      { path: 'etc/debian_version', digest: { algorithm: 'md5', hex: `${'0'.repeat(31)}1` } },
    ])
  })

  test('packages that are not installed, or only in part, are none', () => {
    const statuses = ['deinstall ok config-files', 'install ok half-installed', 'install ok unpacked', 'purge ok not-installed']
    const text = statuses.map((status, index) => `Package: p${index}\nStatus: ${status}\nVersion: 1\n`).join('\n')
    assert.deepEqual([...parseDpkgStatus(text)], [])
    assert.deepEqual([...parseDpkgStatus('')], [])
    assert.deepEqual([...parseDpkgStatus('\n\nPackage:\nStatus: install ok installed\n\n: x\nno colon\n continued\n')], [])
  })

  test('a listed digest of configuration proves nothing', () => {
    const [found] = parseDpkgStatus(
      `Package: p\nStatus: install ok installed\nConffiles:\n /etc/p.conf ${'a'.repeat(32)}\n /etc/old ${'b'.repeat(32)} obsolete\nVersion: 1\n`,
    )
    const files = dpkgFiles('/.\n/etc\n/etc/p.conf\n', `${'a'.repeat(32)}  etc/p.conf\n`, found?.configuration ?? assert.fail())
    assert.deepEqual(files, [{ path: 'etc' }, { path: 'etc/p.conf' }])
    assert.ok(found?.configuration.has('etc/old'))
  })

  test('diversions, automatic packages, licences', () => {
    assert.deepEqual(
      [...parseDiversions('/bin/sh\n/bin/sh.distrib\ndash\n/a\n/b\n:\n')],
      [
        ['bin/sh', { to: 'bin/sh.distrib', by: 'dash' }],
        ['a', { to: 'b', by: ':' }],
      ],
    )
    assert.deepEqual(
      [
        ...parseAutomatic(
          'Package: a\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: b\nArchitecture: amd64\nAuto-Installed: 0\n',
        ),
      ],
      ['a:amd64'],
    )
    assert.equal(
      parseCopyright(
        'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+\n text\n\nFiles: x\nLicense: MIT\n',
      ),
      'GPL-2+ AND MIT',
    )
    assert.equal(parseCopyright('This package was debianized by somebody.\nLicense: see below\n'), undefined)
  })
})
