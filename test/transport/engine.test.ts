import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { ImageError } from '../../src/error.ts'
import { imagesOf } from '../../src/image/choose.ts'
import { listImages } from '../../src/image/list.ts'
import { loadImage } from '../../src/image/load.ts'
import { isBareName, parseLocation } from '../../src/image/location.ts'
import { parseReference } from '../../src/image/reference.ts'
import { copyImage } from '../../src/session/write/copy-image.ts'
import { EngineClient } from '../../src/transport/engine/engine-client.ts'
import { listEngineImages } from '../../src/transport/engine/engine-images.ts'
import { openEngineSink } from '../../src/transport/engine/engine-sink.ts'
import { engineAddresses } from '../../src/transport/engine/engine-socket.ts'
import { openEngineImage, openEngineImageIfThere } from '../../src/transport/engine/engine-source.ts'
import { withSlowEngine } from '../../src/transport/engine/slow-engine.ts'
import type { Environment } from '../../src/transport/http/registry-options.ts'
import { RegistrySource } from '../../src/transport/registry/registry-source.ts'
import { imageFixture, layerFixture, memorySource } from '../kit/image/image-fixture.ts'
import { layerFacts, scratch } from '../kit/image/local-image.ts'
import { peerTest } from '../kit/peer.ts'
import { QUICK } from '../kit/registry/registry-sinks.ts'
import { TestRegistry } from '../kit/registry/test-registry.ts'
import { dockerEngine } from '../kit/server/docker-engine.ts'
import { fakeEngine, savedImage } from '../kit/server/fake-engine.ts'

const image = imageFixture([layerFixture({ 'etc/passwd': 'root' }), layerFixture({ 'etc/.wh.passwd': '' })])
const signal = new AbortController().signal

describe('container engines', () => {
  test('an image is read through its archive', async context => {
    const { environment, asked } = await fakeEngine(context, await savedImage(context, image))
    const source = await openEngineImage('app:1', { environment })
    assert.equal(source.name, 'docker-daemon:app:1')
    const [node] = imagesOf((await listImages(source)).nodes)
    assert.ok(node)
    assert.deepEqual((await loadImage(source, node.descriptor)).layers.length, 2)
    await source.close()
    assert.deepEqual(asked, ['GET /_ping', 'GET /images/app:1/get'])
  })

  test('an image that is not there, and an engine that is not', async context => {
    const { environment } = await fakeEngine(context)
    await assert.rejects(openEngineImage('none', { environment }), (error: unknown) => {
      assert.ok(error instanceof ImageError)
      assert.match(error.message, /No such image: \\e\[31m/)
      return error.code === 'IMAGE_NOT_FOUND'
    })
    const absent = { DOCKER_HOST: `unix://${scratch(context)}/none.sock` }
    for (const open of [
      () => openEngineImage('app', { environment: absent }),
      () => openEngineSink('app:1', { environment: absent }),
    ]) {
      await assert.rejects(open, (error: unknown) => error instanceof ImageError && error.code === 'ENGINE_UNREACHABLE')
    }
  })

  test('an image is loaded when it is whole', async context => {
    const { environment, loaded } = await fakeEngine(context)
    const sink = await openEngineSink('app:1', { environment })
    await copyImage(memorySource(image), image.descriptor, { ...sink, commit: async () => undefined }, undefined, { signal })
    assert.equal(loaded.length, 0)
    await sink.commit(image.descriptor)
    await sink.abort()
    assert.equal(loaded.length, 1)
    assert.ok(loaded[0]?.includes('manifest.json'))
  })

  test('a name the engine has is refused, and taken with force', async context => {
    const { environment, loaded } = await fakeEngine(context, await savedImage(context, image))
    const taken = (error: unknown) => error instanceof ImageError && error.code === 'DESTINATION_EXISTS'
    await assert.rejects(openEngineSink('app:1', { environment }), taken)
    const sink = await openEngineSink('app:1', { environment, force: true })
    await copyImage(memorySource(image), image.descriptor, sink, undefined, { signal })
    await sink.abort()
    assert.equal(loaded.length, 1)
    const other = await openEngineSink('app:2', { environment })
    await other.abort()
  })

  test('where engines are looked for', () => {
    const everywhere = engineAddresses({ HOME: '/home/u', XDG_RUNTIME_DIR: '/run/user/7' }, () => true).map(({ shown }) => shown)
    assert.deepEqual(everywhere.slice(0, 10), [
      '/var/run/docker.sock',
      '/run/user/7/docker.sock',
      '/home/u/.docker/run/docker.sock',
      '/home/u/.docker/desktop/docker.sock',
      '/home/u/.orbstack/run/docker.sock',
      '/home/u/.colima/default/docker.sock',
      '/home/u/.rd/docker.sock',
      '/run/podman/podman.sock',
      '/run/user/7/podman/podman.sock',
      '/home/u/.local/share/containers/podman/machine/podman.sock',
    ])
    assert.deepEqual(engineAddresses({ DOCKER_HOST: 'tcp://127.0.0.1:2375' }), [
      { origin: 'http://127.0.0.1:2375', shown: 'tcp://127.0.0.1:2375' },
    ])
    assert.deepEqual(engineAddresses({ CONTAINER_HOST: 'unix:///x' }), [{ socketPath: '/x', shown: 'unix:///x' }])
    assert.throws(
      () => engineAddresses({ DOCKER_HOST: 'npipe://host' }),
      (error: unknown) => error instanceof ImageError && error.code === 'ENGINE_UNSUPPORTED',
    )
  })

  test('an engine at a host that is spoken to in the wrong way is told as that', async context => {
    const hangsUp = createTcpServer(socket => socket.destroy())
    const closes = createTcpServer(socket => socket.once('data', () => socket.end()))
    const plain = createTcpServer(socket => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const verify = { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: scratch(context) }
    for (const [server, tls, hint, why = /./] of [
      [hangsUp, {}, /set DOCKER_TLS_VERIFY=1/, /hangs up/],
      [closes, {}, /set DOCKER_TLS_VERIFY=1/, /hangs up \(UND_ERR_SOCKET\)/],
      [hangsUp, verify, /unset DOCKER_TLS_VERIFY|client certificate/],
      [plain, verify, /unset DOCKER_TLS_VERIFY/],
    ] as const) {
      if (!server.listening) await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
      context.after(() => server.close())
      const { port } = server.address() as AddressInfo
      const connecting = EngineClient.connect({ HOME: scratch(context), DOCKER_HOST: `tcp://127.0.0.1:${port}`, ...tls })
      await assert.rejects(connecting, (error: unknown) => {
        assert.ok(error instanceof ImageError && error.code === 'ENGINE_UNREACHABLE')
        assert.match(error.hint ?? '', hint)
        assert.match(error.message, why)
        return true
      })
    }
  })

  test('docker’s contexts are followed, and one that is not there is named', context => {
    const home = scratch(context)
    const id = (name: string) => createHash('sha256').update(name).digest('hex')
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(home, '.docker', path)), { recursive: true })
      writeFileSync(join(home, '.docker', path), text)
    }
    const meta = (name: string, docker: object) =>
      write(`contexts/meta/${id(name)}/meta.json`, JSON.stringify({ Name: name, Endpoints: { docker } }))
    meta('colima', { Host: 'unix:///home/u/.colima/docker.sock' })
    meta('far', { Host: 'tcp://far.example:2376', SkipTLSVerify: false })
    for (const name of ['ca', 'cert', 'key']) write(`contexts/tls/${id('far')}/docker/${name}.pem`, `the ${name}`)
    write('config.json', JSON.stringify({ currentContext: 'colima' }))
    const at = (environment: Environment) => engineAddresses({ HOME: home, ...environment }, () => false)
    assert.deepEqual(at({}), [
      { socketPath: '/home/u/.colima/docker.sock', shown: 'unix:///home/u/.colima/docker.sock (context colima)' },
    ])
    assert.deepEqual(at({ DOCKER_CONTEXT: 'far' }), [
      {
        origin: 'https://far.example:2376',
        shown: 'tcp://far.example:2376 (context far)',
        tls: { rejectUnauthorized: true, ca: 'the ca', cert: 'the cert', key: 'the key' },
      },
    ])
    assert.deepEqual(at({ DOCKER_CONTEXT: 'default' }), [], 'the usual sockets, none of which is there')
    assert.deepEqual(at({ DOCKER_CONTEXT: 'far', DOCKER_HOST: 'unix:///x' }), [{ socketPath: '/x', shown: 'unix:///x' }])
    assert.throws(() => at({ DOCKER_CONTEXT: 'gone' }), /the docker context "gone" is not there/)
    write('ca.pem', 'another ca')
    assert.deepEqual(at({ DOCKER_HOST: 'tcp://h:2376', DOCKER_TLS_VERIFY: '1' }), [
      { origin: 'https://h:2376', shown: 'tcp://h:2376', tls: { rejectUnauthorized: true, ca: 'another ca' } },
    ])
    const machine = join(home, '.local/share/containers/podman/machine/qemu/podman.sock')
    mkdirSync(dirname(machine), { recursive: true })
    write('config.json', '{}')
    assert.deepEqual(
      engineAddresses({ HOME: home }, path => path === machine),
      [{ socketPath: machine, shown: machine }],
    )
  })

  test('an engine that has exactly a name is read before a registry; one that has not, or hangs, is not waited for', async context => {
    const saved = await savedImage(context, image)
    const answers: Record<string, string> = {
      '/images/app:1/json': '{"RepoTags":["app:1","other:2"]}',
      '/images/other:1/json': '{"RepoTags":["app:1"]}',
    }
    const server = createServer((request, response) => {
      if (request.url === '/_ping') return response.end('OK')
      if (request.url === '/images/slow:1/json') return undefined
      if (request.url === '/images/app:1/get') return response.end(readFileSync(saved))
      const answer = answers[request.url ?? '']
      return response.writeHead(answer === undefined ? 404 : 200).end(answer ?? '{"message":"No such image"}')
    })
    const socket = join(scratch(context), 'engine.sock')
    await new Promise<void>(resolve => server.listen(socket, resolve))
    context.after(() => {
      server.closeAllConnections()
      server.close()
    })
    const environment = { DOCKER_HOST: `unix://${socket}` }
    const ask = (name: string, at: Environment = environment) => openEngineImageIfThere(parseReference(name), { environment: at })
    // A busy machine may take longer than an engine is given.
    const timeout = AbortSignal.timeout
    let given = 60_000
    const waits = context.mock.method(AbortSignal, 'timeout', () => timeout.call(AbortSignal, given))
    const source = await ask('app:1')
    assert.equal(source?.name, 'docker-daemon:app:1')
    await source?.close()
    for (const name of ['other:1', 'none:1', `app:1@sha256:${'0'.repeat(64)}`]) assert.equal(await ask(name), undefined, name)
    given = 100
    assert.equal(await ask('slow:1'), undefined)
    given = 60_000
    assert.ok(
      waits.mock.calls.every(({ arguments: [milliseconds] }) => milliseconds === 200),
      'it must not be felt',
    )
    assert.equal(await ask('app:1', { DOCKER_HOST: `unix://${socket}.gone` }), undefined)
    assert.equal(await ask('app:1', { DOCKER_HOST: 'ssh://far' }), undefined)
    const late: string[] = []
    for (const name of ['none:1', 'slow:1']) {
      given = name === 'slow:1' ? 100 : 60_000
      await openEngineImageIfThere(parseReference(name), { environment, onSlow: () => void late.push(name) })
    }
    assert.deepEqual(late, ['slow:1'])
    assert.equal(isBareName(parseLocation('app:1', () => false)), true)
    assert.equal(isBareName(parseLocation('docker://app:1', () => false)), false)
  })

  test('an engine that is silent is given up with a sentence', async context => {
    const socket = join(scratch(context), 'engine.sock')
    const server = createServer(() => undefined)
    await new Promise<void>(resolve => server.listen(socket, resolve))
    context.after(() => server.close().closeAllConnections())
    await assert.rejects(EngineClient.connect({ DOCKER_HOST: `unix://${socket}` }, undefined, true, 300), {
      code: 'ENGINE_UNREACHABLE',
      message: `Cannot reach a container engine: unix://${socket} does not answer within 1 second`,
    })
  })

  test('a name that an engine was too slow to be asked for says so, whether the registry has it or not', async context => {
    const registry = await TestRegistry.start()
    context.after(() => registry.close())
    registry.store.add('app', '1', image)
    const late = (tag: string) =>
      withSlowEngine(new RegistrySource({ host: registry.host, path: 'app', tag }, QUICK), `app:${tag}`, 200)
    const there = late('1')
    context.after(() => there.close())
    assert.equal((await there.roots()).length, 1)
    assert.deepEqual(
      there.diagnostics?.map(({ message }) => message),
      [
        'The container engine did not answer within 0.2 seconds: "app:1" was read from its registry; docker-daemon:app:1 waits for the engine',
      ],
    )
    const none = late('2')
    context.after(() => none.close())
    await assert.rejects(none.roots(), (error: unknown) => {
      assert.ok(error instanceof ImageError && error.code === 'MANIFEST_UNKNOWN')
      return /did not answer within 0\.2 seconds: if it has the image, write docker-daemon:app:2\.$/.test(error.hint ?? '')
    })
  })

  peerTest(
    'docker: list, load and read over its socket',
    ['docker', 'dockerd'],
    async context => {
      const directory = mkdtempSync(join(tmpdir(), 'peel-engine-'))
      const docker = await dockerEngine(context, directory)
      context.after(() => rmSync(directory, { recursive: true, force: true }))
      await roundTrip({ DOCKER_HOST: `unix://${join(directory, 'sock')}` }, 'app:1')
      assert.match(docker('images', '--format', '{{.Repository}}:{{.Tag}}'), /^app:1$/m)
    },
    { root: true },
  )

  peerTest('podman: list, load and read over its socket', ['podman'], async context => {
    const directory = mkdtempSync(join(tmpdir(), 'peel-engine-'))
    const socket = join(directory, 'podman.sock')
    const store = ['--root', join(directory, 'root'), '--runroot', join(directory, 'run'), '--storage-driver', 'vfs']
    const podman = spawn('podman', [...store, 'system', 'service', '--time=0', `unix://${socket}`], { stdio: 'ignore' })
    const ended = new Promise(resolve => podman.once('exit', resolve))
    context.after(async () => {
      podman.kill('SIGKILL')
      await ended
      rmSync(directory, { recursive: true, force: true })
    })
    for (let waited = 0; !existsSync(socket) && waited < 1200; waited++) await delay(50)
    // Rootless podman's own variable does as well; short names are podman's localhost/.
    await roundTrip({ CONTAINER_HOST: `unix://${socket}` }, 'localhost/app:1')
    const short = await openEngineImage('app:1', { environment: { DOCKER_HOST: `unix://${socket}` } })
    assert.equal(imagesOf((await listImages(short)).nodes).length, 1)
    await short.close()
  })
})

/** An empty engine is given an image, lists it under its name and gives it back with the same layers. */
async function roundTrip(environment: Environment, listed: string): Promise<void> {
  assert.deepEqual(await listEngineImages(environment, signal), [])
  const sink = await openEngineSink('app:1', { environment })
  await copyImage(memorySource(image), image.descriptor, sink, undefined, { signal })
  await sink.abort()
  const names = await listEngineImages(environment, signal)
  assert.deepEqual(
    names.map(({ name, created }) => [name, created.slice(0, 10)]),
    [[listed, '2024-01-02']],
  )
  const source = await openEngineImage('app:1', { environment })
  const [node] = imagesOf((await listImages(source)).nodes)
  assert.ok(node)
  const loaded = await loadImage(source, node.descriptor)
  const original = await loadImage(memorySource(image), image.descriptor)
  assert.deepEqual(
    loaded.layers.map(({ diffID }) => diffID),
    original.layers.map(({ diffID }) => diffID),
  )
  for (const { blob, diffID } of loaded.layers) assert.equal((await layerFacts(source, blob)).diffID, diffID)
  await source.close()
  const part = await openEngineImage('app:1', { environment, platform: { os: 'linux', architecture: 'amd64' } })
  assert.equal(imagesOf((await listImages(part)).nodes).length, 1, 'engines of any API')
  await part.close()
  await assert.rejects(openEngineImage('none:1', { environment }), (error: unknown) => {
    assert.ok(error instanceof ImageError)
    assert.match(error.message, /none:1/)
    return error.code === 'IMAGE_NOT_FOUND' && error.hint !== undefined
  })
}
