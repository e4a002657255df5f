import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf } from '../../../src/blob/digest.ts'
import { ImageError } from '../../../src/error.ts'
import { copyImage } from '../../../src/session/write/copy-image.ts'
import { openLayoutSink } from '../../../src/transport/layout-sink.ts'
import { BlobCache } from '../../../src/transport/registry/blob-cache.ts'
import { RegistryClient } from '../../../src/transport/registry/client.ts'
import { RegistrySink } from '../../../src/transport/registry/registry-sink.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { listTags } from '../../../src/transport/registry/tags.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture, memorySource } from '../image/image-fixture.ts'
import type { Fault } from './fault.ts'
import type { UploadBehaviour } from './registry-uploads.ts'
import { TestRegistry, type TestRegistryOptions } from './test-registry.ts'
import { startTokenService } from './token-service.ts'

/** How a schedule ended: `right` is proven byte for byte, `error` is one of ours with a hint. */
export type Outcome = {
  readonly seed: number
  readonly kind: 'pull' | 'push' | 'list'
  readonly end: 'right' | 'error'
  readonly code?: string
}

/** Milliseconds after which a schedule counts as hung. */
const PATIENCE = 120_000
const LARGE = 0.05
const OLD = imageFixture([layerFixture({ old: 'old' })])

/**
 * One pull or push of an image through a registry that goes wrong as the seed says: cuts, silence, wrong bytes, refusals,
 * lost answers, expiring tokens, and with lies that do not stop: HEAD that finds nothing, 400 for an expired token, scopes that are no
 * TYPE:NAME:ACTIONS, pages smaller than asked for. It must end, in the right bytes or in an error that teaches; the cache must hold nothing
 * that is not what its name says, and a tag nothing that is not whole.
 */
async function runSchedule(seed: number): Promise<Outcome> {
  const random = generator(seed)
  const directory = mkdtempSync(join(tmpdir(), 'peel-fault-'))
  const tokens = random() < 0.3 ? await startTokenService({ expiresIn: random() < 0.5 ? 0 : 300 }) : undefined
  const registry = await TestRegistry.start({ ...(tokens !== undefined && { tokens }), ...pickLies(random) })
  const image = makeImage(random)
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(new Error(`seed ${seed} hangs`)), PATIENCE)
  const run = { seed, random, registry, image, directory, signal: stop.signal }
  try {
    const severity = random() * 0.4
    const hidesHeads = random() < 0.25
    registry.misbehave = request => {
      if (hidesHeads && request.method === 'HEAD') return { type: 'status', status: 404 }
      return random() < severity ? pickFault(random, request.method) : undefined
    }
    const kind = random()
    return await (kind < 0.45 ? pull(run) : kind < 0.9 ? push(run) : list(run))
  } finally {
    clearTimeout(timer)
    await Promise.all([registry.close(), tokens?.close()])
    rmSync(directory, { recursive: true, force: true })
  }
}

type Run = {
  readonly seed: number
  readonly random: () => number
  readonly registry: TestRegistry
  readonly image: ImageFixture
  readonly directory: string
  readonly signal: AbortSignal
}

function options({ host }: TestRegistry) {
  const auths = { [host]: { auth: Buffer.from('user:pass').toString('base64') } }
  return {
    environment: { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) },
    retry: { tries: 4, base: 1, cap: 20 },
    timeouts: { connect: 500, headers: 150, body: 150 },
  }
}

async function pull(run: Run): Promise<Outcome> {
  const { registry, image, directory, signal, seed } = run
  registry.store.add('team/app', '1', image)
  const cache = new BlobCache(join(directory, 'cache'))
  const source = new RegistrySource({ host: registry.host, path: 'team/app', tag: '1' }, { ...options(registry), cache })
  const layout = join(directory, 'layout')
  const sink = await openLayoutSink(layout, { name: 'x' })
  const outcome = await ending(run, 'pull', async () => {
    const [root] = await source.roots(signal)
    assert.ok(root !== undefined)
    await copyImage(source, root, sink, 'x', { signal })
  })
  await sink.abort()
  await source.close()
  checkBlobs(cache.directory, seed)
  assert.deepEqual(
    existsSync(join(cache.directory, 'ingest')) ? readdirSync(join(cache.directory, 'ingest')) : [],
    [],
    `seed ${seed}`,
  )
  if (outcome.end === 'right') {
    for (const [digest, bytes] of image.blobs)
      assert.ok(readFileSync(join(layout, 'blobs', ...digest.split(':'))).equals(bytes), `seed ${seed}`)
  } else assert.ok(!existsSync(layout), `seed ${seed} left a layout`)
  return outcome
}

async function push(run: Run): Promise<Outcome> {
  const { registry, image, signal, seed, random } = run
  const before = random() < 0.5 ? OLD : undefined
  registry.uploads.behaviour = pickUploads(random)
  if (before !== undefined) registry.store.add('team/app', '1', before)
  const sink = new RegistrySink({ host: registry.host, path: 'team/app' }, options(registry))
  const outcome = await ending(run, 'push', () => copyImage(memorySource(image), image.descriptor, sink, '1', { signal }))
  await sink.abort()
  const tagged = registry.store.repository('team/app').tags.get('1')
  if (outcome.end === 'right') assert.equal(tagged, image.descriptor.digest, `seed ${seed}`)
  if (tagged === image.descriptor.digest) {
    const { blobs, manifests } = registry.store.repository('team/app')
    for (const [digest, bytes] of image.blobs) {
      assert.ok((blobs.get(digest) ?? manifests.get(digest)?.bytes)?.equals(bytes), `seed ${seed}: a partial tag`)
    }
  } else assert.equal(tagged, before?.descriptor.digest, `seed ${seed}`)
  return outcome
}

async function list(run: Run): Promise<Outcome> {
  const { registry, image, signal, seed } = run
  // Names that one wrong byte does not turn into each other: what is listed twice is taken for the same.
  const tags = Array.from({ length: 40 }, (_, index) => String(index).padStart(2, '0')).map(number => `t${number}.${number}`)
  for (const tag of tags) registry.store.add('team/app', tag, image)
  const misbehave = registry.misbehave
  // A name that was altered on its way cannot be told from another; a list that is short can.
  registry.misbehave = request => {
    const fault = misbehave(request)
    return fault?.type === 'corrupt' ? undefined : fault
  }
  const repository = { host: registry.host, path: 'team/app' }
  const client = new RegistryClient(repository, options(registry))
  const found: string[] = []
  const outcome = await ending(run, 'list', async () => {
    for await (const page of listTags(client, repository, signal)) found.push(...page)
  })
  await client.close()
  if (outcome.end === 'right') assert.deepEqual(found, tags, `seed ${seed}`)
  return outcome
}

async function ending({ seed, signal }: Run, kind: Outcome['kind'], task: () => Promise<unknown>): Promise<Outcome> {
  try {
    await task()
    return { seed, kind, end: 'right' }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof ImageError)) throw new Error(`seed ${seed} ended in something that is no ImageError`, { cause: error })
    assert.match(error.message, /^Cannot /)
    assert.doesNotMatch(`${error.message} ${error.hint}`, /pass\b.*user|dXNlcjpwYXNz|token-\d/, `seed ${seed} tells a secret`)
    return { seed, kind, end: 'error', code: error.code }
  }
}

/** Every file there under a digest's name has that digest. */
function checkBlobs(directory: string, seed: number): void {
  const place = join(directory, 'blobs', 'sha256')
  if (!existsSync(place)) return
  for (const name of readdirSync(place)) assert.equal(digestOf(readFileSync(join(place, name))), `sha256:${name}`, `seed ${seed}`)
}

function makeImage(random: () => number): ImageFixture {
  const layer = () => {
    // Now and then one that does not go up in one piece.
    const large = random() < LARGE
    const size = large ? 9_000_000 : Math.floor(random() ** 2 * 300_000)
    const content = Buffer.alloc(size, Math.floor(random() * 1e9).toString(36))
    return layerFixture({ file: { content } }, { compression: large || random() < 0.5 ? 'none' : 'gzip' })
  }
  const single = (architecture: string) =>
    imageFixture(Array.from({ length: 1 + Math.floor(random() * 3) }, layer), { platform: { os: 'linux', architecture } })
  return random() < 0.3 ? indexFixture([single('amd64'), single('arm64')]) : single('amd64')
}

/** Lies that a registry keeps to for a whole schedule. */
function pickLies(random: () => number): TestRegistryOptions {
  return {
    ...(random() < 0.3 && { expiredStatus: 400 }),
    ...(random() < 0.3 && { ownScope: random() < 0.5 ? 'aws' : '*' }),
    pageSize: 7,
    linkStyle: random() < 0.5 ? 'relative' : 'next_page',
  }
}

/** Some registries take blobs only in a way of their own. */
function pickUploads(random: () => number): UploadBehaviour {
  const refuse = [{}, { whole: 405 }, { range: 416 }, { whole: 501, range: 400 }][Math.floor(random() * 4)] ?? {}
  return { refuse, location: random() < 0.5 ? 'absolute' : 'relative', strictLocation: random() < 0.5 }
}

function pickFault(random: () => number, method: string): Fault {
  const after = Math.floor(random() * 100_000)
  const faults: readonly (() => Fault)[] = [
    () => ({ type: 'reset' }),
    () => ({ type: 'reset' }),
    () => ({ type: 'cut', after }),
    () => ({ type: 'cut', after }),
    () => ({ type: 'short', after }),
    () => ({ type: 'status', status: 503 }),
    () => ({ type: 'status', status: 500, body: '<html>oops</html>' }),
    () => ({ type: 'status', status: 429, headers: { 'retry-after': random() < 0.9 ? '0' : '9999' } }),
    () => ({ type: 'status', status: random() < 0.5 ? 404 : 403 }),
    () => ({ type: 'status', status: 401 }),
    () => ({ type: 'ignore-range' }),
    () => ({ type: 'corrupt' }),
    () => ({ type: 'wrong-length', length: after }),
    () => ({ type: 'slow', bytes: 20_000, pause: 5 }),
    () => ({ type: 'silence' }),
    () => ({ type: 'headers', headers: { location: '', 'docker-content-digest': '' } }),
    () => ({ type: 'headers', headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } }),
    () => ({ type: 'redirect', to: random() < 0.5 ? '/v2/elsewhere' : 'http://127.0.0.1:1/' }),
  ]
  const pick = faults[Math.floor(random() * faults.length)]
  // A silent answer to a request that writes is waited for long: registries hash before they answer.
  const fault = pick?.() ?? { type: 'reset' }
  return fault.type === 'silence' && method !== 'GET' && method !== 'HEAD' ? { type: 'reset' } : fault
}

/** Mulberry32: small, seeded, good enough to choose faults. */
function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Runs schedules a few at a time and says how they ended; all of those that went wrong are told together. */
export async function runSchedules(first: number, count: number): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const wrong: Error[] = []
  let next = first
  const work = async () => {
    while (next < first + count) {
      const seed = next++
      await runSchedule(seed).then(
        outcome => void outcomes.push(outcome),
        (error: unknown) => void wrong.push(new Error(`seed ${seed}`, { cause: error })),
      )
    }
  }
  await Promise.all(Array.from({ length: 4 }, work))
  if (wrong.length > 0) throw new AggregateError(wrong, `${wrong.length} of ${count} schedules went wrong`)
  return outcomes
}
