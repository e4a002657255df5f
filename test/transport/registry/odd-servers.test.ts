import assert from 'node:assert/strict'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { parseDigest } from '../../../src/blob/digest.ts'
import { readCommonOptions } from '../../../src/cli/run/options.ts'
import { ImageError } from '../../../src/error.ts'
import { registryOptions } from '../../../src/session/remote.ts'
import { AnswerClock } from '../../../src/transport/http/answer-clock.ts'
import { joinScopes } from '../../../src/transport/registry/auth/scope.ts'
import { RegistryClient } from '../../../src/transport/registry/client.ts'
import { nearestNames } from '../../../src/transport/registry/near-names.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { listRepositories, listTags } from '../../../src/transport/registry/tags.ts'
import { imageFixture, indexFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { QUICK } from '../../kit/registry/registry-sinks.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

const image = imageFixture([layerFixture({ a: 'a' })])
const isError = (code: string) => (error: unknown) => error instanceof ImageError && error.code === code

/** A server of the test's own making, by its host. */
async function serve(context: TestContext, listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const manifest = image.blobs.get(image.descriptor.digest) ?? Buffer.alloc(0)
const sourceAt = (host: string, timeouts = {}) => new RegistrySource({ host, path: 'team/app', tag: '1' }, { ...QUICK, timeouts })

async function outcome(source: RegistrySource): Promise<ImageError | undefined> {
  try {
    await source.roots()
    return undefined
  } catch (thrown) {
    assert.ok(thrown instanceof ImageError, String(thrown))
    return thrown
  } finally {
    await source.close()
  }
}

test('headers that come byte by byte are not waited for without end', async context => {
  const server = createTcpServer(socket => {
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 200 OK\r\nx: ')
    const drip = setInterval(() => socket.write('y'), 5)
    socket.on('close', () => clearInterval(drip))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => server.close())
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const source = new RegistrySource(
    { host, path: 'team/app', tag: '1' },
    { environment: {}, retry: { tries: 1, base: 1 }, timeouts: { connect: 4000, headers: 4000 } },
  )
  const error = await outcome(source)
  assert.equal(error?.code, 'REGISTRY_SILENT')
  assert.match(error?.message ?? '', /too slowly/)
})

test('a scope that is not TYPE:NAME:ACTIONS goes back as it came, beside peel’s own', async context => {
  assert.deepEqual(joinScopes(['aws', 'repository:a/b:pull', '*', 'repository:a/b:push', 'aws', 'x:y']), [
    'aws',
    'repository:a/b:pull,push',
    '*',
    'x:y',
  ])
  for (const scope of ['aws', '*', 'x:y', 'repository:h:5000/a:pull']) {
    let asked: readonly string[] = []
    const host = await serve(context, (request, response) => {
      const url = new URL(request.url ?? '', 'http://x')
      if (url.pathname === '/token') {
        asked = url.searchParams.getAll('scope')
        const right = asked.includes(scope)
        return response.writeHead(right ? 200 : 401).end(right ? '{"token":"T"}' : '')
      }
      if (request.headers.authorization === 'Bearer T') return response.end(manifest)
      const realm = `http://${request.headers.host}/token`
      return response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="s",scope="${scope}"` }).end()
    })
    assert.equal(await outcome(sourceAt(host)), undefined, scope)
    assert.deepEqual(asked, [scope, 'repository:team/app:pull'])
  }
})

for (const [status, code] of [
  [400, 'REGISTRY_REFUSED'],
  [403, 'DENIED'],
] as const)
  test(`a token that has expired and is answered with ${status} is renewed once; a ${status} that stays is told`, async context => {
    let [token, tokens, broken] = ['', 0, false]
    const host = await serve(context, (request, response) => {
      if (request.url?.startsWith('/token')) {
        token = `T${++tokens}`
        return response.end(JSON.stringify({ token, expires_in: 3600 }))
      }
      const { authorization } = request.headers
      if (authorization === undefined)
        return response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end()
      return broken || authorization !== `Bearer ${token}` ? response.writeHead(status).end() : response.end('{"tags":["1"]}')
    })
    const client = new RegistryClient({ host, path: 'a' }, QUICK)
    const list = async () => {
      const names: string[] = []
      for await (const page of listTags(client, { host, path: 'a' })) names.push(...page)
      return names
    }
    assert.deepEqual(await list(), ['1'])
    token = 'another'
    assert.deepEqual(await list(), ['1'])
    assert.equal(tokens, 2)
    broken = true
    await assert.rejects(list(), isError(code))
    await client.close()
  })

test('a silent server, and one that drips, are waited for as long as was said, with a sentence', async context => {
  const drip = (bytes: string): RequestListener => {
    return (_, response) => {
      const timer = setInterval(() => response.write(bytes), 100)
      response.on('close', () => clearInterval(timer))
    }
  }
  const rawHeaders: RequestListener = (_, response) => {
    const { socket } = response
    socket?.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => socket?.write('X'), 50)
    socket?.on('close', () => clearInterval(timer))
  }
  const tokens: RequestListener = (request, response) => {
    if (request.url?.startsWith('/token')) return drip(' ')(request, response)
    return response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end()
  }
  for (const listener of [() => undefined, drip(' '), rawHeaders, tokens]) {
    const host = await serve(context, (request, response) => {
      if (request.url === '/v2/') response.end()
      else listener(request, response)
    })
    const error = await outcome(sourceAt(host, { connect: 500, headers: 500, body: 500 }))
    assert.equal(error?.code, 'REGISTRY_SILENT')
    assert.match(error?.hint ?? '', /--timeout SECONDS/)
  }
})

test('a silent server is asked twice at most, and for 30 seconds in all where no other time is told', async context => {
  let asked = 0
  const host = await serve(context, request => {
    if (request.url !== '/v2/') asked++
  })
  const error = await outcome(sourceAt(host, { headers: 3000 }))
  assert.equal(error?.code, 'REGISTRY_SILENT')
  assert.ok(asked <= 2, `${asked} requests`)
  const told = readCommonOptions({ timeout: 7 })
  for (const [options, patience] of [
    [{}, 30_000],
    [registryOptions(told), 7000],
  ] as const) {
    await using client = new RegistryClient({ host, path: 'a' }, options)
    assert.equal(client.patience, patience)
  }
})

test('the time for the first answer is one for TLS, plain http, a token and the manifest together', async context => {
  const silent = createTcpServer(socket => void socket.on('error', () => undefined).resume())
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
  context.after(() => silent.close())
  const token: RequestListener = (request, response) => {
    if (!request.url?.startsWith('/token'))
      response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${request.headers.host}/token"` }).end()
  }
  const manifest: RequestListener = (request, response) => {
    if (request.url === '/v2/') response.end()
  }
  const hosts = [
    `127.0.0.1:${(silent.address() as AddressInfo).port}`,
    await serve(context, token),
    await serve(context, manifest),
  ]
  for (const host of hosts) {
    const error = await outcome(sourceAt(host, { connect: 3000, headers: 3000, body: 3000 }))
    assert.equal(error?.code, 'REGISTRY_SILENT')
    assert.ok(error?.message.endsWith(`${host} does not answer within 3 seconds`), error?.message)
  }
})

test('the clock of a first answer runs once, stops with it, and not while a person is asked', () => {
  const clock = new AnswerClock(60_000)
  assert.deepEqual([clock.left, clock.total], [60_000, Number.POSITIVE_INFINITY])
  clock.start()
  clock.allow(-20_000)
  clock.start()
  assert.ok(clock.left <= 40_000 && clock.left > 30_000 && clock.total <= 40_000)
  clock.allow(15_000)
  assert.ok(clock.left > 45_000)
  clock.allow(-90_000)
  assert.equal(clock.left, 1)
  clock.stop()
  assert.deepEqual([clock.left, clock.total], [60_000, Number.POSITIVE_INFINITY])
})

test('a registry that refuses to list so many names at once is asked for as many as it likes', async context => {
  const names = Array.from({ length: 120 }, (_, index) => `r${String(index).padStart(3, '0')}`)
  const host = await serve(context, (request, response) => {
    const url = new URL(request.url ?? '', 'http://x')
    const size = Number(url.searchParams.get('n') ?? 50)
    if (size > 50) return response.writeHead(400).end('{"errors":[{"code":"PAGINATION_NUMBER_INVALID"}]}')
    const from = names.indexOf(url.searchParams.get('last') ?? '') + 1
    const page = names.slice(from, from + size)
    const link = from + size < names.length ? { link: `<${url.pathname}?n=50&last=${page.at(-1)}>; rel="next"` } : {}
    return response.writeHead(200, link).end(JSON.stringify({ repositories: page, tags: page }))
  })
  const client = new RegistryClient({ host, path: 'a' }, QUICK)
  for (const list of [() => listRepositories(client), () => listTags(client, { host, path: 'a' })]) {
    const found: string[] = []
    for await (const page of list()) found.push(...page)
    assert.deepEqual(found, names)
  }
  await client.close()
})

test('a tag that is not there is told with the nearest of those that are, and what was assumed', async context => {
  assert.deepEqual(nearestNames('1.2', ['9', '1.2.3', '1.20-alpine', '1.1', 'latest']), ['1.2.3', '1.20-alpine', '1.1'])
  const registry = await TestRegistry.start()
  context.after(() => registry.close())
  for (const tag of ['1.27', '1.27-alpine', '1.26', 'stable']) registry.store.add('team/app', tag, image)
  const at = (tag: string) => new RegistrySource({ host: registry.host, path: 'team/app', tag }, QUICK)
  const error = await outcome(at('1.28'))
  assert.match(error?.message ?? '', /has no tag "1\.28"; nearest are 1\.26, 1\.27, /)
  assert.match(
    error?.hint ?? '',
    new RegExp(`Write ${registry.host}/team/app:1\\.26, or see all 4 with \`peel tags ${registry.host}/team/app\``),
  )
  const platforms = [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm', variant: 'v7' },
    { os: 'unknown', architecture: 'unknown' },
  ]
  const manifests = platforms.map(platform => ({ ...image.descriptor, platform }))
  registry.store.add('team/app', '1.29', indexFixture([image], { manifests }))
  assert.match((await outcome(at('1.29-')))?.hint ?? '', /Write \S+:1\.29 \(linux\/amd64, linux\/arm\/v7\), or see all 5/)
  assert.match((await outcome(at('latest')))?.message ?? '', /where no tag is typed, latest is meant/)
  const unknown = await outcome(new RegistrySource({ host: registry.host, path: 'none', tag: '1' }, QUICK))
  assert.equal(unknown?.code, 'NAME_UNKNOWN')
  assert.match(unknown?.hint ?? '', /There is team\/app; /)
  assert.match(unknown?.hint ?? '', new RegExp(`\`peel catalog ${registry.host}\``))
})

test('the hint for a repository that is not there names no command that fails there, tag or digest', async context => {
  const registry = await TestRegistry.start()
  context.after(() => registry.close())
  registry.store.add('team/app', '1', image)
  const json = { 'content-type': 'application/json' }
  const errors = (code: string) => JSON.stringify({ errors: [{ code, message: code }] })
  // As docker's registry has it: an unknown repository is an unknown manifest, and only its tags say which.
  registry.misbehave = ({ path }) => {
    if (path.includes('/manifests/')) return { type: 'status', status: 404, body: errors('MANIFEST_UNKNOWN'), headers: json }
    return path.includes('/ap/tags') ? { type: 'status', status: 404, body: errors('NAME_UNKNOWN'), headers: json } : undefined
  }
  for (const reference of [{ tag: '1' }, { digest: parseDigest(image.descriptor.digest) }]) {
    const error = await outcome(new RegistrySource({ host: registry.host, path: 'team/ap', ...reference }, QUICK))
    assert.equal(error?.code, 'NAME_UNKNOWN')
    assert.match(error?.hint ?? '', /^There is team\/app; `peel catalog \S+` lists it\./)
  }
  const closed = registry.misbehave
  registry.misbehave = request =>
    request.path.includes('_catalog')
      ? { type: 'status', status: 401, body: errors('UNAUTHORIZED'), headers: json }
      : request.path.includes('/locked/tags')
        ? { type: 'status', status: 403, body: errors('DENIED'), headers: json }
        : closed(request)
  const unlisted = await outcome(new RegistrySource({ host: registry.host, path: 'team/ap', tag: '1' }, QUICK))
  assert.doesNotMatch(unlisted?.hint ?? '', /peel (catalog|tags)/)
  const locked = await outcome(new RegistrySource({ host: registry.host, path: 'team/locked', tag: '1' }, QUICK))
  assert.equal(locked?.code, 'MANIFEST_UNKNOWN')
  assert.match(locked?.hint ?? '', /which tags \S+ has cannot be said here: \S+ denies it/)
})

test('each refusal has its next step, and --format is offered for documents alone', async context => {
  const registry = await TestRegistry.start()
  context.after(() => registry.close())
  const client = new RegistryClient({ host: registry.host, path: 'team/app' }, QUICK)
  const refused = async (status: number, code: string, method: 'GET' | 'PUT' = 'GET') => {
    const body = JSON.stringify({ errors: [{ code, message: 'no' }] })
    registry.misbehave = () => ({ type: 'status', status, body, headers: { 'content-type': 'application/json' } })
    const request = { method, target: '/v2/team/app/manifests/1', scopes: [], action: 'try', accept: [200] } as const
    try {
      await client.request(request)
    } catch (thrown) {
      assert.ok(thrown instanceof ImageError)
      return `${thrown.code} ${thrown.hint}`
    }
    return assert.fail()
  }
  assert.match(await refused(400, 'TAG_INVALID', 'PUT'), /^TAG_IMMUTABLE .*choose another tag/)
  assert.match(await refused(400, 'MANIFEST_INVALID', 'PUT'), /^REGISTRY_REFUSED .*--format/)
  assert.doesNotMatch(await refused(400, 'UNSUPPORTED'), /--format/)
  assert.match(await refused(401, 'UNAUTHORIZED'), new RegExp(`^UNAUTHORIZED .*docker login ${registry.host}`))
  assert.match(await refused(403, 'DENIED'), /^DENIED .*docker login/)
  assert.match(await refused(404, 'MANIFEST_UNKNOWN'), /^MANIFEST_UNKNOWN .*peel tags/)
  assert.match(await refused(404, 'BLOB_UNKNOWN'), /^BLOB_MISSING .*push it again/)
  assert.match(await refused(413, ''), /^TOO_LARGE /)
  await client.close()
})
