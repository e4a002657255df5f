import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, afterEach, beforeEach, describe, test } from 'node:test'
import { ImageError } from '../../../src/error.ts'
import { bearerAuthorization } from '../../../src/transport/http/bearer.ts'
import type { Environment } from '../../../src/transport/http/registry-options.ts'
import { askHelper } from '../../../src/transport/registry/auth/credential-helper.ts'
import { findCredentials } from '../../../src/transport/registry/auth/find-credentials.ts'
import { safeRealm } from '../../../src/transport/registry/auth/realm.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { noise } from '../../kit/noise.ts'
import { TestRegistry, type TestRegistryOptions } from '../../kit/registry/test-registry.ts'
import { startTokenService, type TokenService, type TokenServiceOptions } from '../../kit/registry/token-service.ts'

const home = mkdtempSync(join(tmpdir(), 'peel-auth-'))
/** A layer that is no small blob: those are collected before anything of them is handed out. */
const image = imageFixture([layerFixture([{ name: 'a', content: noise(200_000) }])])
const base64 = (text: string) => Buffer.from(text).toString('base64')
const isError = (code: string) => (error: unknown) => error instanceof ImageError && error.code === code

after(() => rmSync(home, { recursive: true }))

describe('logging in', () => {
  let registry: TestRegistry
  let tokens: TokenService | undefined
  let sources: RegistrySource[] = []

  afterEach(async () => {
    await Promise.all([...sources.map(source => source.close()), registry.close(), tokens?.close()])
    sources = []
    tokens = undefined
  })

  async function start(options: TestRegistryOptions & { service?: TokenServiceOptions }) {
    const { service, ...rest } = options
    if (service !== undefined) tokens = await startTokenService(service)
    registry = await TestRegistry.start({ ...rest, ...(tokens !== undefined && { tokens }) })
    registry.store.add('team/app', '1', image)
    registry.store.add('public/app', '1', image)
  }

  function open(path: string, entry?: object) {
    const environment = {
      HOME: home,
      ...(entry && { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [registry.host]: entry } }) }),
    }
    const source = new RegistrySource({ host: registry.host, path, tag: '1' }, { environment, retry: { base: 1 } })
    sources.push(source)
    return source
  }
  const basic = { auth: base64('user:pass') }

  test('anonymous, where nothing is asked', async () => {
    await start({})
    await open('team/app', basic).roots()
    assert.equal(registry.seen[0]?.headers.authorization, undefined)
  })

  test('basic, after it was asked for', async () => {
    await start({ basic: 'user:pass' })
    await open('team/app', basic).roots()
    assert.deepEqual(
      registry.seen.map(({ status }) => status),
      [401, 200],
    )
    await assert.rejects(open('team/app').roots(), isError('UNAUTHORIZED'))
  })

  test('a password that is refused is named by its file and shown nowhere', async () => {
    await start({ basic: 'user:pass' })
    registry.always(/./, {
      type: 'status',
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="x"' },
      body: JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: `bad hunter22 ${base64('user:hunter22')}` }] }),
    })
    await assert.rejects(open('team/app', { auth: base64('user:hunter22') }).roots(), (error: ImageError) => {
      assert.match(error.hint ?? '', /DOCKER_AUTH_CONFIG/)
      assert.doesNotMatch(`${error.message} ${error.hint} ${error.stack}`, /hunter22|dXNlcjpodW50ZXIyMg/)
      return error.code === 'UNAUTHORIZED'
    })
  })

  test('an anonymous token for what is public', async () => {
    await start({ service: {} })
    const source = open('public/app')
    await source.roots()
    assert.deepEqual(
      tokens?.asked.map(({ user, scopes }) => [user, scopes]),
      [['', ['repository:public/app:pull']]],
    )
    await assert.rejects(open('team/app').roots(), isError('UNAUTHORIZED'))
  })

  test('a token for a password, kept for all that follows', async () => {
    await start({ service: { field: 'access_token' }, scheme: 'bEARER' })
    const source = open('team/app', basic)
    const [root] = await source.roots()
    assert.equal(root?.digest, image.descriptor.digest)
    for await (const _ of source.fetchUnverified(image.layers[0] ?? image.descriptor));
    assert.deepEqual(
      registry.seen.map(({ status }) => status),
      [401, 200, 200],
    )
    assert.equal(tokens?.asked.length, 1)
  })

  test('an identity token by the form, by GET where the form is unknown', async () => {
    for (const withoutOAuth of [undefined, 404, 405]) {
      await start({ service: withoutOAuth === undefined ? {} : { withoutOAuth } })
      await open('team/app', { identitytoken: 'IDENTITY' }).roots()
      assert.equal(tokens?.asked[0]?.method, 'POST')
      assert.equal(tokens?.asked.length, withoutOAuth === undefined ? 1 : 2)
      await Promise.all([registry.close(), tokens?.close()])
    }
    await start({})
  })

  test('an expired token is renewed once; one that grants nothing ends in a refusal', async () => {
    await start({ service: { expiresIn: 0 } })
    const source = open('team/app', basic)
    tokens?.grants.clear()
    await assert.rejects(source.roots(), isError('UNAUTHORIZED'))
    assert.equal(tokens?.asked.length, 1)
    await Promise.all([registry.close(), tokens?.close()])
    await start({ service: {} })
    const renewed = open('team/app', basic)
    await renewed.roots()
    tokens?.grants.clear()
    for await (const _ of renewed.fetchUnverified(image.layers[0] ?? image.descriptor));
    assert.equal(tokens?.asked.length, 2)
    await Promise.all([registry.close(), tokens?.close()])
    await start({ service: { grantNothing: true } })
    await assert.rejects(open('team/app', basic).roots(), isError('UNAUTHORIZED'))
    assert.equal(tokens?.asked.length, 1)
  })

  test('a token that ends while a layer comes in is renewed, and the layer goes on where it was', async () => {
    await start({ service: {} })
    const layer = image.layers[0] ?? image.descriptor
    const source = open('team/app', basic)
    await source.roots()
    registry.once(/blobs/, { type: 'cut', after: 40 })
    const chunks: Uint8Array[] = []
    for await (const chunk of source.fetchUnverified(layer)) {
      if (chunks.push(chunk) === 1) tokens?.grants.clear()
    }
    assert.deepEqual(Buffer.concat(chunks), image.blobs.get(layer.digest))
    const asked = registry.seen.filter(({ path }) => path.includes('/blobs/'))
    assert.deepEqual(
      asked.map(({ status, headers }) => [status, headers.range]),
      [
        [200, undefined],
        [401, 'bytes=40-'],
        [200, 'bytes=40-'],
      ],
    )
    assert.equal(tokens?.asked.length, 2)
  })

  test('a busy token service is waited for as long as it asks, and hours are not', async () => {
    const date = new Date(Date.now() + 500).toUTCString()
    await start({ service: { first: [{ status: 503 }, { status: 429, headers: { 'retry-after': date } }] } })
    await open('team/app', basic).roots()
    await Promise.all([registry.close(), tokens?.close()])
    await start({ service: { first: [{ status: 429, headers: { 'retry-after': '7200' } }] } })
    await assert.rejects(open('team/app', basic).roots(), isError('RATE_LIMITED'))
  })

  test('a token service that redirects nowhere is refused in words', async () => {
    for (const location of ['http://[bad', 'ftp://x/', 'http://10.0.0.1/token']) {
      await start({ service: { first: [{ status: 302, headers: { location } }] } })
      await assert.rejects(open('team/app', basic).roots(), isError('REALM_UNSAFE'))
      await Promise.all([registry.close(), tokens?.close()])
    }
    await start({})
  })

  test('many requests at once share one token', async () => {
    await start({ service: {} })
    const source = open('team/app', basic)
    await Promise.all(
      [1, 2, 3, 4].map(async () => {
        for await (const _ of source.fetchUnverified(image.layers[0] ?? image.descriptor));
      }),
    )
    assert.equal(tokens?.asked.length, 1)
  })

  test('a registry that challenges only on its ping', async () => {
    await start({ service: {}, challengeOnlyOnPing: true })
    await open('team/app', basic).roots()
    assert.deepEqual(registry.log, ['GET /v2/team/app/manifests/1', 'GET /v2/', 'GET /v2/team/app/manifests/1'])
  })

  test('a wrong password at the token service says whose it was', async () => {
    await start({ service: {} })
    await assert.rejects(open('team/app', { auth: base64('user:wrong') }).roots(), isError('CREDENTIALS_REFUSED'))
  })

  test('a registry token is sent as it is', async () => {
    await start({ service: {} })
    tokens?.grants.set('READY', { scopes: ['repository:team/app:pull'], user: 'user', expires: Date.now() + 60_000 })
    await open('team/app', { registrytoken: 'READY' }).roots()
    assert.equal(registry.seen.at(-1)?.headers.authorization, 'Bearer READY')
    assert.equal(tokens?.asked.length, 0)
  })

  test('a token that no header can hold is told with the place that it is from, never with itself', async () => {
    await start({ service: {} })
    const cases: readonly (readonly [string, RegExp])[] = [
      ['SECRET\n', /has a line break in it/],
      ['SEC\rRET', /has a line break in it/],
      ['SEC\0RET', /has a control character in it/],
      ['SEC\u00e4RET', /is not ASCII/],
      ['SECRET\u{1f511}', /is not ASCII/],
      [' ', /is empty/],
    ]
    for (const [token, words] of cases) {
      await assert.rejects(open('team/app', { registrytoken: token }).roots(), (error: unknown) => {
        assert.ok(error instanceof ImageError && error.code === 'CREDENTIALS_UNREADABLE', String(error))
        assert.match(error.message, words)
        assert.match(error.message, /the token from DOCKER_AUTH_CONFIG/)
        assert.doesNotMatch(`${error.message}${error.hint}${error.stack}`, /SEC/)
        return true
      })
      assert.throws(() => bearerAuthorization(token, '/etc/auth.json'), words)
    }
    assert.equal(bearerAuthorization('a b.c~', 'x'), 'Bearer a b.c~')
  })
})

describe('the realm of a challenge', () => {
  const from =
    (registry: string, realm: string, credentials = true) =>
    () =>
      safeRealm(realm, new URL(registry), credentials)

  test('is followed where it is safe', () => {
    assert.equal(from('https://r.example', 'https://auth.example/token?a=b')().href, 'https://auth.example/token?a=b')
    assert.equal(from('http://127.0.0.1:5002', 'http://127.0.0.1:5003/token')().port, '5003')
    assert.equal(from('http://localhost:5002', 'http://127.0.0.1:5003/token')().port, '5003')
    assert.equal(from('https://10.0.0.5', 'https://10.0.0.5/token')().hostname, '10.0.0.5')
    assert.equal(from('http://r.example', 'http://auth.example/token', false)().hostname, 'auth.example')
  })

  test('is refused where it is not', () => {
    for (const [registry, realm] of [
      ['https://r.example', 'http://r.example/token'],
      ['https://r.example', 'https://169.254.169.254/latest'],
      ['https://r.example', 'https://127.0.0.1/token'],
      ['https://r.example', 'https://2130706433/token'],
      ['https://r.example', 'https://[::1]/token'],
      ['https://r.example', 'https://[::ffff:10.0.0.1]/token'],
      ['https://r.example', 'https://10.1.2.3/token'],
      ['https://10.0.0.5', 'https://10.0.0.6/token'],
      ['http://r.example', 'http://other.example/token'],
      ['https://r.example', 'ftp://auth.example/token'],
      ['https://r.example', 'https://user:pw@auth.example/token'],
      ['https://r.example', ''],
    ] as const) {
      if (realm === '') continue
      assert.throws(from(registry, realm), isError('REALM_UNSAFE'), realm)
    }
  })
})

describe('where credentials are found', () => {
  const folder = (name: string) => {
    const path = join(home, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  const write = (path: string, value: unknown) => {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
    return path
  }
  const find = (host: string, path: string, environment: Environment, authFile?: string) =>
    findCredentials({ host, path }, { environment, ...(authFile !== undefined && { authFile }) })
  const userOf = async (...args: Parameters<typeof find>) => {
    const { credentials } = await find(...args)
    return credentials?.type === 'basic' ? `${credentials.username}:${credentials.password}` : credentials?.type
  }
  const entry = (text: string) => ({ auth: base64(text) })
  let HOME = ''
  beforeEach(() => {
    HOME = mkdtempSync(join(home, 'home-'))
  })

  test('the order of the files', async () => {
    const XDG_RUNTIME_DIR = folder('run')
    write(join(HOME, '.dockercfg'), { 'r.example': entry('legacy:1') })
    assert.equal(await userOf('r.example', 'a', { HOME }), 'legacy:1')
    write(join(HOME, '.docker/config.json'), { auths: { 'https://r.example/v1/': entry('docker:1') } })
    assert.equal(await userOf('r.example', 'a', { HOME }), 'docker:1')
    write(join(HOME, 'other/config.json'), { auths: { 'r.example': entry('moved:1') } })
    assert.equal(await userOf('r.example', 'a', { HOME, DOCKER_CONFIG: join(HOME, 'other') }), 'moved:1')
    write(join(HOME, '.config/containers/auth.json'), { auths: { 'r.example': entry('config:1') } })
    assert.equal(await userOf('r.example', 'a', { HOME }), 'config:1')
    write(join(XDG_RUNTIME_DIR, 'containers/auth.json'), { auths: { 'r.example': entry('runtime:1') } })
    assert.equal(await userOf('r.example', 'a', { HOME, XDG_RUNTIME_DIR }), 'runtime:1')
    const DOCKER_AUTH_CONFIG = JSON.stringify({ auths: { 'r.example': entry('inline:1') } })
    assert.equal(await userOf('r.example', 'a', { HOME, XDG_RUNTIME_DIR, DOCKER_AUTH_CONFIG }), 'inline:1')
    const chosen = write(join(HOME, 'chosen.json'), { auths: { 'r.example': entry('chosen:1') } })
    assert.equal(await userOf('r.example', 'a', { HOME, DOCKER_AUTH_CONFIG, REGISTRY_AUTH_FILE: chosen }), 'chosen:1')
    assert.equal(await userOf('elsewhere.example', 'a', { HOME, DOCKER_AUTH_CONFIG }, chosen), undefined)
  })

  test('the longest namespace wins, and docker.io has many names', async () => {
    const file = write(join(HOME, 'auth.json'), {
      auths: {
        'r.example:5000': entry('host:1'),
        'r.example:5000/team': entry('team:1'),
        'r.example:5000/team/app': entry('app:1'),
        'https://index.docker.io/v1/': entry('hub:1'),
      },
    })
    assert.equal(await userOf('r.example:5000', 'team/app', {}, file), 'app:1')
    assert.equal(await userOf('r.example:5000', 'team/other', {}, file), 'team:1')
    assert.equal(await userOf('r.example:5000', 'else', {}, file), 'host:1')
    assert.equal(await userOf('r.example', 'team/app', {}, file), undefined)
    assert.equal(await userOf('docker.io', 'library/nginx', {}, file), 'hub:1')
  })

  test('passwords with colons and padding, tokens, and entries that are only marks', async () => {
    const file = write(join(HOME, 'auth.json'), {
      auths: {
        a: { auth: Buffer.from('u:p:w\0\0').toString('base64') },
        b: { identitytoken: 'id', auth: base64('u:') },
        c: { registrytoken: 'reg' },
        d: {},
        e: { username: 'u', password: 'p' },
      },
    })
    assert.equal(await userOf('a', '', {}, file), 'u:p:w')
    assert.equal(await userOf('b', '', {}, file), 'identity')
    assert.equal(await userOf('c', '', {}, file), 'registry-token')
    assert.equal(await userOf('d', '', {}, file), undefined)
    assert.equal(await userOf('e', '', {}, file), 'u:p')
  })

  test('helpers: for the host, then the store, then what is written; their failures are told', async () => {
    const bin = folder('bin')
    const helper = (name: string, script: string) => {
      writeFileSync(join(bin, `docker-credential-${name}`), `#!/bin/sh\nread server\n${script}\n`)
      chmodSync(join(bin, `docker-credential-${name}`), 0o755)
    }
    helper('good', `printf '{"ServerURL":"%s","Username":"helper","Secret":"%s"}' "$server" "$server"`)
    helper('token', `echo '{"Username":"<token>","Secret":"identity"}'`)
    helper('none', 'echo "credentials not found in native keychain"; exit 1')
    helper('broken', 'echo "secret words"; exit 3')
    const PATH = `${bin}${delimiter}${process.env['PATH']}`
    const file = write(join(HOME, 'config.json'), {
      auths: { 'b.example': {}, 'c.example': entry('written:1'), 'd.example': entry('written:2') },
      credHelpers: {
        'a.example': 'token',
        'c.example': 'none',
        'd.example': 'broken',
        'e.example': 'absent',
        'f.example': '../evil',
      },
      credsStore: 'good',
    })
    assert.equal(await userOf('a.example', '', { PATH }, file), 'identity')
    assert.equal(await userOf('b.example', '', { PATH }, file), 'helper:b.example')
    assert.equal(await userOf('docker.io', '', { PATH }, file), 'helper:https://index.docker.io/v1/')
    const onlyHelpers = write(join(HOME, 'helpers.json'), {
      auths: { 'c.example': entry('written:1') },
      credHelpers: { 'c.example': 'none', 'd.example': 'broken', 'e.example': 'absent', 'f.example': '../evil' },
    })
    assert.equal(await userOf('c.example', '', { PATH }, onlyHelpers), 'written:1')
    // A helper without a name is none.
    const unnamed = write(join(HOME, 'unnamed.json'), {
      auths: { 'g.example': entry('written:3') },
      credHelpers: { 'g.example': '' },
      credsStore: '',
    })
    const { credentials: own, problems: none } = await find('g.example', '', { PATH }, unnamed)
    assert.notEqual(own, undefined)
    assert.deepEqual(none, [])
    for (const [host, problem] of [
      ['d', /failed with status 3/],
      ['e', /is not installed/],
      ['f', /not a program name/],
    ] as const) {
      const { credentials, problems } = await find(`${host}.example`, '', { PATH }, onlyHelpers)
      assert.equal(credentials, undefined)
      assert.match(problems.join(), problem)
      assert.doesNotMatch(problems.join(), /secret words/)
    }
  })

  test('a helper that hangs is given up, with whatever it started', async () => {
    const bin = folder('bin')
    // The shell is ended; what it waits for keeps its end of the pipe.
    writeFileSync(join(bin, 'docker-credential-hangs'), '#!/bin/sh\nsleep 30 & wait\n', { mode: 0o755 })
    const { problem } = await askHelper('hangs', 'r.example', { PATH: `${bin}${delimiter}${process.env['PATH']}` }, 200)
    assert.match(problem ?? '', /did not answer within 0\.2 seconds/)
  })

  test('a broken file is a problem to mention, one asked for by name an error, and neither quotes it', async () => {
    write(join(HOME, '.docker/config.json'), '{"auths": hunter2')
    const { problems } = await find('r.example', '', { HOME })
    assert.match(problems.join(), /config\.json is not JSON/)
    await assert.rejects(find('r.example', '', {}, join(HOME, '.docker/config.json')), (error: ImageError) => {
      assert.doesNotMatch(`${error.message}${error.hint}`, /hunter2/)
      return error.code === 'CREDENTIALS_UNREADABLE'
    })
    await assert.rejects(find('r.example', '', {}, join(HOME, 'absent.json')), isError('CREDENTIALS_UNREADABLE'))
  })
})
