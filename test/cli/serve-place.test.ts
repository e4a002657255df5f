import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { servePlace } from '../../src/cli/interface/serve-place.ts'
import type { ServedRequest } from '../../src/serve/registry-server.ts'
import { asking } from '../../src/session/asking.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'

test('the interface serves a layout on loopback, at another port where 5000 is taken, and hears of every request', async context => {
  const taken = createServer()
  await new Promise<void>(resolve => taken.once('error', () => resolve()).listen(5000, '127.0.0.1', resolve))
  context.after(() => taken.close())
  const layout = writeLayout(join(scratch(context), 'app'), { 1: imageFixture([layerFixture({ a: 'a' })]) })
  const answered = Promise.withResolvers<ServedRequest>()
  const served = await servePlace(asking({ cache: false }), layout, answered.resolve)
  try {
    const { host, hostname, port } = new URL(served.origin)
    assert.equal(hostname, '127.0.0.1')
    assert.notEqual(port, '5000')
    assert.deepEqual(served.names, ['app  1'])
    assert.deepEqual(served.pulls[0], { client: 'docker', command: `docker pull ${host}/app:1` })
    assert.deepEqual(
      served.pulls.map(({ client }) => client),
      ['docker', 'podman', 'skopeo', 'ctr', 'peel'],
    )
    const manifest = await fetch(`${served.origin}/v2/app/manifests/1`)
    const bytes = (await manifest.arrayBuffer()).byteLength
    const { method, path, status, bytes: sent, client } = await answered.promise
    assert.deepEqual([method, path, status, sent, client], ['GET', '/v2/app/manifests/1', 200, bytes, '127.0.0.1'])
  } finally {
    await served.close()
  }
  await assert.rejects(fetch(served.origin))
  for (const elsewhere of ['registry.invalid/x:1', 'demo:', '-'])
    await assert.rejects(
      servePlace(asking(), elsewhere, () => undefined),
      { code: 'SERVE_NOT_LOCAL' },
    )
})
