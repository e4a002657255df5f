import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  promises,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { BlobSink } from '../../src/blob/source.ts'
import { ImageError } from '../../src/error.ts'
import { imagesOf } from '../../src/image/choose.ts'
import { loadImage } from '../../src/image/load.ts'
import type { FileTransport } from '../../src/image/location.ts'
import { temporaryName } from '../../src/transport/maker.ts'
import { openSink } from '../../src/transport/sink.ts'
import { temporaryDirectory } from '../../src/transport/temporary-directory.ts'
import { hasCorpus } from '../kit/corpus.ts'
import { deviceIn } from '../kit/device.ts'
import {
  type ImageFixture,
  imageFixture,
  indexFixture,
  layerFixture,
  memorySource,
  writeLayout,
} from '../kit/image/image-fixture.ts'
import { layerFacts, onSmallDisk, openText, scratch } from '../kit/image/local-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { dockerEngine } from '../kit/server/docker-engine.ts'
import { schemaProblems } from '../kit/spec/schema.ts'

const image = imageFixture([
  layerFixture({ 'etc/os-release': 'NAME=test\n', a: 'one' }),
  layerFixture({ b: 'two' }, { compression: 'none' }),
])
const zstd = imageFixture([layerFixture({ 'etc/os-release': 'NAME=test\n' }, { compression: 'zstd' })])

async function write(path: string, transport: FileTransport, fixture: ImageFixture, name?: string, force = false): Promise<void> {
  const sink = await openSink({ transport, path, selector: name === undefined ? {} : { name } }, { force })
  try {
    await putAll(sink, fixture)
    await sink.commit(fixture.descriptor, name)
  } finally {
    await sink.abort()
  }
}

async function putAll(sink: BlobSink, fixture: ImageFixture): Promise<void> {
  for (const [digest, bytes] of fixture.blobs) {
    const parsed = bytes[0] === 0x7b ? JSON.parse(bytes.toString()) : undefined
    const mediaType =
      parsed?.mediaType ??
      (parsed?.rootfs ? 'application/vnd.oci.image.config.v1+json' : 'application/vnd.oci.image.layer.v1.tar')
    const blob = { ...fixture.descriptor, mediaType, digest: digest as ImageFixture['descriptor']['digest'], size: bytes.length }
    if (!(await sink.has(blob))) await sink.put(blob, memorySource(fixture).fetchUnverified(blob))
  }
}

function readIndex(layout: string) {
  return JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'))
}

async function code(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing',
    error => (error instanceof ImageError ? error.code : String(error)),
  )
}

describe('layout sink', () => {
  test('what the index has already stays: other images, unknown fields', async context => {
    const layout = writeLayout(join(scratch(context), 'l'), { old: zstd })
    const before = { ...readIndex(layout), annotations: { kept: 'yes' }, 'x-unknown': [1, { a: null }] }
    writeFileSync(join(layout, 'index.json'), JSON.stringify(before))
    await write(layout, 'oci', image, 'new')
    const after = readIndex(layout)
    assert.deepEqual(after, { ...before, manifests: [before.manifests[0], after.manifests[1]] })
    assert.equal(after.manifests[1].annotations['org.opencontainers.image.ref.name'], 'new')
    await write(layout, 'oci', zstd, 'new', true)
    assert.deepEqual(
      readIndex(layout).manifests.map(({ digest }: { digest: string }) => digest),
      [zstd.descriptor.digest, zstd.descriptor.digest],
    )
  })

  test('the same image under its name is there already; another one, or one without a name beside others, is refused', async context => {
    const layout = writeLayout(join(scratch(context), 'l'), { old: image })
    const before = readFileSync(join(layout, 'index.json'))
    const open = (name: string | undefined, expected?: ImageFixture) =>
      openSink(
        { transport: 'oci', path: layout, selector: name === undefined ? {} : { name } },
        expected === undefined ? {} : { expected: expected.descriptor.digest },
      )
    const again = await open('old', image)
    await putAll(again, image)
    await again.commit(image.descriptor, 'old')
    assert.equal(again.alreadyThere, true)
    assert.ok(readFileSync(join(layout, 'index.json')).equals(before))
    assert.equal(await code(open('old', zstd)), 'DESTINATION_EXISTS')
    assert.equal(await code(open(undefined, zstd)), 'DESTINATION_EXISTS')
    for (const name of ['old', undefined]) {
      const late = await open(name)
      await putAll(late, zstd)
      assert.equal(await code(late.commit(zstd.descriptor, name)), 'DESTINATION_EXISTS')
      await late.abort()
    }
    assert.ok(readFileSync(join(layout, 'index.json')).equals(before))
  })

  test('an entry says when it was listed, others keep what they say; an archive says nothing (formats-2026, 7)', async context => {
    const directory = scratch(context)
    const layout = join(directory, 'l')
    const created = () =>
      readIndex(layout).manifests.map(
        ({ annotations }: { annotations: Record<string, string> }) => annotations['org.opencontainers.image.created'],
      )
    process.env['SOURCE_DATE_EPOCH'] = '86400'
    context.after(() => delete process.env['SOURCE_DATE_EPOCH'])
    await write(layout, 'oci', image, 'old')
    assert.deepEqual(created(), ['1970-01-02T00:00:00Z'])
    delete process.env['SOURCE_DATE_EPOCH']
    const before = new Date().toISOString().slice(0, 19)
    await write(layout, 'oci', zstd, 'new')
    await write(layout, 'oci', image, 'old')
    assert.equal(created()[0], '1970-01-02T00:00:00Z')
    assert.ok(created()[1] >= before && /^[\d-]{10}T[\d:]{8}Z$/.test(created()[1]), created()[1])
    await write(join(directory, 'a.tar'), 'oci-archive', image, 'old')
    assert.doesNotMatch(readFileSync(join(directory, 'a.tar'), 'latin1'), /image\.created"/)
  })

  /** Commits `image` as "new" into a layout, with `act` right after a file was renamed to a path that ends so. */
  async function disturbed(context: TestContext, ending: string, act: (layout: string) => void) {
    const layout = writeLayout(join(scratch(context), 'l'), { old: image })
    const before = readFileSync(join(layout, 'index.json'))
    const sink = await openSink({ transport: 'oci', path: layout, selector: { name: 'new' } })
    await putAll(sink, zstd)
    const rename = promises.rename
    const mocked = context.mock.method(promises, 'rename', async (from: string, to: string) => {
      await rename(from, to)
      if (to.endsWith(ending)) act(layout)
    })
    syncBuiltinESMExports()
    try {
      return { told: await code(sink.commit(zstd.descriptor, 'new')), before, after: readFileSync(join(layout, 'index.json')) }
    } finally {
      mocked.mock.restore()
      syncBuiltinESMExports()
      await sink.abort()
    }
  }

  test('a lock that another process took over meanwhile makes the commit fail, and the index stays as it was', async context => {
    const blob = zstd.layers[0]?.digest.split(':')[1] ?? ''
    const { told, before, after } = await disturbed(context, blob, layout => {
      unlinkSync(join(layout, '.peel-lock'))
      symlinkSync(temporaryName(), join(layout, '.peel-lock'))
    })
    assert.equal(told, 'DESTINATION_CHANGED')
    assert.ok(after.equals(before))
  })

  test('an index that another program replaces right after the commit makes it fail', async context => {
    const { told } = await disturbed(context, '/index.json', layout =>
      writeFileSync(join(layout, 'index.json'), '{"schemaVersion":2,"manifests":[]}'),
    )
    assert.equal(told, 'DESTINATION_CHANGED')
  })

  test('a blob that vanishes before the commit makes it fail, and the index stays as it was', async context => {
    const layout = writeLayout(join(scratch(context), 'l'), { old: image })
    const before = readFileSync(join(layout, 'index.json'))
    const sink = await openSink({ transport: 'oci', path: layout, selector: { name: 'new' } })
    await putAll(sink, image)
    unlinkSync(join(layout, 'blobs', ...(image.layers[0]?.digest ?? '').split(':')))
    assert.equal(await code(sink.commit(image.descriptor, 'new')), 'DESTINATION_CHANGED')
    await sink.abort()
    assert.ok(readFileSync(join(layout, 'index.json')).equals(before))
  })

  test('without a name, the same image is listed once', async context => {
    const layout = join(scratch(context), 'l')
    await write(layout, 'oci', image)
    await write(layout, 'oci', image)
    assert.equal(readIndex(layout).manifests.length, 1)
  })

  test('a damaged blob that lies there is not taken for the right one', async context => {
    const directory = scratch(context)
    const layout = writeLayout(join(directory, 'l'), { old: image })
    const [digest = ''] = image.blobs.keys()
    const path = join(layout, 'blobs', ...digest.split(':'))
    writeFileSync(path, Buffer.alloc(image.blobs.get(digest)?.length ?? 0, 1))
    await write(layout, 'oci', image, 'new')
    assert.ok(readFileSync(path).equals(image.blobs.get(digest) ?? Buffer.alloc(0)))
  })

  test('many writers at once: every image is there in the end', async context => {
    const layout = join(scratch(context), 'l')
    const names = Array.from({ length: 12 }, (_, index) => `v${index}`)
    await Promise.all(names.map(name => write(layout, 'oci', imageFixture([layerFixture({ name })]), name)))
    const { listing } = await openText(context, layout)
    assert.deepEqual(listing.nodes.flatMap(node => node.names).sort(), [...names].sort())
    assert.ok(listing.nodes.every(node => node.kind === 'image'))
    assert.deepEqual(readdirSync(layout).sort(), ['blobs', 'index.json', 'oci-layout'])
  })

  test('two writers, one name: one of them is refused', async context => {
    const layout = writeLayout(join(scratch(context), 'l'), { old: image })
    const sinks = await Promise.all(
      [image, zstd].map(() => openSink({ transport: 'oci', path: layout, selector: { name: 'new' } })),
    )
    const results: string[] = []
    for (const [index, fixture] of [image, zstd].entries()) {
      const sink = sinks[index]
      assert.ok(sink)
      await putAll(sink, fixture)
      results.push(await code(sink.commit(fixture.descriptor, 'new')))
      await sink.abort()
    }
    assert.deepEqual(results, ['nothing', 'DESTINATION_EXISTS'])
    assert.deepEqual(readdirSync(layout).sort(), ['blobs', 'index.json', 'oci-layout'])
    assert.equal(readdirSync(join(layout, 'blobs', 'sha256')).length, image.blobs.size)
  })

  test('the lock of a process that is gone is taken over', async context => {
    const layout = writeLayout(join(scratch(context), 'l'), { old: zstd })
    const { status } = killed(`import { withLock } from ${JSON.stringify(moduleUrl('lock'))}
      await withLock(${JSON.stringify(layout)}, () => process.kill(process.pid, 'SIGKILL'))`)
    assert.equal(status, null)
    assert.ok(readdirSync(layout).includes('.peel-lock'))
    await write(layout, 'oci', image, 'new')
    assert.deepEqual(readdirSync(layout).sort(), ['blobs', 'index.json', 'oci-layout'])
  })

  test('places that are none', async context => {
    const directory = scratch(context)
    writeFileSync(join(directory, 'file'), '')
    mkdirSync(join(directory, 'full'))
    writeFileSync(join(directory, 'full', 'x'), '')
    mkdirSync(join(directory, 'broken'))
    writeFileSync(join(directory, 'broken', 'index.json'), '{')
    const codes = { file: 'DESTINATION_INVALID', full: 'DESTINATION_INVALID', broken: 'JSON_INVALID', 'file/below': 'NOT_FOUND' }
    for (const [name, expected] of Object.entries(codes))
      assert.equal(await code(write(join(directory, name), 'oci', image)), expected, name)
    assert.equal(await code(write(directory, 'oci-archive', image)), 'DESTINATION_INVALID')
    assert.equal(await code(write(join(directory, 'no', 'x.tar'), 'oci-archive', image)), 'NOT_FOUND')
    assert.equal(await code(write(deviceIn(scratch(context)), 'docker-archive', image, 'a:1', true)), 'DESTINATION_INVALID')
    assert.equal(await code(write(join(directory, 'x.tar'), 'docker-archive', image, 'Not A Name')), 'REFERENCE_INVALID')
    assert.deepEqual(readdirSync(directory).sort(), ['broken', 'file', 'full'])
  })

  test('index.json holds to the schema of the specification', { skip: hasCorpus ? false : 'NO CORPUS' }, async context => {
    const layout = join(scratch(context), 'l')
    await write(layout, 'oci', image, 'v1')
    assert.deepEqual(schemaProblems('image-index', readIndex(layout)), [])
    assert.deepEqual(schemaProblems('image-layout', JSON.parse(readFileSync(join(layout, 'oci-layout'), 'utf8'))), [])
  })
})

describe('archive sinks', () => {
  test('the same image makes the same archive', async context => {
    const directory = scratch(context)
    for (const transport of ['oci-archive', 'docker-archive'] as const) {
      const [one, two] = [join(directory, `${transport}1`), join(directory, `${transport}2`)]
      await write(one, transport, image, 'app:1')
      await write(two, transport, image, 'app:1')
      assert.ok(readFileSync(one).equals(readFileSync(two)))
    }
  })

  test('a docker-archive takes the one image of an index, and refuses several', async context => {
    const directory = scratch(context)
    await write(join(directory, 'one.tar'), 'docker-archive', indexFixture([image]), 'app:1')
    const other = imageFixture([layerFixture({ c: 'd' })], { platform: { os: 'linux', architecture: 'arm64' } })
    assert.equal(
      await code(write(join(directory, 'two.tar'), 'docker-archive', indexFixture([image, other]), 'app:1')),
      'DESTINATION_UNSUPPORTED',
    )
    assert.deepEqual(readdirSync(directory), ['one.tar'])
  })

  test('a reader that goes away is told as that', async () => {
    const output = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    })
    output.on('error', () => {})
    const sink = await openSink({ transport: 'standard-stream' }, { output })
    const big = imageFixture([layerFixture({ big: { content: Buffer.alloc(1 << 20, 'x') } }, { compression: 'none' })])
    await putAll(sink, big)
    assert.equal(await code(sink.commit(big.descriptor)), 'OUTPUT_CLOSED')
    await sink.abort()
  })
})

describe('killed and out of room', () => {
  for (const transport of ['oci', 'oci-archive', 'docker-archive'] as const) {
    test(`${transport}: what a killed writer left is swept by the next`, async context => {
      const directory = scratch(context)
      const path = join(directory, 'out')
      killed(`import { openSink } from ${JSON.stringify(moduleUrl('sink'))}
        const sink = await openSink({ transport: ${JSON.stringify(transport)}, path: ${JSON.stringify(path)}, selector: {} })
        async function* bytes() { yield Buffer.alloc(1024); process.kill(process.pid, 'SIGKILL'); yield Buffer.alloc(1024) }
        await sink.put({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: 'sha256:' + '0'.repeat(64), size: 2048 }, bytes())`)
      assert.ok(readdirSync(directory).some(name => name.startsWith('.peel-')))
      await write(path, transport, image, 'app:1')
      assert.deepEqual(readdirSync(directory), ['out'])
    })

    peerTest(
      `${transport}: a full disk is one clear error, and nothing stays`,
      ['mount', 'umount'],
      async context => {
        await onSmallDisk(context, '4m', async directory => {
          // Plain, the room for it is missed before; packed it shows only while it is unpacked.
          for (const compression of ['none', 'gzip'] as const) {
            const big = imageFixture([layerFixture({ big: { content: Buffer.alloc(6 << 20, 'x') } }, { compression })])
            if (compression === 'gzip' && transport !== 'docker-archive') continue
            assert.equal(await code(write(join(directory, 'out'), transport, big, 'app:1')), 'NO_SPACE')
            assert.deepEqual(readdirSync(directory), [])
          }
        })
      },
      { root: true },
    )
  }
})

describe('other programs read what is written', () => {
  for (const transport of ['oci', 'oci-archive', 'docker-archive'] as const) {
    for (const [name, fixture] of Object.entries({ 'gzip and plain': image, zstd })) {
      peerTest(`skopeo copies ${transport} (${name}) to a layout, DiffIDs and all`, ['skopeo'], async context => {
        const directory = scratch(context)
        const path = join(directory, 'out')
        await write(path, transport, fixture, 'app:1')
        const source = transport === 'docker-archive' ? `${transport}:${path}:app:1` : `${transport}:${path}:app:1`
        run('skopeo', ['copy', '--insecure-policy', source, `oci:${join(directory, 'copy')}:t`])
        const inspected = JSON.parse(run('skopeo', ['inspect', '--config', source]).toString())
        const config = JSON.parse((fixture.blobs.get(fixture.descriptor.digest) ?? '').toString()).config.digest
        assert.deepEqual(inspected.rootfs, JSON.parse((fixture.blobs.get(config) ?? '').toString()).rootfs)
      })
    }
  }

  peerTest(
    'umoci unpacks a layout',
    ['umoci'],
    async context => {
      const directory = scratch(context)
      await write(join(directory, 'l'), 'oci', image, 't')
      run('umoci', ['raw', 'unpack', '--image', `${join(directory, 'l')}:t`, join(directory, 'rootfs')])
      assert.equal(readFileSync(join(directory, 'rootfs', 'a'), 'utf8'), 'one')
    },
    { root: true },
  )

  peerTest(
    'podman loads a docker-archive and an oci-archive',
    ['podman'],
    async context => {
      const directory = scratch(context)
      const podman = (...args: string[]) =>
        run('podman', [
          '--root',
          join(directory, 'root'),
          '--runroot',
          join(directory, 'run'),
          '--storage-driver',
          'vfs',
          ...args,
        ]).toString()
      for (const transport of ['docker-archive', 'oci-archive'] as const) {
        const path = join(directory, `${transport}.tar`)
        await write(path, transport, transport === 'docker-archive' ? zstd : image, `localhost/${transport}:1`)
        assert.match(podman('load', '-q', '-i', path), new RegExp(`localhost/${transport}:1`))
      }
      const ids = podman('images', '-q', '--no-trunc')
      for (const fixture of [zstd, image])
        assert.ok(ids.includes(JSON.parse((fixture.blobs.get(fixture.descriptor.digest) ?? '').toString()).config.digest))
      podman('rmi', '-a', '-f')
    },
    { root: true },
  )

  peerTest(
    'docker loads a docker-archive, and peel opens what docker saves',
    ['docker', 'dockerd'],
    async context => {
      const directory = dockerScratch()
      const docker = await dockerEngine(context, join(directory, 'engine'))
      const fixtures = { gzip: image, zstd }
      for (const [name, fixture] of Object.entries(fixtures)) {
        const path = join(directory, `${name}.tar`)
        await write(path, 'docker-archive', fixture, `${name}:1`)
        assert.match(docker('load', '-i', path), new RegExp(`${name}:1`))
        assert.equal(docker('inspect', '--format', '{{.Id}}', `${name}:1`).trim(), configDigest(fixture))
      }
      const saved = join(directory, 'saved.tar')
      docker('save', '-o', saved, 'gzip:1', 'zstd:1')
      const { source, listing } = await openText(context, saved)
      assert.deepEqual(listing.nodes.flatMap(node => node.names).sort(), ['gzip:1', 'zstd:1'])
      for (const node of imagesOf(listing.nodes)) {
        for (const { blob, diffID } of (await loadImage(source, node.descriptor)).layers) {
          assert.equal((await layerFacts(source, blob)).diffID, diffID)
        }
      }
    },
    { root: true },
  )
})

/** Hooks run in the order they were added: the engine must end before its directory goes. */
function dockerScratch(): string {
  const directory = mkdtempSync(join(temporaryDirectory(), 'peel-test-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  return directory
}

function configDigest(fixture: ImageFixture): string {
  return JSON.parse((fixture.blobs.get(fixture.descriptor.digest) ?? '').toString()).config.digest
}

function moduleUrl(name: string): string {
  return pathToFileURL(fileURLToPath(new URL(`../../src/transport/${name}.ts`, import.meta.url))).href
}

function killed(script: string): { status: number | null } {
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    encoding: 'utf8',
  })
  assert.equal(status, null, stderr)
  return { status }
}
