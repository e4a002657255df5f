import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { imageFixture, layerFixture } from '../kit/image-fixture.ts'
import { peel } from '../kit/peel-command.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'

const image = imageFixture([
  layerFixture({ 'etc/': {}, 'etc/passwd': 'root\n', 'etc/issue': 'base\n', 'gone/file': 'x' }),
  layerFixture({ 'etc/': {}, 'etc/passwd': 'two\n', same: { flag: '1', link: 'etc/passwd' } }),
  layerFixture({ 'etc/': {}, 'etc/issue': 'three\n', '.wh.gone': '', link: { flag: '2', link: '/etc/passwd' } }),
  layerFixture({ 'app/': {}, 'app/run': 'four\n' }),
])

describe('layers that are not needed are not fetched', () => {
  let registry: TestRegistry
  let directory = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'peel-lazy-'))
    registry = await TestRegistry.start()
    registry.store.add('app', 'latest', image)
  })
  after(async () => {
    await registry.close()
    rmSync(directory, { recursive: true })
  })

  /** What the command says, and the layers (1 first) that the registry was asked for. */
  const run = async (command: string, ...args: string[]) => {
    const start = registry.seen.length
    const env = { XDG_CACHE_HOME: join(directory, 'cache'), HOME: directory, REGISTRY_AUTH_FILE: '' }
    const result = await peel([command, `${registry.host}/app`, ...args, '--no-cache'], { env })
    const asked = registry.log.slice(start)
    const layers = image.layers.flatMap(({ digest }, position) =>
      asked.some(line => line.includes(digest)) ? [position + 1] : [],
    )
    return { ...result, layers }
  }

  test('cat goes down from the top until the file is decided', async () => {
    for (const [path, content, layers] of [
      ['app/run', 'four\n', [4]],
      ['etc/issue', 'three\n', [3, 4]],
      ['/etc/passwd', 'two\n', [2, 3, 4]],
      ['link', 'two\n', [2, 3, 4]],
      ['same', 'two\n', [2, 3, 4]],
    ] as const) {
      const found = await run('cat', path)
      assert.deepEqual([found.stdout, found.layers, found.status], [content, layers, 0], found.stderr)
    }
  })

  test('what is gone is known from the layer that removed it', async () => {
    const { status, stderr, layers } = await run('cat', 'gone/file')
    assert.deepEqual([status, layers], [3, [3, 4]])
    assert.match(stderr, /^peel: Cannot find "gone\/file"/)
    assert.deepEqual((await run('cat', 'never/there')).layers, [1, 2, 3, 4])
  })

  test('the specification’s semantics needs every layer', async () => {
    assert.deepEqual((await run('cat', 'app/run', '--semantics', 'spec')).layers, [1, 2, 3, 4])
  })

  test('ls and extract of one file; a directory takes all layers', async () => {
    const listed = await run('ls', 'app/run', '--json')
    assert.deepEqual([JSON.parse(listed.stdout).path, listed.layers], ['app/run', [4]])
    assert.deepEqual((await run('ls', 'etc')).layers, [1, 2, 3, 4])
    const target = join(directory, 'issue')
    const extracted = await run('extract', 'etc/issue', target)
    assert.deepEqual([extracted.status, extracted.layers], [0, [3, 4]])
    assert.equal(readFileSync(target, 'utf8'), 'three\n')
  })

  test('--layer reads the layer; JSON says what it changes and reads those below, never those above', async () => {
    const plain = await run('ls', '--layer', '3')
    assert.deepEqual([plain.stdout, plain.layers], ['  etc\n  etc/issue\n- gone\n  link -> /etc/passwd\n', [3]])
    assert.deepEqual((await run('ls', '--layer', '3', '--filter', 'issue')).layers, [3])
    assert.deepEqual((await run('ls', '--layer', '3', '--filter', 'change:modified')).layers, [1, 2, 3])
    assert.deepEqual((await run('ls', '--layer', '3', '--json')).layers, [1, 2, 3])
    const version = await run('cat', 'etc/passwd', '--layer', '1')
    assert.deepEqual([version.stdout, version.layers], ['root\n', [1]])
  })
})
