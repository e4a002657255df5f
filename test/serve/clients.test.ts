import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext } from 'node:test'
import { temporaryDirectory } from '../../src/transport/temporary-directory.ts'
import { dockerArchive } from '../kit/image/archive-fixture.ts'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { noise } from '../kit/noise.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { startServing } from '../kit/program/serving.ts'
import { RegistryApi } from '../kit/registry/registry-api.ts'
import { dockerEngine } from '../kit/server/docker-engine.ts'

const image = imageFixture([
  layerFixture({ 'etc/': '', 'etc/passwd': 'root' }),
  layerFixture({ 'data/': '', 'data/noise': noise(300_000).toString('base64') }),
])

/**
 * A registry on a directory, and an image in a layout and in a docker-archive. Hooks run in the order they were added: the directory
 * goes after all that uses it.
 */
async function scene(context: TestContext) {
  const directory = mkdtempSync(join(temporaryDirectory(), 'peel-clients-'))
  const [served, archive] = [join(directory, 'served'), join(directory, 'image.tar')]
  // A process of its own: clients are waited for in this one.
  const serving = await startServing([served, '--writable', '--allow-delete'])
  context.after(() => serving.stop())
  const api = new RegistryApi(serving.origin)
  const layout = writeLayout(join(directory, 'layout'), { it: image })
  writeFileSync(archive, dockerArchive({ 'local/app:1': image }))
  const host = new URL(api.origin).host
  return {
    directory,
    layout,
    archive,
    api,
    host,
    remove: () => context.after(() => rmSync(directory, { recursive: true, force: true })),
  }
}

/** A pushed image is whole, and its layers have the content of the image. */
async function checkPushed(api: RegistryApi, name: string, tag: string): Promise<void> {
  const target = `${new URL(api.origin).host}/${name}:${tag}`
  const { status, stderr } = await peel(['verify', target, '--no-cache'])
  assert.equal(status, 0, stderr)
  const { stdout } = await peel(['cat', target, 'data/noise', '--no-cache'])
  assert.equal(stdout, noise(300_000).toString('base64'))
}

describe('clients push to peel serve --writable and pull from it', () => {
  peerTest('skopeo', ['skopeo'], async context => {
    const { directory, layout, api, host, remove } = await scene(context)
    remove()
    const to = ['copy', '--dest-tls-verify=false', '--preserve-digests']
    run('skopeo', [...to, `oci:${layout}:it`, `docker://${host}/skopeo/app:1`])
    // Mounted from the first repository or sent again, it is the same image.
    run('skopeo', [...to, '--src-tls-verify=false', `docker://${host}/skopeo/app:1`, `docker://${host}/skopeo/other:2`])
    for (const name of ['app:1', 'other:2']) {
      const out = join(directory, name.replace(':', '-'))
      mkdirSync(out)
      run('skopeo', ['copy', '--src-tls-verify=false', '--preserve-digests', `docker://${host}/skopeo/${name}`, `oci:${out}:x`])
      for (const [digest, bytes] of image.blobs) assert.deepEqual(readFileSync(join(out, 'blobs', ...digest.split(':'))), bytes)
    }
    run('skopeo', ['delete', '--tls-verify=false', `docker://${host}/skopeo/app:1`])
    await api.expect(404, 'GET', '/v2/skopeo/app/manifests/1')
    await checkPushed(api, 'skopeo/other', '2')
  })

  peerTest(
    'podman and buildah',
    ['podman', 'buildah'],
    async context => {
      const { directory, archive, api, host, remove } = await scene(context)
      remove()
      const places = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs']
      const podman = (...args: string[]) => run('podman', [...places, ...args]).toString()
      const buildah = (...args: string[]) => run('buildah', [...places, ...args]).toString()
      podman('load', '-q', '-i', archive)
      podman('push', '-q', '--tls-verify=false', 'local/app:1', `${host}/podman/app:1`)
      await checkPushed(api, 'podman/app', '1')
      buildah('push', '-q', '--tls-verify=false', 'local/app:1', `docker://${host}/buildah/app:1`)
      await checkPushed(api, 'buildah/app', '1')
      podman('rmi', '-a', '-f')
      for (const name of ['podman', 'buildah']) {
        const pulled = name === 'podman' ? podman : buildah
        pulled('pull', '-q', '--tls-verify=false', `${host}/${name}/app:1`)
        const container = buildah('from', '--pull-never', `${host}/${name}/app:1`).trim()
        const tree = buildah('mount', container).trim()
        assert.equal(readFileSync(join(tree, 'etc/passwd'), 'utf8'), 'root')
        buildah('rm', container)
        podman('rmi', '-a', '-f')
      }
    },
    { root: true },
  )

  peerTest(
    'docker',
    ['docker', 'dockerd'],
    async context => {
      const { directory, archive, api, host, remove } = await scene(context)
      const docker = await dockerEngine(context, join(directory, 'engine'))
      remove()
      docker('load', '-i', archive)
      docker('tag', 'local/app:1', `${host}/docker/app:1`)
      docker('push', `${host}/docker/app:1`)
      // A push of the same layers to another repository mounts them.
      docker('tag', 'local/app:1', `${host}/docker/other:1`)
      docker('push', `${host}/docker/other:1`)
      await checkPushed(api, 'docker/app', '1')
      await checkPushed(api, 'docker/other', '1')
      docker('rmi', '-f', `${host}/docker/app:1`, `${host}/docker/other:1`, 'local/app:1')
      docker('pull', `${host}/docker/other:1`)
      const saved = join(directory, 'saved.tar')
      docker('save', '-o', saved, `${host}/docker/other:1`)
      assert.equal((await peel(['cat', saved, 'etc/passwd'])).stdout, 'root')
    },
    { root: true },
  )
})
