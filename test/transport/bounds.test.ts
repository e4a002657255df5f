import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { lstatSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { indexArchive } from '../../src/transport/archive-index.ts'
import { openEngineSink } from '../../src/transport/engine/engine-sink.ts'
import { candidateOrigins } from '../../src/transport/http/endpoint.ts'
import { openSource } from '../../src/transport/open.ts'
import { scratch } from '../kit/image/local-image.ts'
import { run } from '../kit/peer.ts'
import { fakeEngine } from '../kit/server/fake-engine.ts'
import { tarFixture } from '../kit/tar/tar-fixture.ts'

const config = { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [] } }

/** A docker-archive of `count` images with one config of about `size` bytes. */
function archive(count: number, size = 0): Buffer {
  const images = Array.from({ length: count }, () => ({ Config: 'c', Layers: [] }))
  return tarFixture([
    { name: 'c', content: JSON.stringify({ ...config, x: 'A'.repeat(size) }) },
    { name: 'manifest.json', content: JSON.stringify(images) },
  ])
}

test('a config that many images of an archive have is read once', async context => {
  const file = join(scratch(context), 'many.tar')
  writeFileSync(file, archive(1000, 4_000_000))
  const before = process.cpuUsage()
  const source = await openSource({ transport: 'path', path: file, selector: {} })
  assert.equal((await source.roots()).length, 1000)
  await source.close()
  // Reading and parsing it each time takes ten milliseconds or more for each.
  assert.ok(process.cpuUsage(before).user < 5_000_000)
})

test('a name of more characters than any path has is not there, at once', async context => {
  const file = join(scratch(context), 'a.tar')
  writeFileSync(
    file,
    tarFixture([
      { name: 'l', flag: '2', pax: { linkpath: `${'a/'.repeat(100_000)}b` } },
      { name: 'f', content: '' },
    ]),
  )
  const index = await indexArchive(file)
  assert.ok(index.find('f'))
  assert.equal(index.find('a/'.repeat(200_000)), undefined)
  assert.equal(index.find('l'), undefined)
})

test('a named pipe is read once, like standard input, whichever reader comes first', async context => {
  const directory = scratch(context)
  const [pipe, file] = [join(directory, 'pipe'), join(directory, 'image.tar')]
  run('mkfifo', [pipe])
  writeFileSync(file, archive(1))
  const opening = openSource({ transport: 'path', path: pipe, selector: {} })
  const writer = spawn('sh', ['-c', 'cat "$1" > "$2"', 'sh', file, pipe])
  const source = await opening
  assert.equal((await source.roots()).length, 1)
  await source.close()
  writer.kill()
  const stop = new AbortController()
  const waiting = openSource({ transport: 'path', path: pipe, selector: {} }, { signal: stop.signal })
  setImmediate(() => stop.abort())
  await assert.rejects(waiting)
})

test('an image for an engine waits in a file of this user alone', async context => {
  const directory = scratch(context)
  const { environment } = await fakeEngine(context)
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = directory
  try {
    const sink = await openEngineSink('app:1', { environment })
    const names = readdirSync(directory)
    assert.ok(names.length > 0)
    for (const name of names) assert.equal(lstatSync(join(directory, name)).mode & 0o777, 0o600)
    await sink.abort()
    assert.deepEqual(readdirSync(directory), [])
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
})

test('a password that was typed before a host is not repeated', () => {
  assert.throws(
    () => candidateOrigins('user:s3cret@h.example', false),
    (error: unknown) =>
      error instanceof ImageError && !error.message.includes('s3cret') && /\*\*\*@h\.example/.test(error.message),
  )
})
