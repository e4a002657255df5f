import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { PackageRecord } from '../../../src/check/packages/package-record.ts'
import { parseRpmDatabase } from '../../../src/check/packages/rpm.ts'
import { sqliteBlobs } from '../../../src/check/packages/sqlite-table.ts'
import { peerTest, run } from '../../kit/peer.ts'
import { fc } from '../../kit/seeded-check.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-rpm-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** Two packages: one with every kind of file, one with so many that its header needs many pages. */
const SPECS = {
  odd: `Name: odd
Epoch: 3
Version: 1.2
Release: 4
Summary: odd
License: MIT AND BSD-3-Clause
BuildArch: noarch
Requires: many
Recommends: more
Suggests: most
%description
x
%install
mkdir -p %{buildroot}/etc %{buildroot}/usr/bin %{buildroot}/var/lib
echo conf > %{buildroot}/etc/odd.conf
echo run > %{buildroot}/usr/bin/odd
ln -s odd %{buildroot}/usr/bin/link
touch %{buildroot}/var/lib/ghost
%files
%config /etc/odd.conf
%attr(4755,root,root) /usr/bin/odd
/usr/bin/link
%ghost /var/lib/ghost
`,
  many: `Name: many
Version: 20
Release: 1
Summary: many
License: GPLv2+
BuildArch: noarch
%description
x
%install
mkdir -p %{buildroot}/usr/share/many
for n in $(seq 3000); do echo $n > %{buildroot}/usr/share/many/file-$n; done
%files
/usr/share/many
`,
}

let built: readonly string[] | undefined

function packages(): readonly string[] {
  if (built !== undefined) return built
  for (const [name, spec] of Object.entries(SPECS)) {
    writeFileSync(join(directory, `${name}.spec`), spec)
    run('rpmbuild', [
      '-bb',
      '--quiet',
      '--define',
      `_topdir ${directory}/build`,
      '--define',
      '__os_install_post %{nil}',
      join(directory, `${name}.spec`),
    ])
  }
  const made = join(directory, 'build', 'RPMS', 'noarch')
  built = readdirSync(made).map(name => join(made, name))
  return built
}

type Database = { readonly bytes: Buffer; readonly listed: readonly string[]; readonly files: readonly string[] }
let written: Database | undefined

/** A database of both packages as rpm writes it, and what rpm says is in it. */
function database(): Database {
  if (written !== undefined) return written
  const place = join(directory, 'sqlite')
  mkdirSync(place)
  const options = ['--define', '_db_backend sqlite', '--dbpath', place]
  run('rpm', [...options, '-i', '--justdb', '--nodeps', '--nosignature', ...packages()])
  const query = (format: string) =>
    run('rpm', [...options, '-qa', '--queryformat', format])
      .toString()
      .split('\n')
      .filter(line => line !== '')
      .sort()
  written = {
    bytes: readFileSync(join(place, 'rpmdb.sqlite')),
    listed: query('%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{LICENSE} %{ARCH}\\n'),
    files: query('[%{=NAME} %{FILENAMES} %{FILEDIGESTS} %{FILEMODES:octal}\\n]'),
  }
  return written
}

/** Headers in rpm's ndb format, which Debian's rpm cannot write: two slot pages, blobs in blocks of sixteen bytes. */
function ndb(blobs: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(2 * 4096)
  head.write('RpmP', 0)
  head.writeUInt32LE(2, 12)
  const pieces = [head]
  let offset = head.length
  for (const [index, blob] of blobs.entries()) {
    const block = Buffer.alloc(Math.ceil((16 + blob.length + 12) / 16) * 16)
    block.write('BlbS', 0)
    block.writeUInt32LE(index + 1, 4)
    block.writeUInt32LE(blob.length, 12)
    block.set(blob, 16)
    block.write('BlbE', block.length - 4)
    // A free slot between, as a removed package leaves it.
    const slot = 32 + index * 32
    head.write('Slot', slot)
    head.write('Slot', slot + 16)
    head.writeUInt32LE(index + 1, slot + 4)
    head.writeUInt32LE(offset / 16, slot + 8)
    head.writeUInt32LE(block.length / 16, slot + 12)
    pieces.push(block)
    offset += block.length
  }
  return Buffer.concat(pieces)
}

const listed = (found: readonly PackageRecord[]) =>
  found.map(({ name, version, licence, architecture }) => `${name} ${version} ${licence} ${architecture}`).sort()

/** As rpm prints them; digests of configuration and ghosts are left out here and there. */
function files(found: readonly PackageRecord[]): readonly string[] {
  return found
    .flatMap(({ name, files: owned }) =>
      owned.map(({ path, digest, mode = 0 }) => `${name} /${path} ${digest?.hex ?? ''} ${(mode & 0o7777).toString(8)}`),
    )
    .sort()
}

const asListed = (lines: readonly string[]) =>
  lines
    .map(line => line.replace(/(\S+)$/, mode => (Number.parseInt(mode, 8) & 0o7777).toString(8)))
    .map(line => (/ \/etc\/odd.conf | \/var\/lib\/ghost /.test(line) ? line.replace(/ [0-9a-f]{64} /, '  ') : line))
    .toSorted()

/** The text `db_load` makes a database from. */
function loadText(values: readonly Uint8Array[]): string {
  const key = (index: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(index)
    return bytes.toString('hex')
  }
  const rows = values.flatMap((value, index) => [` ${key(index)}`, ` ${Buffer.from(value).toString('hex')}`])
  return ['VERSION=3', 'format=bytevalue', 'type=hash', 'db_pagesize=4096', 'HEADER=END', ...rows, 'DATA=END', ''].join('\n')
}

function berkeley(values: readonly Uint8Array[]): Buffer {
  const place = join(directory, `Packages-${values.length}`)
  rmSync(place, { force: true })
  writeFileSync(`${place}.txt`, loadText(values))
  run('db5.3_load', ['-f', `${place}.txt`, place])
  return readFileSync(place)
}

describe('rpm databases', () => {
  peerTest('SQLite: packages and files as rpm -qa has them', ['rpm', 'rpmbuild'], () => {
    const expected = database()
    const found = [...parseRpmDatabase(expected.bytes)]
    assert.deepEqual(listed(found), expected.listed)
    assert.equal(found.length, 2)
    assert.deepEqual(files(found), asListed(expected.files))
    const odd = found.find(({ name }) => name === 'odd')
    assert.ok(odd?.depends?.includes('many'))
    assert.deepEqual([odd?.recommends, odd?.suggests], [['more'], ['most']])
    assert.equal(odd?.files.find(({ path }) => path === 'usr/bin/odd')?.mode, 0o4755)
    assert.equal(odd?.files.find(({ path }) => path === 'usr/bin/odd')?.digest?.algorithm, 'sha256')
  })

  peerTest('ndb: the same packages from the same headers', ['rpm', 'rpmbuild'], () => {
    const { bytes, listed: expected, files: owned } = database()
    const found = [...parseRpmDatabase(ndb([...sqliteBlobs(bytes, 'Packages')]))]
    assert.deepEqual([listed(found), files(found)], [expected, asListed(owned)])
  })

  peerTest('Berkeley DB: the same packages from a hash database that db_load made', ['rpm', 'rpmbuild', 'db5.3_load'], () => {
    const { bytes, listed: expected, files: owned } = database()
    const found = [...parseRpmDatabase(berkeley([Buffer.alloc(4, 1), ...sqliteBlobs(bytes, 'Packages')]))]
    assert.deepEqual([listed(found), files(found)], [expected, asListed(owned)])
  })

  peerTest('a damaged database ends, with fewer packages and no error', ['rpm', 'rpmbuild', 'db5.3_load'], () => {
    const { bytes } = database()
    const blobs = [...sqliteBlobs(bytes, 'Packages')]
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 60 })
    for (const whole of [bytes, ndb(blobs), berkeley(blobs)]) {
      fc.assert(
        fc.property(damage, fc.nat(), fc.nat(16 * 1024), (changes, cut, near) => {
          const damaged = Buffer.from(whole.subarray(0, whole.length - (cut % 3 === 0 ? cut % whole.length : 0)))
          for (const [index, [at, value]] of changes.entries()) {
            damaged[(index % 2 === 0 ? at : near + (at % 64)) % damaged.length] = value
          }
          assert.ok([...parseRpmDatabase(damaged)].length <= 100)
        }),
        { numRuns: 60 },
      )
    }
  })

  peerTest('rows that all lie in the same bytes end with the bytes', ['rpm', 'rpmbuild'], () => {
    const blobs = [...sqliteBlobs(database().bytes, 'Packages')]
    const trap = ndb(blobs)
    for (let slot = 32; slot < 8192; slot += 16) trap.copy(trap, slot, 32, 48)
    assert.ok([...parseRpmDatabase(trap)].length <= 2)
  })

  test('a header of old has whole names of files, and one without any is a package, too', () => {
    const owner = (name: string, count: number) => {
      const data = Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(count)])
      const head = Buffer.alloc(8 + 2 * 16)
      for (const [at, value] of [2, data.length, 1000, 6, 0, 1, 1027, 8, name.length + 1, count].entries())
        head.writeUInt32BE(value, at * 4)
      return Buffer.concat([head, data])
    }
    const found = (...counts: readonly number[]) =>
      [...parseRpmDatabase(ndb(counts.map((count, index) => owner(`package-${index}`, count))))].map(({ name, files: owned }) => [
        name,
        owned.length,
      ])
    assert.deepEqual(found(3, 0, 2), [
      ['package-0', 3],
      ['package-1', 0],
      ['package-2', 2],
    ])
  })

  test('bytes that are no database have no packages', () => {
    for (const bytes of ['', 'x', 'SQLite format 3\0', 'RpmP', 'a'.repeat(9000)])
      assert.deepEqual([...parseRpmDatabase(Buffer.from(bytes))], [])
  })
})
