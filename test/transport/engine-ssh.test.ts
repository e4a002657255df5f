import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { ImageError } from '../../src/error.ts'
import { parseReference } from '../../src/image/reference.ts'
import { engineAddresses } from '../../src/transport/engine/engine-socket.ts'
import { openEngineImage, openEngineImageIfThere } from '../../src/transport/engine/engine-source.ts'
import { imageFixture, layerFixture } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peel } from '../kit/program/peel-command.ts'
import { fakeEngine, savedImage } from '../kit/server/fake-engine.ts'

const image = imageFixture([layerFixture({ 'etc/motd': 'from afar' })])

/** Stands in for ssh: notes how it was called and joins its standard streams with the engine's socket. */
const STAND_IN = `#!${process.execPath}
const { appendFileSync } = require('node:fs')
appendFileSync(process.env.SSH_CALLS, JSON.stringify(process.argv.slice(2)) + '\\n')
if (process.env.SSH_FAILS) {
  console.error('Warning: Permanently added a host.\\n' + process.env.SSH_FAILS)
  process.exit(255)
}
const line = require('node:net').connect(process.env.SSH_ENGINE)
process.stdin.pipe(line)
line.pipe(process.stdout)
line.on('error', () => process.exit(1))
`

async function farEngine(context: TestContext) {
  const engine = await fakeEngine(context, await savedImage(context, image))
  const directory = scratch(context)
  writeFileSync(join(directory, 'ssh'), STAND_IN)
  chmodSync(join(directory, 'ssh'), 0o755)
  const calls = join(directory, 'calls')
  const environment = {
    HOME: directory,
    PATH: `${directory}:${process.env['PATH']}`,
    SSH_CALLS: calls,
    SSH_ENGINE: engine.socket,
  }
  return {
    ...engine,
    environment,
    home: directory,
    called: () =>
      existsSync(calls)
        ? readFileSync(calls, 'utf8')
            .trim()
            .split('\n')
            .map(line => JSON.parse(line))
        : [],
  }
}

const OPTIONS = ['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=30', '-T']

describe('an engine by ssh', () => {
  test('an image is read and one is loaded, by DOCKER_HOST and by a context', async context => {
    const { environment, called, loaded, home } = await farEngine(context)
    const env = { ...environment, DOCKER_HOST: 'ssh://me@far.example:2222' }
    const { stdout, stderr } = await peel(['cat', 'docker-daemon:app:1', 'etc/motd'], { env })
    assert.equal(stdout, 'from afar', stderr)
    assert.deepEqual(called()[0], [...OPTIONS, '-l', 'me', '-p', '2222', '--', 'far.example', 'docker', 'system', 'dial-stdio'])
    const written = await peel(['copy', 'demo:', 'docker-daemon:app:2'], { env })
    assert.equal(written.status, 0, written.stderr)
    assert.ok(loaded[0]?.includes('manifest.json'))
    const meta = join(home, '.docker/contexts/meta', createHash('sha256').update('far').digest('hex'), 'meta.json')
    mkdirSync(dirname(meta), { recursive: true })
    writeFileSync(meta, JSON.stringify({ Name: 'far', Endpoints: { docker: { Host: 'ssh://far' } } }))
    const before = called().length
    const source = await openEngineImage('app:1', { environment: { ...environment, DOCKER_CONTEXT: 'far' } })
    await source.close()
    assert.deepEqual(called()[before], [...OPTIONS, '--', 'far', 'docker', 'system', 'dial-stdio'])
  })

  test('sockets are named as docker and podman do', () => {
    const of = (environment: Record<string, string>) => {
      const [address] = engineAddresses(environment)
      return address !== undefined && 'ssh' in address ? address.ssh.arguments.slice(OPTIONS.length) : undefined
    }
    assert.deepEqual(of({ DOCKER_HOST: 'ssh://h/run/user/7/docker.sock' }), [
      ...['--', 'h', 'docker', '--host', 'unix:///run/user/7/docker.sock', 'system', 'dial-stdio'],
    ])
    assert.deepEqual(of({ CONTAINER_HOST: 'ssh://core@[::1]:22/run/podman/podman.sock' }), [
      ...['-l', 'core', '-p', '22', '-W', '/run/podman/podman.sock', '--', '::1'],
    ])
    assert.deepEqual(of({ CONTAINER_HOST: 'ssh://h' }), ['--', 'h', 'podman', 'system', 'dial-stdio'])
  })

  test('no address becomes an option or a command, and none has a password', () => {
    for (const text of [
      'ssh://-oProxyCommand=id',
      'ssh://-oProxyCommand=id@host',
      'ssh://me@-F/etc',
      'ssh://h;id',
      'ssh://h/$(id)',
      'ssh://h/a b',
      'ssh://h/..;x',
      'ssh://$(id)@h',
      'ssh://',
      'ssh://h?x=1',
      'ssh://a@b@c',
      'ssh://h\n-x',
    ])
      for (const name of ['DOCKER_HOST', 'CONTAINER_HOST'])
        assert.throws(
          () => engineAddresses({ [name]: text }),
          (error: unknown) => error instanceof ImageError && error.code === 'ENGINE_UNSUPPORTED',
          text,
        )
    assert.throws(
      () => engineAddresses({ DOCKER_HOST: 'ssh://me:secret@h' }),
      (error: unknown) =>
        error instanceof ImageError && /passwords do not belong/.test(error.message) && !/secret/.test(error.message),
    )
  })

  test('the words of ssh are said where it fails, and how to try it', async context => {
    const { environment } = await farEngine(context)
    const env = { ...environment, DOCKER_HOST: 'ssh://far', SSH_FAILS: 'me@far: Permission denied (publickey).\u001b[31m' }
    const { status, stderr } = await peel(['inspect', 'docker-daemon:app:1'], { env })
    assert.equal(status, 3)
    assert.match(stderr, /no way to the engine of far by ssh: me@far: Permission denied \(publickey\)\.\\e\[31m\n/)
    assert.match(stderr, /Try it: ssh -- far docker system dial-stdio/)
    const none = await peel(['inspect', 'docker-daemon:app:1'], { env: { ...env, PATH: '/nowhere' } })
    assert.match(none.stderr, /the program ssh is not installed/)
  })

  test('a bare name does not have another machine asked', async context => {
    const { environment, called } = await farEngine(context)
    const found = await openEngineImageIfThere(parseReference('app:1'), {
      environment: { ...environment, DOCKER_HOST: 'ssh://far' },
    })
    assert.equal(found, undefined)
    assert.deepEqual(called(), [])
  })
})
