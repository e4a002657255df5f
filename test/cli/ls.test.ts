import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-ls-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))

const latin1 = Buffer.from('data/latin1-\xe9', 'latin1')
const layout = writeLayout(join(directory, 'layout'), {
  t: imageFixture([
    layerFixture([
      { name: 'a/' },
      {
        name: 'a/c',
        content: 'in a\n',
        mode: 0o4755,
        uid: 1000,
        gid: 2000,
        pax: {
          'SCHILY.xattr.user.note': Buffer.from([0xff, 0x00]),
          'SCHILY.xattr.user.é': 'é',
          mtime: '1700000000.123456789',
        },
      },
      { name: 'a-b', content: 'beside\n' },
      { name: 'bin', flag: '2', link: 'usr/bin' },
      { name: 'usr/bin/env', content: 'env\n' },
      { name: 'usr/bin/env2', flag: '1', link: 'usr/bin/env' },
      { name: latin1, content: 'e\n' },
      { name: 'data/link', flag: '2', link: Buffer.from([0x2e, 0xff]) },
      { name: 'dev/null', flag: '3', device: [1, 3] },
      { name: 'esc\u001b[2J', content: '' },
      { name: 'opaque/old', content: 'old\n' },
    ]),
    layerFixture([
      { name: 'a/.wh.c', content: '' },
      { name: 'a-b', content: 'changed\n' },
      { name: 'opaque/.wh..wh..opq', content: '' },
      { name: 'opaque/new', content: 'new\n' },
    ]),
  ]),
})

const rows = async (...args: string[]) => {
  const { status, stdout, stderr } = await peel(['ls', layout, '--json', ...args], { env })
  assert.equal(status, 0, stderr)
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

describe('peel ls', () => {
  test('--json lists the merged tree, ordered bytewise by whole path', async () => {
    const paths = (await rows()).map(({ path }) => path)
    assert.deepEqual(paths, [
      'a',
      'a-b',
      'bin',
      'data',
      'data/latin1-\\xe9',
      'data/link',
      'dev',
      'dev/null',
      'esc\u001b[2J',
      'opaque',
      'opaque/new',
      'usr',
      'usr/bin',
      'usr/bin/env',
      'usr/bin/env2',
    ])
  })

  test('every attribute is exact', async () => {
    const of = (found: { path: string }[], path: string) => found.find(row => row.path === path)
    const [below, all] = [await rows('--layer', '1'), await rows()]
    assert.deepEqual(of(below, 'a/c'), {
      path: 'a/c',
      type: 'file',
      change: 'added',
      mode: '4755',
      uid: 1000,
      gid: 2000,
      mtime: '2023-11-14T22:13:20.123456789Z',
      size: 5,
      sha256: createHash('sha256').update('in a\n').digest('hex'),
      layer: 0,
      xattrs: { 'user.note': '/wA=', 'user.é': 'w6k=' },
    })
    assert.deepEqual(of(all, 'usr/bin/env2'), {
      path: 'usr/bin/env2',
      type: 'file',
      mode: '0644',
      uid: 0,
      gid: 0,
      mtime: '2023-11-14T22:13:20Z',
      size: 4,
      sha256: createHash('sha256').update('env\n').digest('hex'),
      layer: 0,
      links: ['usr/bin/env', 'usr/bin/env2'],
    })
    assert.equal(of(all, 'data/latin1-\\xe9')?.['pathBase64' as 'path'], latin1.toString('base64'))
    const link = of(all, 'data/link') as unknown as Record<string, unknown>
    assert.deepEqual([link['target'], link['targetBase64']], ['.\\xff', 'Lv8='])
    assert.deepEqual((of(all, 'dev/null') as unknown as Record<string, unknown>)['device'], [1, 3])
  })

  test('--layer lists what one layer holds and what it changes', async () => {
    const found = (await rows('--layer', '2')).map(({ path, type, change, layer }) => [path, type, change, layer])
    assert.deepEqual(found, [
      ['a-b', 'file', 'modified', 1],
      ['a/c', 'whiteout', 'removed', 1],
      ['opaque', 'opaque', 'removed', 1],
      ['opaque/new', 'file', 'added', 1],
    ])
    const link = (await rows('--layer', '1')).find(({ path }) => path === 'usr/bin/env2')
    assert.deepEqual([link.type, link.target], ['hardlink', 'usr/bin/env'])
    const { status, stderr } = await peel(['ls', layout, '--layer', '3'], { env })
    assert.equal(status, 3)
    assert.match(stderr, /^peel: Cannot find layer 3: the image has 2\n/)
    assert.equal((await peel(['ls', layout, '--layer', '0'], { env })).status, 2)
  })

  test('a path names itself and all below it; symlinks on the way are followed inside the image', async () => {
    assert.deepEqual(
      (await rows('usr')).map(({ path }) => path),
      ['usr', 'usr/bin', 'usr/bin/env', 'usr/bin/env2'],
    )
    assert.deepEqual(
      (await rows('/bin/env')).map(({ path }) => path),
      ['usr/bin/env'],
    )
    assert.deepEqual(
      (await rows('bin')).map(({ type }) => type),
      ['symlink'],
    )
    assert.deepEqual(
      (await rows('bin/')).map(({ path }) => path),
      ['usr/bin', 'usr/bin/env', 'usr/bin/env2'],
    )
    assert.deepEqual((await rows('data/latin1-\\xe9')).length, 1)
    const missing = await peel(['ls', layout, 'a/c', '--json'], { env })
    assert.equal(missing.status, 3)
    assert.equal(JSON.parse(missing.stdout).error.code, 'PATH_NOT_FOUND')
  })

  test('--sort and --filter', async () => {
    assert.deepEqual((await rows('--sort', 'size', '--filter', 'type:file')).map(({ path }) => path).slice(0, 2), [
      'a-b',
      'opaque/new',
    ])
    assert.deepEqual(
      (await rows('--filter', 'change:modified')).map(({ path }) => path),
      ['a-b'],
    )
    assert.deepEqual(
      (await rows('--filter', '*.none | env2')).map(({ path }) => path),
      ['usr/bin/env2'],
    )
    const wrong = await peel(['ls', layout, '--filter', 'size:'], { env })
    assert.equal(wrong.status, 2)
    assert.match(wrong.stderr, /^peel: Cannot use the filter "size:"/)
  })

  test('names reach the screen escaped', async () => {
    const { stdout } = await peel(['ls', layout, '--long'], { env })
    assert.match(stdout, /esc\\e\[2J\n/)
    assert.match(stdout, /latin1-\\xe9\n/)
    assert.match(stdout, /bin -> usr\/bin\n/)
    assert.equal(stdout.includes('\u001b'), false)
  })

  test('a reader that leaves is no error', async () => {
    const { status, stderr } = await peel(['ls', layout], { env, started: child => child.stdout?.destroy() })
    assert.equal(status, 0)
    assert.equal(stderr, '')
  })
})
