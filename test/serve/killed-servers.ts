import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { digestOf } from '../../src/blob/digest.ts'
import { type ImageFixture, imageFixture, indexFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { startServing } from '../kit/program/serving.ts'
import { RegistryApi } from '../kit/registry/registry-api.ts'

/** Requests of one push that a kill may hit. */
const REQUESTS = 18

/**
 * Kills `peel serve --writable` so many times while an index of two images is pushed, each time at another request. After each kill
 * everything that was acknowledged is there, whole, and no tag names anything that is not.
 */
export async function killServers(directory: string, kills: number): Promise<void> {
  const tree = join(directory, 'tree')
  const acknowledged = new Map<string, ImageFixture>()
  const blobs = new Map<string, Buffer>()
  for (let round = 0; round < kills; round++) {
    const serving = await startServing([tree, '--writable'])
    const api = new DyingApi(serving.origin, 1 + ((round * 7) % REQUESTS), () => serving.kill(), blobs)
    const tag = `round-${round}`
    const image = imageOf(round)
    const done = await api.pushImage('team/app', tag, image).then(
      () => true,
      () => false,
    )
    if (done) acknowledged.set(tag, image)
    await serving.kill()
    await checkWhole(tree, acknowledged, blobs)
  }
  const serving = await startServing([tree, '--writable'])
  await new RegistryApi(serving.origin).pushImage('team/app', 'last', imageOf(kills))
  assert.equal(await serving.stop(), 130)
  for (const place of [tree, join(tree, 'team'), join(tree, 'team/app')])
    assert.deepEqual(
      readdirSync(place).filter(name => name.startsWith('.peel-')),
      [],
    )
}

function imageOf(round: number): ImageFixture {
  const images = ['amd64', 'arm64'].map(architecture =>
    imageFixture([layerFixture({ base: noise(40_000).toString('hex') }), layerFixture({ [architecture]: `${round}` })], {
      platform: { os: 'linux', architecture },
    }),
  )
  return indexFixture(images)
}

/** Kills the server while its n-th request is under way, and notes the blobs that it said it has. */
class DyingApi extends RegistryApi {
  #left: number
  readonly #kill: () => Promise<void>
  readonly #blobs: Map<string, Buffer>

  constructor(origin: string, requests: number, kill: () => Promise<void>, blobs: Map<string, Buffer>) {
    super(origin)
    this.#left = requests
    this.#kill = kill
    this.#blobs = blobs
  }

  override async send(method: string, path: string, request = {}): Promise<Response> {
    const answering = super.send(method, path, request)
    this.#left -= 1
    // Requests differ in how far they are after a turn of this process: the kill comes at once, or a little later.
    if (this.#left === 0) setTimeout(() => void this.#kill(), (path.length * 7) % 5)
    return answering
  }

  override async pushBlob(name: string, bytes: Buffer, digest: string): Promise<void> {
    await super.pushBlob(name, bytes, digest)
    this.#blobs.set(digest, bytes)
  }
}

/** Follows a tag down to its blobs: every document and blob has the digest by which it is named. */
async function checkTag(api: RegistryApi, tag: string): Promise<void> {
  const waiting = [{ path: `manifests/${tag}`, digest: undefined as string | undefined }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { bytes } = await api.expect(200, 'GET', `/v2/team/app/${next.path}`)
    if (next.digest !== undefined) assert.equal(digestOf(bytes), next.digest)
    if (next.path.startsWith('blobs/')) continue
    const { manifests = [], config, layers = [] } = JSON.parse(String(bytes))
    for (const { digest } of manifests) waiting.push({ path: `manifests/${digest}`, digest })
    for (const { digest } of config === undefined ? [] : [config, ...layers]) waiting.push({ path: `blobs/${digest}`, digest })
  }
}

async function checkWhole(
  tree: string,
  acknowledged: ReadonlyMap<string, ImageFixture>,
  blobs: ReadonlyMap<string, Buffer>,
): Promise<void> {
  if (!existsSync(join(tree, 'team/app'))) return assert.equal(blobs.size, 0)
  const serving = await startServing([tree, '--writable'])
  try {
    const api = new RegistryApi(serving.origin)
    for (const [tag, { descriptor, blobs: parts }] of acknowledged) {
      const { headers } = await api.expect(200, 'GET', `/v2/team/app/manifests/${tag}`)
      assert.equal(headers.get('docker-content-digest'), descriptor.digest)
      for (const [digest, bytes] of parts)
        assert.ok((await api.expect(200, 'GET', `/v2/team/app/blobs/${digest}`)).bytes.equals(bytes), digest)
    }
    for (const [digest, bytes] of blobs)
      assert.ok((await api.expect(200, 'GET', `/v2/team/app/blobs/${digest}`)).bytes.equals(bytes), digest)
    const { bytes } = await api.expect(200, 'GET', '/v2/team/app/tags/list')
    for (const tag of JSON.parse(String(bytes)).tags) await checkTag(api, tag)
  } finally {
    await serving.kill()
  }
}
