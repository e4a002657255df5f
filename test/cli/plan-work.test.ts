import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { digestOf } from '../../src/blob/digest.ts'
import { PlanWork } from '../../src/cli/interface/plan-work.ts'
import { DEFAULT_COMMON } from '../../src/cli/run/options.ts'
import { ImageError } from '../../src/error.ts'
import type { Plan } from '../../src/rebuild/plan.ts'
import { openSession } from '../../src/session/session.ts'
import { createWorkshop } from '../../src/session/workshop.ts'
import { createLayerPool, type LayerPool } from '../../src/worker/pool.ts'
import { attestationFixture } from '../kit/image/attestation-fixture.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

const image = imageFixture([
  layerFixture({ 'a/': '', 'a/one': 'x'.repeat(100_000) }),
  layerFixture({ 'b/': '', 'b/two': 'y'.repeat(100_000) }),
  layerFixture({ 'a/': '', 'a/.wh.one': '', 'a/three': 'three' }),
])
const SQUASH: Plan = { edits: [{ type: 'squash' }] }
const ZSTD: Plan = { edits: [{ type: 'squash' }, { type: 'compress', compression: 'zstd' }] }

let pool: LayerPool
const state = process.env['XDG_STATE_HOME']
before(() => {
  pool = createLayerPool({ size: 1 })
})
after(async () => {
  await pool.close()
  if (state === undefined) delete process.env['XDG_STATE_HOME']
  else process.env['XDG_STATE_HOME'] = state
})

type Bench = {
  readonly work: PlanWork
  readonly directory: string
  /** Blobs that were begun to be compressed. */
  readonly begun: () => number
  /** Temporary files there are. */
  readonly files: () => readonly string[]
  /** Lets what is made come to its end; until then nothing does. */
  readonly release: () => void
  measure(plan: Plan, signal?: AbortSignal, onProgress?: () => void): ReturnType<PlanWork['rebuild']>
  /** The digest of what was written. */
  write(plan: Plan, name: string, signal?: AbortSignal): Promise<string>
}

type BenchOptions = { readonly room?: number; readonly held?: boolean; readonly images?: ImageFixture }

/** The interface's work on plans, with threads that count what they do and a directory of its own for temporary files. */
async function bench(
  context: TestContext,
  { room = Number.POSITIVE_INFINITY, held = false, images = image }: BenchOptions = {},
): Promise<Bench> {
  const directory = scratch(context)
  process.env['XDG_STATE_HOME'] = join(directory, 'state')
  const temporary = join(directory, 'temporary')
  mkdirSync(temporary)
  const source = writeLayout(join(directory, 'source'), { app: images })
  const signal = new AbortController().signal
  const session = await openSession(`oci:${source}:app`, DEFAULT_COMMON, signal)
  const loaded = await session.load(session.choose(undefined), signal)
  let begun = 0
  const gate = Promise.withResolvers<void>()
  if (!held) gate.resolve()
  const work = new PlanWork(session, loaded, DEFAULT_COMMON, {
    room: async () => room,
    makeWorkshop: options => {
      const workshop = createWorkshop(pool, { ...options, directory: temporary })
      return {
        ...workshop,
        make: async (...task) => {
          begun++
          await gate.promise
          return await workshop.make(...task)
        },
      }
    },
  })
  context.after(async () => {
    gate.resolve()
    await work.close()
    await session.close()
  })
  return {
    work,
    directory,
    begun: () => begun,
    files: () => readdirSync(temporary).map(name => join(temporary, name)),
    release: gate.resolve,
    measure: (plan, until = signal, onProgress = () => undefined) =>
      work.rebuild({ plan, destination: undefined, force: false }, onProgress, until),
    write: async (plan, name, until = signal) => {
      const destination = `oci:${join(directory, name)}:x`
      const { result } = await work.rebuild({ plan, destination, force: false }, () => undefined, until)
      return result?.digest ?? ''
    },
  }
}

describe('a plan that is written as it was previewed', () => {
  test('is compressed once; its files go once they are published', async context => {
    const { measure, write, begun, files, directory } = await bench(context)
    const previewed = await measure(SQUASH)
    assert.deepEqual([begun(), files().length], [1, 1])
    assert.match(files()[0] ?? '', /\/\.peel-[^/]+$/)
    const digest = await write(SQUASH, 'out')
    assert.deepEqual([begun(), files()], [1, []])
    assert.equal(previewed.after, layerBytes(join(directory, 'out'), digest))
    assert.equal(await write(SQUASH, 'again'), digest)
    assert.equal(begun(), 2)
  })

  test('takes over a preview that still runs, though it has no holder any more', async context => {
    const { measure, write, begun, files, release } = await bench(context, { held: true })
    const preview = new AbortController()
    const looking = measure(SQUASH, preview.signal)
    const writing = write(SQUASH, 'out')
    preview.abort()
    await assert.rejects(looking, { name: 'AbortError' })
    release()
    assert.match(await writing, /^sha256:/)
    assert.deepEqual([begun(), files()], [1, []])
  })

  test('keeps what was made while the name is taken, until it is written somewhere else', async context => {
    const { measure, write, begun, files } = await bench(context)
    await measure(SQUASH)
    await write(ZSTD, 'taken')
    await measure(SQUASH)
    assert.equal(begun(), 3)
    await assert.rejects(write(SQUASH, 'taken'), { code: 'DESTINATION_EXISTS' })
    assert.equal(files().length, 1)
    await write(SQUASH, 'free')
    assert.deepEqual([begun(), files()], [3, []])
  })

  test('is made anew where the file is no more what was written', async context => {
    const good = await bench(context)
    const digest = await good.write(SQUASH, 'good')
    const harm: Readonly<Record<string, (file: string) => void>> = {
      gone: file => rmSync(file),
      longer: file => appendFileSync(file, 'x'),
      'changed in its time as well': file => {
        const bytes = readFileSync(file)
        bytes[20] = (bytes[20] ?? 0) ^ 1
        writeFileSync(file, bytes)
        utimesSync(file, 0, 0)
      },
      'another file': file => {
        const bytes = readFileSync(file)
        rmSync(file)
        writeFileSync(file, bytes)
      },
    }
    for (const [name, change] of Object.entries(harm)) {
      const { measure, write, begun, files, directory } = await bench(context)
      await measure(SQUASH)
      change(files()[0] ?? '')
      assert.equal(await write(SQUASH, 'out'), digest, name)
      assert.deepEqual([begun(), files()], [2, []], name)
      assert.ok(layerBytes(join(directory, 'out'), digest) > 0)
    }
  })

  test('is made anew where there was no room for it: a preview that counts gives way to the writing', async context => {
    const { measure, write, begun, files, release } = await bench(context, { room: 100 })
    assert.ok((await measure(SQUASH)).after > 100)
    assert.deepEqual([begun(), files()], [1, []])
    await write(SQUASH, 'out')
    assert.deepEqual([begun(), files()], [2, []])
    release()
  })

  test('needs no room of its own once it is wanted', async context => {
    const { measure, write, begun, files, release } = await bench(context, { room: 0, held: true })
    const looking = measure(SQUASH)
    const writing = write(SQUASH, 'out')
    // The destination is opened first.
    while (begun() === 0) await new Promise(setImmediate)
    await new Promise(resolve => setTimeout(resolve, 50))
    release()
    await Promise.all([looking, writing])
    assert.deepEqual([begun(), files()], [1, []])
  })
})

describe('what a preview has made', () => {
  test('belongs to one plan: another one is made anew, and the first is gone', async context => {
    const { measure, write, begun, files } = await bench(context)
    const first = new AbortController()
    const small = await measure(SQUASH, first.signal)
    const digest = await write(ZSTD, 'zstd')
    assert.deepEqual([begun(), files()], [2, []])
    first.abort()
    await measure(ZSTD)
    assert.equal((await write(SQUASH, 'gzip')) === digest, false)
    assert.ok(small.after > 0)
    assert.deepEqual([begun(), files()], [4, []])
  })

  test('goes when its plan is left or changed, and when the image is closed', async context => {
    const { measure, work, files } = await bench(context)
    const left = new AbortController()
    await measure(SQUASH, left.signal)
    assert.equal(files().length, 1)
    left.abort()
    await until(() => files().length === 0)
    await measure(SQUASH)
    assert.equal(files().length, 1)
    await work.close()
    assert.deepEqual(files(), [])
  })

  test('goes on where it is asked for again at once', async context => {
    const { measure, begun, release } = await bench(context, { held: true })
    const first = new AbortController()
    const looking = measure(SQUASH, first.signal)
    first.abort()
    const again = measure(SQUASH)
    release()
    await assert.rejects(looking, { name: 'AbortError' })
    await again
    assert.equal(begun(), 1)
  })

  test('is nothing where the writing of it is cancelled and it has no holder', async context => {
    const { write, begun, files, directory, release } = await bench(context, { held: true })
    const cancel = new AbortController()
    const writing = write(SQUASH, 'out', cancel.signal)
    while (begun() === 0) await new Promise(setImmediate)
    cancel.abort()
    await assert.rejects(writing, { name: 'AbortError' })
    release()
    await until(() => files().length === 0)
    assert.deepEqual(readdirSync(directory).sort(), ['source', 'temporary'])
  })

  test('makes room where the disk has none for the result', async context => {
    const { measure, work, files, directory } = await bench(context)
    await measure(SQUASH)
    assert.equal(files().length, 1)
    const onFull = () => {
      throw new ImageError('NO_SPACE', 'Cannot write it: the disk is full')
    }
    const destination = `oci:${join(directory, 'out')}:x`
    const signal = new AbortController().signal
    await assert.rejects(work.rebuild({ plan: SQUASH, destination, force: false }, onFull, signal), { code: 'NO_SPACE' })
    assert.deepEqual(files(), [])
  })
})

/** Bytes of the layers of an image in a layout, each held against what the manifest says. */
function layerBytes(layout: string, digest: string): number {
  const read = (name: string) => readFileSync(join(layout, 'blobs', 'sha256', name.replace('sha256:', '')))
  const manifest = JSON.parse(read(digest).toString()) as { layers: { digest: string; size: number }[] }
  return manifest.layers.reduce((sum, layer) => {
    const bytes = read(layer.digest)
    assert.equal(digestOf(bytes), layer.digest)
    return sum + bytes.length
  }, 0)
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate)
}

describe('attestations of the image that is squashed', () => {
  const dropped = ({ warnings }: { readonly warnings: readonly string[] }) =>
    warnings.filter(text => text.includes('attestation'))
  const attested = indexFixture([image, imageFixture([layerFixture({ other: 'x' })]), attestationFixture(image)])

  test('are told of once they have no index to stay in', async context => {
    const { measure } = await bench(context, { images: attested })
    assert.deepEqual(dropped(await measure(SQUASH)), ['1 attestation names the old digest and will be dropped'])
  })

  test('are none where the image has none', async context => {
    const { measure } = await bench(context)
    assert.deepEqual(dropped(await measure(SQUASH)), [])
  })
})
