import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { elfSections } from '../../src/compare/content/elf-sections.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-content-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))

const lines = (changed: string) => `one\ntwo\nthree\n${changed}\nfive\nsix\n`
const program = readFileSync('/bin/true')
const section =
  elfSections(program)?.find(({ name }) => name === '.note.gnu.build-id') ?? assert.fail('/bin/true has no build ID')
const rebuilt = Buffer.from(program)
rebuilt.fill(0x5a, section.offset + 16, section.offset + section.size)
const manual = gzipSync('a page')
const later = Buffer.from(manual)
later.writeUInt32LE(1_700_000_000, 4)
const large = Buffer.alloc(33 * 1024 * 1024, 1)
const changed = Buffer.from(large)
changed[20_000_000] = 9

const files = {
  a: {
    'etc/conf': lines('four'),
    'etc/link': { flag: '2', link: 'conf' },
    'etc/same': 'same',
    'etc/tab': 'a\tb\x1b[31m\n',
    'bin/true': program,
    'man/x.1.gz': manual,
    'app/package.json': '{"name":"x","version":"1"}',
    'app/members.tar': tarFixture([{ name: 'in', content: 'one' }]),
    'data/blob': Buffer.from([0, 1, 2, 3]),
    large,
    'old/name': 'm'.repeat(5000),
  },
  b: {
    'etc/conf': lines('4'),
    'etc/link': { flag: '2', link: 'same' },
    'etc/same': 'same',
    'etc/tab': 'a\tc\x1b[31m\n',
    'bin/true': rebuilt,
    'man/x.1.gz': later,
    'app/package.json': '{"name":"x","version":"2"}',
    'app/members.tar': tarFixture([{ name: 'in', content: 'two' }, { name: 'new' }]),
    'data/blob': Buffer.from([0, 1, 9, 3, 4]),
    large: changed,
    'new/name': { content: 'm'.repeat(5000), mode: 0o600 },
  },
}
const layer = (from: Readonly<Record<string, string | Buffer | object>>) =>
  layerFixture(
    Object.fromEntries(
      Object.entries(from).map(([name, value]) => [
        name,
        typeof value === 'string' || Buffer.isBuffer(value) ? { content: value } : value,
      ]),
    ),
  )
const layout = writeLayout(join(directory, 'layout'), {
  a: imageFixture([layer(files.a)]),
  b: imageFixture([layer(files.b)]),
})
const [a, b] = [`${layout}:a`, `${layout}:b`]

const content = async (path: string, ...args: string[]) => {
  const { status, stdout, stderr } = await peel(['diff', a, b, '--content', path, ...args], { env })
  assert.equal(status, 0, stderr)
  return stdout
}

describe('peel diff --content', () => {
  peerTest('text is a unified diff that patch applies', ['patch'], async () => {
    const diff = await content('etc/conf')
    assert.match(diff, /^--- a\/etc\/conf\n\+\+\+ b\/etc\/conf\n@@ -1,6 \+1,6 @@\n/)
    writeFileSync(join(directory, 'conf'), files.a['etc/conf'])
    run('patch', [join(directory, 'conf')], { input: Buffer.from(diff) })
    assert.equal(readFileSync(join(directory, 'conf'), 'utf8'), files.b['etc/conf'])
  })

  test('what could drive a terminal is shown, tabs stay', async () => {
    assert.match(await content('etc/tab'), /\n-a\tb\\e\[31m\n\+a\tc\\e\[31m\n$/)
  })

  test('other files: sizes, the first byte that differs, and the bytes there', async () => {
    const text = await content('data/blob')
    assert.match(
      text,
      /^no lines to compare: 4 B \(4 bytes\) → 5 B \(5 bytes\)\nfirst difference at byte 2 \(0x2\)\n- 02 03 .*\n\+ 09 03 04 /,
    )
  })

  test('sections of programs, members of archives, keys of JSON', async () => {
    assert.match(await content('bin/true'), /^section {2}\.note\.gnu\.build-id: (\d+) bytes → \1 bytes\nno lines/)
    assert.match(await content('app/members.tar'), /^member {2}in: 3 bytes → 3 bytes\nmember {2}new: nothing → 0 bytes\n/)
    assert.match(await content('app/package.json'), /^key {2}version: "1" → "2"\n--- a\/app\/package\.json\n/)
  })

  test('a file too large to be held: where it first differs', async () => {
    assert.match(
      await content('large'),
      /^too large for lines: .*\nfirst difference at byte 20,000,000 \(0x1312d00\)\n- 01 01 .*\n\+ 09 01 /,
    )
  })

  test('links, what did not change, what moved', async () => {
    assert.equal(await content('etc/link'), 'target  conf → same\n')
    assert.equal(await content('etc/same'), 'The content is the same.\n')
    assert.equal(await content('new/name'), 'moved  old/name → new/name\nmode  0644 → 0600\nThe content is the same.\n')
    assert.equal(await content('old/name'), await content('new/name'))
  })

  test('JSON has all of it', async () => {
    const found = JSON.parse(await content('app/package.json', '--json'))
    assert.deepEqual([found.path, found.same, found.firstDifference], ['app/package.json', false, 23])
    assert.deepEqual(found.facts, [{ kind: 'key', name: 'version', before: '"1"', after: '"2"' }])
    assert.match(found.diff, /^--- a/)
    assert.equal(found.before.size, found.after.size)
  })

  test('the status follows the content; a directory and a file that neither has are told', async () => {
    const status = async (...args: string[]) => (await peel(['diff', a, b, '--content', ...args], { env })).status
    assert.deepEqual([await status('etc/conf', '--exit-code'), await status('etc/same', '--exit-code')], [1, 0])
    assert.equal(await status('etc/link', '--exit-code'), 1)
    assert.deepEqual([await status('etc'), await status('nothing')], [3, 3])
    assert.equal((await peel(['diff', a, a, '--content', 'etc/conf'], { env })).stdout, 'The content is the same.\n')
  })

  test('known noise is a class of its own, and can be left out by name', async () => {
    const diff = async (...args: string[]) => JSON.parse((await peel(['diff', a, b, '--json', ...args], { env })).stdout)
    const noisy = ({ files: rows }: { files: { path: string; classes: string[] }[] }) =>
      rows.filter(({ classes }) => classes.some(each => each.startsWith('noise'))).map(({ path, classes }) => [path, classes])
    const all = await diff()
    assert.deepEqual(noisy(all), [
      ['bin/true', ['noise:elf-build-id']],
      ['man/x.1.gz', ['noise:gzip-mtime']],
    ])
    const left = await diff('--ignore', 'noise:gzip-mtime')
    assert.deepEqual([noisy(left).length, left.summary.ignored], [1, { 'noise:gzip-mtime': 1 }])
    assert.equal(noisy(await diff('--ignore', 'noise')).length, 0)
    assert.equal((await diff('--only', 'noise:elf-build-id')).files.length, 1)
  })
})
