import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fieldDifferences } from '../../src/compare/content/field-differences.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-diff-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))

const large = 'x'.repeat(5000)
const base = layerFixture({ 'etc/passwd': 'root\n', gone: 'x', same: 's', 'lib/old/big': large, 'lib/old/small': 's' })
const images = {
  a: imageFixture([base, layerFixture({ only: 'a' })], { config: { config: { Env: ['A=1'], User: 'root' } } }),
  b: imageFixture(
    [
      base,
      layerFixture({
        '.wh.gone': '',
        'etc/passwd': { content: 'root\n', mode: 0o600 },
        new: 'n'.repeat(100),
        'lib/.wh.old': '',
        'lib/new/big': large,
        'lib/new/small': 's',
      }),
    ],
    { config: { config: { Env: ['A=2'], Labels: { 'x.y': 'z' } } } },
  ),
  'b..b': imageFixture([base]),
}
const layout = writeLayout(join(directory, 'layout'), images)
const [a, b] = [`${layout}:a`, `${layout}:b`]

async function diff(...args: string[]) {
  const { status, stdout, stderr } = await peel(['diff', '--json', ...args], { env })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

const lines = async (...args: string[]) => (await peel(['diff', ...args], { env })).stdout
const status = async (...args: string[]) => (await peel(['diff', ...args], { env })).status

describe('peel diff', () => {
  test('a label that is named as what every object inherits is a difference as others are', () => {
    const found = fieldDifferences({ Labels: {} }, { Labels: { constructor: 'y' } })
    assert.deepEqual(found, [{ path: 'Labels.constructor', before: undefined, after: 'y' }])
  })

  test('two images: both sides, settings, layers, files', async () => {
    const found = await diff(a, b)
    assert.deepEqual(Object.keys(found), ['a', 'b', 'summary', 'config', 'layers', 'packages', 'files'])
    assert.deepEqual(
      [found.a.reference, found.a.digest, found.a.content, found.a.entries],
      [a, images.a.descriptor.digest, 5009, 9],
    )
    assert.deepEqual(found.config, [
      { path: 'config.Env', before: ['A=1'], after: ['A=2'] },
      { path: 'config.Labels', before: null, after: { 'x.y': 'z' } },
      { path: 'config.User', before: 'root', after: null },
    ])
    const [first, second] = [images.a.layers, images.b.layers]
    assert.deepEqual(found.layers.shared, [first[0]?.digest])
    assert.deepEqual([found.layers.onlyA, found.layers.onlyB], [[first[1]?.digest], [second[1]?.digest]])
    const delta = (second[1]?.size ?? 0) - (first[1]?.size ?? 0)
    assert.deepEqual(found.layers.pairs, [
      { before: 0, after: 0, how: 'digest', delta: 0 },
      { before: 1, after: 1, how: 'history', delta },
    ])
    assert.deepEqual(found.summary, {
      identical: false,
      recompressed: false,
      semantic: false,
      added: 1,
      removed: 2,
      changed: 1,
      moved: 1,
      classes: { content: 0, owner: 0, mode: 1, time: 0, xattr: 0, target: 0, links: 0, type: 0, 'renamed-directory': 1 },
      ignored: {},
      delta: { compressed: delta, content: 98, entries: -1 },
      pull: { layers: 1, bytes: second[1]?.size, bustedBytes: 0 },
    })
  })

  test('files have what changed, both sides, bytes and layers; a renamed directory is one row', async () => {
    const { files } = await diff(a, b)
    const told = files.map(({ path, change, classes, from, delta, layerBefore, layerAfter }: Record<string, unknown>) => [
      path,
      change,
      classes,
      from,
      delta,
      layerBefore,
      layerAfter,
    ])
    assert.deepEqual(told, [
      ['etc/passwd', 'modified', ['mode'], undefined, 0, 0, 1],
      ['gone', 'removed', [], undefined, -1, 0, null],
      ['lib/new', 'moved', ['moved', 'renamed-directory'], 'lib/old', 0, 0, 1],
      ['new', 'added', [], undefined, 100, null, 1],
      ['only', 'removed', [], undefined, -1, 1, null],
    ])
    const [passwd, gone, , added] = files
    assert.deepEqual([passwd.before.mode, passwd.after.mode], ['0644', '0600'])
    assert.deepEqual([gone.after, added.before, added.after.size], [null, null, 100])
  })

  test('what is left out is counted', async () => {
    const { files, summary } = await diff(a, b, '--ignore', 'mode,removed')
    assert.deepEqual(
      files.map(({ path }: { path: string }) => path),
      ['lib/new', 'new'],
    )
    assert.deepEqual(summary.ignored, { mode: 1, removed: 2 })
    assert.equal(summary.delta.content, 100)
    const only = await diff(a, b, '--only', 'mode')
    assert.deepEqual([only.files.length, only.summary.ignored.removed], [1, 2])
  })

  test('--top keeps the largest, and the rest completes the sum', async () => {
    const { files, rest, summary } = await diff(a, b, '--top', '2')
    assert.deepEqual(
      files.map(({ path }: { path: string }) => path),
      ['new', 'gone'],
    )
    assert.deepEqual([rest, summary.delta.content], [{ rows: 3, delta: -1 }, 98])
  })

  test('paths after -- limit it', async () => {
    const { files } = await diff(a, b, '--', 'etc', 'lib/old')
    assert.deepEqual(
      files.map(({ path }: { path: string }) => path),
      ['etc/passwd', 'lib/new'],
    )
  })

  test('two tags of one place, and layers of one image', async () => {
    assert.equal((await diff(`${layout}:a..b`)).files.length, 5)
    const layers = await diff(b, '2..2')
    assert.deepEqual([layers.a.digest, layers.b.digest], [null, images.b.descriptor.digest])
    assert.deepEqual([layers.config, layers.layers.onlyB, layers.files.length], [[], [images.b.layers[1]?.digest], 4])
    assert.deepEqual((await diff(b, '--layer', '2')).files, layers.files)
    const both = await diff(b, '1..2')
    assert.ok(both.files.every(({ change }: { change: string }) => change === 'added'))
    assert.equal(both.summary.delta.content, both.b.content)
  })

  test('--exit-code is 1 where something differs of what is asked, and only then', async () => {
    assert.equal(await status(a, b), 0)
    assert.equal(await status('--exit-code', a, b), 1)
    assert.equal(await status(a, a, '--exit-code'), 0)
    assert.equal(await status(a, b, '--exit-code=mode'), 1)
    assert.equal(await status(a, b, '--exit-code=content,owner'), 0)
    assert.equal(await status(a, b, '--exit-code=added', '--ignore', 'added'), 0)
  })

  test('what cannot be meant is wrong usage', async () => {
    assert.equal(await status(a), 2)
    assert.equal(await status(a, b, '--layer', '1'), 2)
    assert.equal(await status(a, b, 'etc'), 2)
    assert.equal(await status(a, '2..1'), 2)
    assert.equal(await status(a, b, '--stat', '--files'), 2)
    assert.equal(await status(a, b, '--ignore', 'colour'), 2)
    // A tag that has the dots in its name is one image.
    assert.equal(await status(`${layout}:b..b`), 2)
  })

  test('people see the summary first, then letters as git writes them', async () => {
    const text = await lines(a, b)
    assert.match(text, /^\+100 B −2 B, 1 added, 2 removed, 1 changed \(1 mode, 1 renamed-directory\), 1 moved\n/)
    assert.match(text, /\nconfig {2}config\.User: "root" → nothing\n/)
    assert.match(text, /\nM\(--m\) {11}· {2}etc\/passwd {2}\(mode\)\n/)
    assert.match(text, /\nR {16}· {2}lib\/old\/ → lib\/new\/ {2}\(renamed-directory\)\n/)
    assert.match(text, /\nA {11}\+100 B {2}new\n/)
    assert.equal((await lines(a, b, '--stat')).split('\n').length, 6)
    assert.match(await lines(a, b, '--tree'), /^ {4}\+98 B +5 {2}\/\n {3}\+100 B +1 {4}new\n/)
  })

  test('--markdown is a comment that a bot finds again', async () => {
    const text = await lines(a, b, '--markdown')
    assert.match(text, /^<!-- peel -->\n/)
    assert.match(text, /\| added \| `new` \| {2}\| \+100 B \|/)
    assert.ok(text.split('\n').length < 60)
  })
})

describe('packages', () => {
  const status = (...packages: (readonly [string, string])[]) =>
    packages
      .map(([name, version]) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`)
      .join('\n')
  const lists = (...names: string[]) =>
    Object.fromEntries(names.map(name => [`var/lib/dpkg/info/${name}.list`, `/.\n/usr/share/${name}\n`]))
  const debian = writeLayout(join(directory, 'debian'), {
    old: imageFixture([
      layerFixture({
        'var/lib/dpkg/status': status(['kept', '1'], ['libssl', '3.0.1'], ['gone', '2']),
        ...lists('kept', 'libssl', 'gone'),
        'usr/share/kept': 'k',
        'usr/share/libssl': 'x'.repeat(100),
        'usr/share/gone': 'g'.repeat(50),
      }),
    ]),
    new: imageFixture([
      layerFixture({
        'var/lib/dpkg/status': status(['kept', '1'], ['libssl', '3.0.2'], ['fresh', '1']),
        ...lists('kept', 'libssl', 'fresh'),
        'usr/share/kept': 'K',
        'usr/share/libssl': 'y'.repeat(400),
        'usr/share/fresh': 'f'.repeat(20),
      }),
    ]),
  })

  test('are told with versions and the bytes of their files, those with one version on both sides left out', async () => {
    const { packages } = await diff(`${debian}:old`, `${debian}:new`)
    assert.deepEqual(packages, [
      { name: 'libssl', type: 'deb', before: '3.0.1', after: '3.0.2', delta: 300, layer: 0 },
      { name: 'gone', type: 'deb', before: '2', after: null, delta: -50, layer: 0 },
      { name: 'fresh', type: 'deb', before: null, after: '1', delta: 20, layer: 0 },
    ])
    const text = await lines(`${debian}:old`, `${debian}:new`, '--packages')
    assert.match(text, /\+300 B {2}deb {5}libssl {2}3\.0\.1 → 3\.0\.2\n/)
    assert.match(text, / 0 B {2}files of packages in the same version {2}1 change\n/)
  })

  test('of layers of one image are those that its databases had after each', async () => {
    const upgrade = (version: string, bytes: number) =>
      layerFixture({ 'var/lib/dpkg/status': status(['libssl', version]), 'usr/share/libssl': 'z'.repeat(bytes) })
    const base = layerFixture({ 'var/lib/dpkg/status': status(['libssl', '1']), ...lists('libssl'), 'usr/share/libssl': 'z' })
    const layers = [base, upgrade('2', 5), upgrade('3', 9)]
    const stacked = writeLayout(join(directory, 'stacked'), { '1': imageFixture(layers) })
    const { packages } = await diff(`${stacked}:1`, '2..2')
    assert.deepEqual(packages, [{ name: 'libssl', type: 'deb', before: '1', after: '2', delta: 4, layer: 1 }])
  })
})

describe('levels that decide early', () => {
  test('the same image, and one with the same DiffIDs: nothing differs, and no layer is read', async () => {
    const lost = writeLayout(join(directory, 'lost'), images)
    for (const { layers } of Object.values(images))
      for (const { digest } of layers) rmSync(join(lost, 'blobs', digest.replace(':', '/')), { force: true })
    const found = await diff(`${lost}:a`, a)
    assert.deepEqual([found.summary.identical, found.files, found.config, found.summary.pull.layers], [true, [], [], 0])
    assert.equal((await peel(['diff', '--config', `${lost}:a`, b], { env })).stdout.split('\n').length, 4)
    assert.equal((await peel(['diff', '--layers', `${lost}:a`, b], { env })).stdout.split('\n').length, 4)
    assert.equal(await status(`${lost}:a`, b, '--no-cache'), 3)
  })

  test('recompressed is only recompressed; squashed differs in nothing that counts', async () => {
    for (const [target, command] of [
      ['zstd', ['copy', b, `oci:${directory}/again:zstd`, '--compress', 'zstd']],
      ['squashed', ['squash', b, `oci:${directory}/again:squashed`]],
    ] as const) {
      const made = await peel([...command], { env })
      assert.equal(made.status, 0, made.stderr)
      const found = await diff(b, `${directory}/again:${target}`, ...(target === 'squashed' ? ['--semantic'] : []))
      const { identical, recompressed, semantic } = found.summary
      assert.deepEqual([identical, recompressed, semantic], [false, target === 'zstd', true])
      assert.deepEqual([found.files, found.config], [[], []])
      assert.equal(await status(b, `${directory}/again:${target}`, '--exit-code', '--semantic'), 0)
      assert.equal(await status(b, `${directory}/again:${target}`, '--exit-code'), 1)
    }
  })
})
