import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { startServing } from '../kit/program/serving.ts'
import { makeCertificates } from '../kit/registry/docker-registry.ts'

const image = imageFixture([layerFixture({ 'etc/passwd': 'root' })])
const LOGIN = { PEEL_SERVE_USER: 'user', PEEL_SERVE_PASSWORD: 'pass:word' }

describe('peel serve beyond loopback', () => {
  peerTest('by TLS, with a login: peel and skopeo push and pull, and no one else does', ['openssl', 'skopeo'], async context => {
    const directory = scratch(context)
    makeCertificates(directory, '127.0.0.1')
    const at = (name: string) => join(directory, name)
    const layout = writeLayout(at('layout'), { it: image })
    const tls = ['--tls-cert', at('server.crt'), '--tls-key', at('server.key')]
    const serving = await startServing([at('served'), '--writable', '--listen', '0.0.0.0:0', '--expose', ...tls], LOGIN)
    context.after(() => serving.stop())
    const { port, protocol } = new URL(serving.origin)
    assert.equal(protocol, 'https:')
    // The address to pull from is the machine's name: no client reaches 0.0.0.0.
    assert.ok(serving.stdout().includes(`  docker push ${hostname()}:${port}/NAME:TAG`), serving.stdout())
    const host = `localhost:${port}`
    const login = (user: string) => {
      writeFileSync(at('auth.json'), JSON.stringify({ auths: { [host]: { auth: Buffer.from(user).toString('base64') } } }))
      return ['--authfile', at('auth.json')]
    }
    const trust = ['--cacert', at('ca.crt')]
    const push = (...options: string[]) => peel(['copy', `oci:${layout}:it`, `docker://${host}/app:1`, ...options])
    assert.match((await push(...login('user:pass:word'))).stderr, /certificate/)
    const refused = await push(...trust, ...login('user:other'))
    assert.equal(refused.status, 3)
    assert.doesNotMatch(refused.stderr, /other/)
    assert.equal((await push(...trust)).status, 3)
    assert.equal((await push(...trust, ...login('user:pass:word'))).stderr, '')
    const pull = (user: string) =>
      run('skopeo', ['inspect', '--raw', '--cert-dir', at('certs/127.0.0.1'), ...login(user), `docker://${host}/app:1`])
    assert.deepEqual(pull('user:pass:word'), image.blobs.get(image.descriptor.digest))
    assert.throws(() => pull('user:other'), /unauthorized|authentication required/)
    assert.doesNotMatch(serving.stderr() + serving.stdout(), /pass:word/)
  })

  test('answers to any name of the machine once it is exposed, but only with the login', async context => {
    const layout = writeLayout(scratch(context), { it: image })
    const args = [layout, '--name', 'app', '--listen', '0.0.0.0:0', '--expose', '--insecure']
    const serving = await startServing(args, LOGIN)
    context.after(() => serving.stop())
    const { port } = new URL(serving.origin)
    const ask = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const options = {
          host: '127.0.0.1',
          port,
          path: '/v2/app/manifests/it',
          headers: { host: 'registry.example', ...headers },
        }
        request(options, answer => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end()
      })
    assert.equal(await ask({}), 401)
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
    assert.equal(await ask({ authorization: basic('user:pass') }), 401)
    assert.equal(await ask({ authorization: basic('user:pass:word') }), 200)
    assert.equal(await ask({ authorization: `Bearer ${Buffer.from('user:pass:word').toString('base64')}` }), 401)
  })
})
