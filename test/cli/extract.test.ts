import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peerTest } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { listTar } from '../kit/tar/tar-listing.ts'
import { listDirectory } from '../kit/tree/directory-listing.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-extract-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))

const outside = join(directory, 'outside')
mkdirSync(outside)
const layout = writeLayout(join(directory, 'layout'), {
  t: imageFixture([
    layerFixture([
      { name: 'etc/passwd', content: 'old\n' },
      { name: 'bin', flag: '2', link: 'usr/bin' },
      { name: 'usr/bin/tool', content: 'tool\n', mode: 0o4755, uid: 12345, mtime: 1_600_000_000 },
      { name: 'usr/bin/same', flag: '1', link: 'usr/bin/tool', mode: 0o4755, uid: 12345, mtime: 1_600_000_000 },
      { name: 'usr/bin/empty', content: '' },
      { name: 'dev/null', flag: '3', device: [1, 3] },
      { name: 'pipe', flag: '6' },
      { name: 'out', flag: '2', link: outside },
      { name: 'climb', flag: '2', link: '../../../../../etc' },
      { name: 'inside', flag: '2', link: 'etc/passwd' },
      { name: Buffer.from('latin1-\xe9', 'latin1'), content: 'e\n' },
      { name: '../../above', content: 'clamped\n' },
      { name: 'locked/', mode: 0o500 },
      { name: 'locked/file', content: 'locked\n', mode: 0o400 },
    ]),
    layerFixture([
      { name: 'etc/passwd', content: 'new\n' },
      { name: 'out/evil', content: 'evil\n' },
      { name: 'climb/evil', content: 'evil\n' },
    ]),
  ]),
})

const run = (...args: string[]) => peel(args, { env })
const place = (name: string) => join(directory, name)

describe('peel cat', () => {
  test('prints the bytes of the image, or of the version a layer ships', async () => {
    assert.equal((await run('cat', layout, 'etc/passwd')).stdout, 'new\n')
    assert.equal((await run('cat', layout, '/inside')).stdout, 'new\n')
    assert.equal((await run('cat', layout, 'etc/passwd', '--layer', '1')).stdout, 'old\n')
    assert.equal((await run('cat', layout, 'bin/same', '--layer', '1')).stdout, 'tool\n')
    assert.deepEqual((await run('cat', layout, 'latin1-\\xe9')).stdout, 'e\n')
    assert.equal((await run('cat', layout, 'usr/bin/empty')).stdout, '')
  })

  test('says what cannot be printed', async () => {
    const missing = await run('cat', layout, 'etc/shadow')
    assert.deepEqual([missing.status, missing.stdout], [3, ''])
    assert.match(missing.stderr, /^peel: Cannot find "etc\/shadow": the image has no such file\n/)
    const inLayer = await run('cat', layout, 'usr/bin/tool', '--layer', '2')
    assert.match(inLayer.stderr, /Cannot find "usr\/bin\/tool" in layer 2/)
    assert.match((await run('cat', layout, 'usr')).stderr, /^peel: Cannot print "usr": it is a directory\n/)
    assert.match((await run('cat', layout, 'dev/null')).stderr, /it is a character device/)
  })
})

describe('peel extract', () => {
  test('writes a file under its final name, without owner and set-id bits', async () => {
    const target = place('tool')
    const { status, stderr, stdout } = await run('extract', layout, 'bin/tool', target)
    assert.deepEqual([status, stdout], [0, ''], stderr)
    assert.equal(readFileSync(target, 'utf8'), 'tool\n')
    const stats = statSync(target)
    assert.deepEqual([stats.mode & 0o7777, stats.uid, stats.mtimeMs], [0o755, process.getuid?.(), 1_600_000_000_000])
    const again = await run('extract', layout, 'bin/tool', target)
    assert.equal(again.status, 3)
    assert.match(again.stderr, /it is already there\n/)
  })

  test('writes a tree, links as links, and never outside of the destination', async () => {
    const target = place('tree')
    const { status, stderr } = await run('extract', layout, '/', target)
    assert.equal(status, 0, stderr)
    assert.deepEqual(readdirSync(outside), [])
    assert.equal(existsSync(place('above')), false)
    assert.equal(readFileSync(join(target, 'above'), 'utf8'), 'clamped\n')
    assert.equal(readFileSync(join(target, 'etc/passwd'), 'utf8'), 'new\n')
    // A directory took the place of each link, as runtimes have it.
    assert.equal(readFileSync(join(target, 'out/evil'), 'utf8'), 'evil\n')
    assert.equal(lstatSync(join(target, 'climb')).isDirectory(), true)
    assert.equal(readlinkSync(join(target, 'bin')), 'usr/bin')
    assert.equal(statSync(join(target, 'usr/bin/tool')).ino, statSync(join(target, 'usr/bin/same')).ino)
    assert.equal(lstatSync(join(target, 'locked')).mode & 0o777, 0o500)
    assert.equal(existsSync(join(target, 'dev/null')), false)
    assert.match(stderr, /left out without --preserve: dev\/null, pipe\n/)
    assert.ok(readdirSync(target, { encoding: 'latin1' }).includes('latin1-\xe9'))
  })

  test('the specification follows a link inside the image only', async () => {
    const target = place('spec')
    const { status, stderr } = await run('extract', layout, '/', target, '--semantics', 'spec', '--quiet')
    assert.deepEqual([status, stderr], [0, ''])
    assert.deepEqual(readdirSync(outside), [])
    assert.equal(readlinkSync(join(target, 'out')), outside)
    assert.equal(readFileSync(join(target, 'etc/evil'), 'utf8'), 'evil\n')
  })

  test('an empty directory may be filled; one that is not, or a missing parent, is left alone', async () => {
    mkdirSync(place('empty'))
    assert.equal((await run('extract', layout, 'etc', place('empty'))).status, 0)
    assert.deepEqual(
      readdirSync(place('empty')),
      ['evil', 'passwd'].filter(name => existsSync(join(place('empty'), name))),
    )
    mkdirSync(place('full'))
    writeFileSync(join(place('full'), 'mine'), '')
    assert.equal((await run('extract', layout, 'etc', place('full'))).status, 3)
    assert.deepEqual(readdirSync(place('full')), ['mine'])
    const orphan = await run('extract', layout, 'etc', place('no/where'))
    assert.equal(orphan.status, 3)
    assert.match(orphan.stderr, /it is not a directory that can be written to/)
  })

  test('blocks of zeros become holes, one at the end too', async () => {
    const content = Buffer.concat([Buffer.alloc(4 << 20), Buffer.from('middle'), Buffer.alloc(4 << 20)])
    const holes = writeLayout(place('holes'), { t: imageFixture([layerFixture([{ name: 'holes', content }])]) })
    assert.equal((await run('extract', `oci:${holes}:t`, '/holes', place('holes-out'))).status, 0)
    assert.ok(readFileSync(place('holes-out')).equals(content))
    assert.ok(statSync(place('holes-out')).blocks * 512 < 1 << 20)
  })

  test('what is larger than the free disk is refused before a byte of it is written', async () => {
    const map = {
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': 'huge',
      'GNU.sparse.realsize': `${2 ** 50}`,
    }
    const layer = layerFixture([{ name: 'huge', content: '0\n'.padEnd(512, '\0'), pax: map }])
    const huge = writeLayout(place('huge'), { t: imageFixture([layer]) })
    const { status, stderr: error } = await run('extract', `oci:${huge}:t`, '/', place('huge-out'))
    assert.equal(status, 3, error)
    assert.match(error, /the files have 1125899906842624 bytes and the file system has \d+ left/)
    assert.equal(existsSync(place('huge-out')), false)
  })

  test('a device alone is refused without --preserve', async () => {
    const { status, stderr } = await run('extract', layout, 'dev/null', place('null'))
    assert.equal(status, 3)
    assert.match(stderr, /^peel: Cannot extract "dev\/null": it is a character device\n--preserve /)
  })

  peerTest(
    '--preserve: links to a fifo, times before 1970, attribute names that are not ASCII',
    ['mknod', 'setfattr', 'getfattr'],
    async () => {
      const entries = [
        { name: 'pipe', flag: '6', mode: 0o620 },
        { name: 'same', flag: '1', link: 'pipe', mode: 0o620 },
        { name: 'old', content: 'old\n', pax: { mtime: '-1.5', 'SCHILY.xattr.user.é': 'ü' } },
      ]
      const image = writeLayout(place('special'), { t: imageFixture([layerFixture(entries)]) })
      const target = place('preserved')
      const { status, stderr } = await run('extract', image, '/', target, '--preserve', '--quiet')
      assert.deepEqual([status, stderr], [0, ''])
      const [pipe, same, old] = ['pipe', 'same', 'old'].map(name => lstatSync(join(target, name)))
      assert.deepEqual([pipe?.isFIFO(), pipe?.ino, old?.mtimeMs], [true, same?.ino, -1500])
      assert.deepEqual(listDirectory(target).find(({ path }) => path === 'old')?.xattrs, { 'user.Ã©': 'c3bc' })
    },
    { root: true },
  )

  test('- writes a tar of the tree: the same bytes each time, with owners, modes, links and devices', async () => {
    const { status, stderr, bytes } = await run('extract', layout, '/', '-')
    assert.deepEqual([status, stderr.split('\n').at(-2)], [0, '9 files, 36 B, written to standard output'])
    assert.deepEqual((await run('extract', layout, '/', '-', '--quiet')).bytes, bytes)
    const seen = new Map<string, string>()
    for (const { name, typeflag, mode, uid, linkName, devMajor, devMinor, content } of listTar(bytes).entries)
      seen.set(name, [typeflag, mode.toString(8), uid, linkName, devMajor, devMinor, content.toString()].join(' '))
    const names = [...seen.keys()]
    assert.ok(names.indexOf('usr/bin/same') < names.indexOf('usr/bin/tool') && names.at(-1) !== 'usr/bin/')
    assert.equal(seen.get('usr/bin/same'), '0 4755 12345  0 0 tool\n')
    assert.equal(seen.get('usr/bin/tool'), '1 4755 12345 usr/bin/same 0 0 ')
    assert.match(seen.get('dev/null') ?? '', /^3 644 0 {2}1 3 $/)
    assert.match(seen.get('bin') ?? '', /^2 \d+ 0 usr\/bin 0 0 $/)
    assert.match(seen.get('locked/') ?? '', /^5 500 /)
    assert.match(seen.get('etc/passwd') ?? '', / new\n$/)
    assert.ok(seen.has('latin1-\xe9') && seen.has('pipe') && seen.has('usr/bin/empty') && !seen.has('out'))
  })

  test('- of a directory or a file names it as it is called, links below it with it', async () => {
    const names = async (path: string) =>
      listTar((await run('extract', layout, path, '-')).bytes).entries.map(({ name, linkName }) => `${name} ${linkName}`.trim())
    assert.deepEqual(await names('usr/bin'), ['bin/empty', 'bin/same', 'bin/tool bin/same', 'bin/'])
    assert.deepEqual(await names('etc/passwd'), ['passwd'])
  })

  peerTest(
    '- is read back by tar as what extract --preserve writes',
    ['tar', 'mknod'],
    async () => {
      const { bytes } = await run('extract', layout, '/', '-')
      const [mine, theirs] = [place('kept'), place('piped')]
      mkdirSync(theirs)
      execFileSync('tar', ['-xpf', '-', '--same-owner', '--xattrs', '-C', theirs], { input: bytes })
      assert.equal((await run('extract', layout, '/', mine, '--preserve', '--quiet')).status, 0)
      // Of most directories no entry gives a time.
      const facts = (at: string) =>
        listDirectory(at).map(node => ({ ...node, ...(node.type === 'd' && node.path !== 'locked' && { mtime_ns: 0 }) }))
      assert.deepEqual(facts(theirs), facts(mine))
    },
    { root: true },
  )

  test('interrupted, it leaves nothing behind and ends with 130', async () => {
    const large = Array.from({ length: 30 }, (_, index) => [`file-${index}`, 'x'.repeat(4_000_000)] as const)
    const image = writeLayout(place('large'), { t: imageFixture([layerFixture(Object.fromEntries(large))]) })
    const parent = mkdtempSync(join(directory, 'interrupted-'))
    const { status, stderr } = await peel(['extract', image, '/', join(parent, 'tree')], {
      env,
      started: child => {
        const timer = setInterval(() => {
          if (readdirSync(parent).length === 0) return
          child.kill('SIGINT')
          clearInterval(timer)
        }, 5)
        child.on('close', () => clearInterval(timer))
      },
    })
    assert.equal(status, 130)
    assert.equal(stderr, 'peel: Interrupted.\n')
    assert.deepEqual(readdirSync(parent), [])
  })
})
