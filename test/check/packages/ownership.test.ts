import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import type { Ownership } from '../../../src/check/ownership.ts'
import { bytesByLayer, unownedFiles } from '../../../src/check/packages/owned-bytes.ts'
import { loadImage } from '../../../src/image/load.ts'
import { entryPath } from '../../../src/layer/changeset.ts'
import type { FilePath } from '../../../src/layer/file-path.ts'
import { buildStack } from '../../../src/overlay/apply.ts'
import { finish } from '../../../src/overlay/steps.ts'
import type { Snapshot } from '../../../src/overlay/tree.ts'
import { readOwnership } from '../../../src/session/read-ownership.ts'
import { readKnownContents } from '../../../src/worker/known-content.ts'
import { createLayerPool } from '../../../src/worker/pool.ts'
import { imageFixture, type LayerFixture, layerFixture, memorySource } from '../../kit/image/image-fixture.ts'

const hash = (algorithm: string, text: string) => createHash(algorithm).update(text)
const md5 = (text: string) => hash('md5', text).digest('hex')

/** The ownership by the databases of these layers, and how to ask about a path as one layer has it. */
async function ownershipOf(
  fixtures: readonly LayerFixture[],
  everything = false,
): Promise<{
  readonly ownership: Ownership
  readonly owner: (path: string, layer: number) => string
  readonly snapshot: Snapshot
}> {
  const fixture = imageFixture(fixtures)
  const source = memorySource(fixture)
  const pool = createLayerPool({ size: 1 })
  const readings = await Promise.all(fixture.layers.map(layer => pool.readLayer(source, layer)))
  const stack = buildStack(
    readings.map(({ changeset }) => changeset),
    'overlay',
  )
  const access = { pool, source, cache: undefined }
  const image = await loadImage(source, fixture.descriptor)
  const prove = readings.flatMap(({ changeset }, layer) =>
    Array.from({ length: changeset.length }, (_, entry) => ({ layer, entry })).filter(
      ({ entry }) => changeset.types[entry] === 0,
    ),
  )
  const session = {
    readFilesInOnePass: (
      ...[blob, layer, entries, signal]: Parameters<typeof readKnownContents> extends [unknown, ...infer Rest] ? Rest : never
    ) => readKnownContents(access, blob, layer, entries, signal),
  }
  const ownership = await readOwnership(
    { session, image },
    { readings, stack },
    { prove, everything, signal: new AbortController().signal },
  )
  await pool.close()
  const owner = (path: string, layer: number) => {
    const changeset = readings[layer]?.changeset ?? assert.fail()
    const entry =
      Array.from({ length: changeset.length }, (_, index) => index).find(index => entryPath(changeset, index) === path) ??
      assert.fail(path)
    const found = ownership.ownerOf(path as FilePath, layer, entry)
    return found === undefined
      ? 'nobody'
      : `${found.package.type} ${found.package.name} ${found.package.version} ${found.published}${found.mode === undefined ? '' : ` ${found.mode.toString(8)}`}`
  }
  return { ownership, owner, snapshot: stack.snapshot(readings.length) }
}

const stanza = (name: string, version: string, more = '') =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n${more}\n`

describe('who owns a file', () => {
  test('dpkg: by digest, through merged directories, configuration and changed files apart', async () => {
    const { ownership, owner } = await ownershipOf([
      layerFixture([
        { name: 'bin', flag: '2', link: 'usr/bin' },
        { name: 'usr/bin/ls', content: 'ls' },
        { name: 'usr/bin/cat', content: 'changed' },
        { name: 'etc/a.conf', content: 'conf' },
        { name: 'opt/mine', content: 'mine' },
        {
          name: 'var/lib/dpkg/status',
          content: stanza('coreutils', '9.1', `Essential: yes\nConffiles:\n /etc/a.conf ${md5('conf')}\nDepends: libc6\n`),
        },
        { name: 'var/lib/dpkg/info/coreutils.list', content: '/.\n/bin\n/bin/ls\n/bin/cat\n/etc/a.conf\n' },
        {
          name: 'var/lib/dpkg/info/coreutils.md5sums',
          content: `${md5('ls')}  bin/ls\n${md5('cat')}  bin/cat\n${md5('conf')}  etc/a.conf\n`,
        },
        { name: 'var/lib/apt/extended_states', content: 'Package: coreutils\nArchitecture: amd64\nAuto-Installed: 1\n' },
      ]),
    ])
    assert.equal(owner('usr/bin/ls', 0), 'deb coreutils 9.1 proven')
    assert.equal(owner('usr/bin/cat', 0), 'deb coreutils 9.1 changed')
    assert.equal(owner('etc/a.conf', 0), 'deb coreutils 9.1 unknown')
    assert.equal(owner('opt/mine', 0), 'nobody')
    const [coreutils, ...others] = ownership.packages
    assert.deepEqual(others, [])
    assert.deepEqual(
      [coreutils?.bytes, coreutils?.layer, coreutils?.automatic, coreutils?.essential, coreutils?.depends],
      [2 + 7 + 4, 0, true, true, ['libc6']],
    )
    assert.deepEqual(coreutils?.files, ['usr/bin/ls', 'usr/bin/cat', 'etc/a.conf'])
  })

  test('each layer is asked about with the databases it had', async () => {
    const list = (name: string, path: string, content: string) => [
      { name: `var/lib/dpkg/info/${name}.list`, content: `/.\n/${path}\n` },
      { name: `var/lib/dpkg/info/${name}.md5sums`, content: `${md5(content)}  ${path}\n` },
    ]
    const { ownership, owner } = await ownershipOf([
      layerFixture([
        { name: 'usr/a', content: 'one' },
        { name: 'usr/kept', content: 'kept' },
        { name: 'var/lib/dpkg/status', content: stanza('a', '1') + stanza('kept', '1') },
        ...list('a', 'usr/a', 'one'),
        ...list('kept', 'usr/kept', 'kept'),
      ]),
      layerFixture([
        { name: 'usr/a', content: 'two' },
        { name: 'var/lib/dpkg/status', content: stanza('a', '2') + stanza('kept', '1') },
        ...list('a', 'usr/a', 'two'),
      ]),
      layerFixture([
        { name: 'usr/.wh.a' },
        { name: 'var/lib/dpkg/status', content: stanza('kept', '1') },
        { name: 'var/lib/dpkg/info/.wh.a.list' },
        { name: 'var/lib/dpkg/info/.wh.a.md5sums' },
      ]),
      layerFixture({ 'usr/a': 'two' }),
    ])
    assert.equal(owner('usr/a', 0), 'deb a 1 proven')
    assert.equal(owner('usr/a', 1), 'deb a 2 proven')
    assert.equal(owner('usr/a', 3), 'nobody')
    assert.deepEqual(
      ownership.packages.map(({ name, layer }) => [name, layer]),
      [['kept', 0]],
    )
  })

  test('distroless: digests beside status.d', async () => {
    const { ownership, owner } = await ownershipOf([
      layerFixture({
        'etc/host.conf': 'x',
        'var/lib/dpkg/status.d/base-files': 'Package: base-files\nVersion: 12\nArchitecture: amd64\n',
        'var/lib/dpkg/status.d/base-files.md5sums': `${md5('x')}  ./etc/host.conf\n`,
      }),
      layerFixture({
        'var/lib/dpkg/status.d/b64': 'Package: openssl\nVersion: 3\n',
        'etc/ssl': 'y',
        'var/lib/dpkg/status.d/b64.md5sums': `${md5('y')}  etc/ssl\n`,
      }),
    ])
    assert.equal(owner('etc/host.conf', 0), 'deb base-files 12 proven')
    assert.equal(owner('etc/ssl', 1), 'deb openssl 3 proven')
    assert.deepEqual(
      ownership.packages.map(({ name }) => name),
      ['base-files', 'openssl'],
    )
  })

  test('apk and Python: sha1 and sha256, modes, what was asked for', async () => {
    const sum = (text: string) => hash('sha1', text).digest('base64')
    const digest = (text: string) => hash('sha256', text).digest('base64url')
    const { ownership, owner } = await ownershipOf([
      layerFixture({
        'bin/busybox': 'bb',
        'lib/apk/db/installed': `P:busybox\nV:1.36\nL:GPL-2.0-only\nF:bin\nR:busybox\na:0:0:4755\nZ:Q1${sum('bb')}\n\nP:dep\nV:1\n\n`,
        'etc/apk/world': 'busybox\n',
        'usr/lib/python3/site-packages/six.py': 'six',
        'usr/lib/python3/site-packages/mine.py': 'mine',
        'usr/lib/python3/site-packages/six-1.16.dist-info/METADATA': 'Name: six\nVersion: 1.16\nLicense: MIT\n',
        'usr/lib/python3/site-packages/six-1.16.dist-info/RECORD': `six.py,sha256=${digest('six')},3\nsix-1.16.dist-info/RECORD,,\n`,
      }),
      layerFixture({ 'usr/lib/python3/site-packages/six.py': 'patched' }),
    ])
    assert.equal(owner('bin/busybox', 0), 'apk busybox 1.36 proven 4755')
    assert.equal(owner('usr/lib/python3/site-packages/six.py', 0), 'python six 1.16 proven')
    assert.equal(owner('usr/lib/python3/site-packages/six.py', 1), 'python six 1.16 changed')
    assert.equal(owner('usr/lib/python3/site-packages/mine.py', 0), 'nobody')
    assert.deepEqual(
      ownership.packages.map(({ name, automatic, licence }) => [name, automatic, licence]),
      [
        ['busybox', false, 'GPL-2.0-only'],
        ['dep', true, undefined],
        ['six', undefined, 'MIT'],
      ],
    )
  })

  test('what lies in a package directory is weakly its own; what people put there is not', async () => {
    const fixtures = [
      layerFixture({
        'app/node_modules/@scope/lib/package.json': '{"name":"@scope/lib","version":"2.0.0","license":"ISC"}',
        'app/node_modules/@scope/lib/test/key.pem': 'x',
        'app/node_modules/@scope/lib/.env': 'x',
        'app/node_modules/.cache/x': 'x',
        'app/node_modules/plain/x': 'x',
        'usr/lib/ruby/gems/3.1.0/gems/net-ssh-7.0.1/test/key': 'x',
        'usr/lib/ruby/gems/3.1.0/specifications/net-ssh-7.0.1.gemspec':
          '  s.name = "net-ssh".freeze\n  s.version = "7.0.1"\n  s.licenses = ["MIT".freeze]\n',
        'go/pkg/mod/github.com/x/y@v1.2.3/key': 'x',
      }),
    ]
    const { ownership, owner } = await ownershipOf(fixtures)
    assert.equal(owner('app/node_modules/@scope/lib/test/key.pem', 0), 'npm @scope/lib  weak')
    for (const path of ['app/node_modules/@scope/lib/.env', 'app/node_modules/.cache/x', 'app/node_modules/plain/x'])
      assert.equal(owner(path, 0), 'nobody')
    assert.equal(owner('usr/lib/ruby/gems/3.1.0/gems/net-ssh-7.0.1/test/key', 0), 'gem net-ssh 7.0.1 weak')
    assert.equal(owner('go/pkg/mod/github.com/x/y@v1.2.3/key', 0), 'go github.com/x/y v1.2.3 weak')
    assert.deepEqual(ownership.packages, [])
    const all = await ownershipOf(fixtures, true)
    assert.deepEqual(
      all.ownership.packages.map(({ type, name, version, licence }) => `${type} ${name} ${version} ${licence}`),
      ['gem net-ssh 7.0.1 MIT', 'npm @scope/lib 2.0.0 ISC'],
    )
  })

  test('bytes of a package by layer, and files without an owner', async () => {
    const { ownership, snapshot } = await ownershipOf([
      layerFixture([
        { name: 'usr/a', content: 'four' },
        { name: 'usr/b', content: 'seven b' },
        { name: 'usr/link', flag: '1', link: 'usr/a' },
        { name: 'opt/mine', content: 'x' },
        { name: 'var/lib/dpkg/status', content: stanza('p', '1') },
        { name: 'var/lib/dpkg/info/p.list', content: '/.\n/usr\n/usr/a\n/usr/link\n/usr/b\n' },
      ]),
      layerFixture({ 'usr/b': 'other' }),
    ])
    const [p] = ownership.packages
    assert.deepEqual([...bytesByLayer(snapshot, p ?? assert.fail())].sort(), [
      [0, 4],
      [1, 5],
    ])
    assert.equal(p?.bytes, 9)
    assert.deepEqual(
      finish(unownedFiles(snapshot, ownership)).map(({ path }) => path),
      ['opt/mine', 'var/lib/dpkg/info/p.list', 'var/lib/dpkg/status'],
    )
  })

  test('databases that are damaged, missing or full of nonsense own nothing', async () => {
    const { ownership, owner } = await ownershipOf([
      layerFixture({
        a: 'x',
        'var/lib/dpkg/status': 'Package: p\nStatus: install ok installed\nVersion: 1\n',
        'var/lib/dpkg/info/p.list': '/.\n//\n\n/b/../c\n',
        'lib/apk/db/installed': '\0\0\nP:\nR:a\n',
        'var/lib/rpm/rpmdb.sqlite': 'SQLite format 3\0 and no more',
        'x.dist-info/METADATA': 'Name: x\nVersion: 1\n',
        'x.dist-info/RECORD': '"unclosed\n,,,\n',
      }),
    ])
    assert.equal(owner('a', 0), 'nobody')
    assert.deepEqual(
      ownership.packages.map(({ name, files }) => [name, files]),
      [
        ['p', []],
        ['x', []],
      ],
    )
  })
})
