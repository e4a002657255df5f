import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createLayerWork } from '../../src/cli/interface/layer-work.ts'
import { DEFAULT_COMMON } from '../../src/cli/run/options.ts'
import type { FilePath } from '../../src/layer/file-path.ts'
import { isListing } from '../../src/layer/reading.ts'
import { openSession } from '../../src/session/session.ts'
import { type ImageFixture, imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { estargzFixture, zstdChunkedFixture } from '../kit/image/lazy-layer-fixture.ts'
import { peel } from '../kit/program/peel-command.ts'
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

  /** The output of the command, and the layers (1 first) that the registry was asked for. */
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

describe('layers with a table of contents', () => {
  const noise = Array.from({ length: 60_000 }, (_, index) => ((index * 7919) % 65_521).toString(36)).join('')
  const files = [
    { name: 'etc/' },
    { name: 'etc/passwd', content: 'root\n' },
    { name: 'usr/big', content: noise },
    { name: 'link', flag: '2', link: 'etc/passwd' },
    ...Array.from({ length: 12 }, (_, index) => ({ name: `usr/more${index}`, content: `${index}${noise}` })),
  ]
  const images: Readonly<Record<string, ImageFixture>> = {
    estargz: imageFixture([estargzFixture(files), layerFixture({ top: 'x' })]),
    chunked: imageFixture([zstdChunkedFixture(files), layerFixture({ top: 'x' })]),
  }
  let registry: TestRegistry
  let directory = ''
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'peel-tables-'))
    registry = await TestRegistry.start()
    for (const [name, each] of Object.entries(images)) registry.store.add(name, 'latest', each)
  })
  after(async () => {
    await registry.close()
    rmSync(directory, { recursive: true })
  })

  for (const [name, { layers }] of Object.entries(images)) {
    const [layer] = layers
    const digest = layer?.digest ?? ''
    const run = async (command: string, ...args: string[]) => {
      const start = registry.seen.length
      const env = { XDG_CACHE_HOME: join(directory, 'cache'), HOME: directory, REGISTRY_AUTH_FILE: '' }
      const result = await peel([command, `${registry.host}/${name}`, ...args], { env })
      const asked = registry.seen.slice(start).filter(({ method, path }) => method === 'GET' && path.includes(digest))
      const bytes = asked.reduce((sum, { headers }) => {
        const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? []
        return sum + (from === undefined ? (layer?.size ?? 0) : Number(to === '' ? layer?.size : to) - Number(from) + 1)
      }, 0)
      return { ...result, requests: asked.length, bytes }
    }

    test(`${name}: ls and cat fetch the table and the file's chunk`, async () => {
      const listed = await run('ls', 'usr/big', '--json', '--no-cache')
      assert.equal(listed.status, 0, listed.stderr)
      assert.equal(JSON.parse(listed.stdout).size, noise.length)
      assert.ok(listed.requests <= 2 && listed.bytes <= 80_000, `${listed.requests} requests, ${listed.bytes} bytes`)
      const cat = await run('cat', 'link', '--no-cache')
      assert.deepEqual([cat.stdout, cat.stderr], ['root\n', ''])
      assert.ok(cat.requests <= 3 && cat.bytes <= 80_000, `${cat.requests} requests, ${cat.bytes} bytes of ${layer?.size}`)
      // The table is known by now.
      await run('ls', '--layer', '1')
      const again = await run('cat', 'etc/passwd')
      assert.equal(again.stdout, 'root\n')
      assert.ok(again.requests === 1 && again.bytes < 2000, `${again.requests} requests, ${again.bytes} bytes`)
      const extracted = await run('extract', 'usr/more3', join(directory, `extracted-${name}`), '--no-cache')
      assert.deepEqual([extracted.status, readFileSync(join(directory, `extracted-${name}`), 'utf8') === `3${noise}`], [0, true])
      assert.ok(extracted.bytes < (layer?.size ?? 0) / 2, `${extracted.bytes} bytes of ${layer?.size}`)
      assert.match((await run('ls', '--layer', '1', '--verbose')).stderr, /Listed from its .* table of contents/)
    })

    test(`${name}: the interface lists it at once and reads a file by range; many files cost the layer once`, async () => {
      const start = registry.seen.length
      const common = { ...DEFAULT_COMMON, cache: false, authfile: join(directory, 'none') }
      const { signal } = new AbortController()
      const session = await openSession(`${registry.host}/${name}`, common, signal)
      const layersOf = createLayerWork(common)
      try {
        const image = await session.load(session.choose(), signal)
        const opened = layersOf(session, image)
        const options = { onProgress: () => undefined, priority: () => 0, whole: false }
        const readings = await Promise.all([0, 1].map(position => opened.readLayer(position, options, signal)))
        const [listed] = readings
        assert.ok(listed !== undefined && isListing(listed))
        const { stack } = await opened.analyse(readings, signal)
        const node = stack.snapshot(2).find('usr/big' as FilePath)
        assert.equal(node?.size, noise.length)
        const chunks: Uint8Array[] = []
        for await (const bytes of opened.readFile(listed, 0, node?.content?.entry ?? -1, {}, signal)) chunks.push(bytes)
        assert.equal(Buffer.concat(chunks).toString(), noise)
        const parts = registry.seen.slice(start).filter(({ path }) => path.includes(digest))
        assert.ok(parts.length > 0 && parts.every(({ headers }) => headers.range !== undefined))
        const saved = join(directory, `saved-${name}`)
        await opened.save(readings, 2, 'usr' as FilePath, saved, signal)
        assert.deepEqual([readdirSync(saved).length, readFileSync(join(saved, 'more7'), 'utf8')], [13, `7${noise}`])
        const whole = await opened.readLayer(0, { ...options, whole: true }, signal)
        assert.ok(!isListing(whole) && whole.diffID === image.layers[0]?.diffID)
      } finally {
        await session.close()
      }
    })

    test(`${name}: a registry that ignores ranges is asked for the layer`, async () => {
      registry.always(new RegExp(digest), { type: 'ignore-range' })
      try {
        const cat = await run('cat', 'usr/big', '--no-cache')
        assert.deepEqual([cat.stdout === noise, cat.stderr, cat.status], [true, '', 0])
      } finally {
        registry.misbehave = () => undefined
      }
    })

    test(`${name}: verify reads the layer, and so do waste and inspect --layers`, async () => {
      for (const [command, ...args] of [['verify'], ['waste', '--no-cache'], ['inspect', '--layers', '--no-cache']] as const) {
        const { status, bytes } = await run(command, ...args)
        assert.deepEqual([status, bytes], [0, layer?.size], command)
      }
    })
  }
})
