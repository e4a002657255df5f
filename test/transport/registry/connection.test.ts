import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { ImageError } from '../../../src/error.ts'
import { candidateOrigins, isLoopback } from '../../../src/transport/http/endpoint.ts'
import { connectionFailure } from '../../../src/transport/http/failure.ts'
import type { Environment } from '../../../src/transport/http/registry-options.ts'
import { RegistrySource } from '../../../src/transport/registry/registry-source.ts'
import { responseUrl } from '../../../src/transport/registry/response-url.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { peerTest, run } from '../../kit/peer.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

const quick = { retry: { tries: 2, base: 1 }, timeouts: { connect: 20_000, headers: 20_000, body: 20_000 } }

async function codeOf(host: string, environment: Environment = {}, insecure = false): Promise<string> {
  const source = new RegistrySource({ host, path: 'a', tag: 'b' }, { ...quick, environment, insecure })
  try {
    await source.roots()
    return 'opened'
  } catch (error) {
    assert.ok(error instanceof ImageError, String(error))
    assert.ok(error.hint !== undefined)
    return error.code
  } finally {
    await source.close()
  }
}

function failing(code: string, message = ''): Error {
  return new Error('fetch failed', { cause: Object.assign(new Error(message), { code }) })
}

test('every way a connection fails has its own words', () => {
  const says = (code: string, message?: string, proxy?: string) =>
    connectionFailure('pull r', 'r.example', failing(code, message), proxy).code
  assert.equal(says('ENOTFOUND'), 'HOST_UNKNOWN')
  assert.equal(says('ECONNREFUSED'), 'CONNECTION_REFUSED')
  assert.equal(says('UND_ERR_CONNECT_TIMEOUT'), 'CONNECTION_TIMED_OUT')
  assert.equal(says('DEPTH_ZERO_SELF_SIGNED_CERT'), 'TLS_UNTRUSTED')
  assert.equal(says('CERT_HAS_EXPIRED'), 'TLS_UNTRUSTED')
  assert.equal(says('ERR_TLS_CERT_ALTNAME_INVALID'), 'TLS_UNTRUSTED')
  assert.equal(says('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'TLS_CLIENT_CERTIFICATE')
  assert.equal(says('ERR_SSL_WRONG_VERSION_NUMBER'), 'TLS_NOT_SPOKEN')
  assert.equal(says('UND_ERR_HEADERS_TIMEOUT'), 'REGISTRY_SILENT')
  assert.equal(says('ECONNRESET'), 'CONNECTION_LOST')
  assert.equal(says('HPE_INVALID_CONSTANT'), 'ANSWER_INVALID')
  assert.equal(says('UND_ERR_PRX_CONN'), 'PROXY_FAILED')
  assert.equal(says('ECONNREFUSED', '', 'http://user:secret@proxy.example:3128'), 'PROXY_FAILED')
  const { message, hint } = connectionFailure(
    'pull r',
    'r.example',
    failing('ECONNREFUSED'),
    'http://user:secret@proxy.example:3128',
  )
  assert.match(message, /proxy\.example:3128/)
  assert.doesNotMatch(`${message}${hint}`, /secret/)
})

test('plain http only for this machine or when asked for; docker.io lives elsewhere', () => {
  const origins = (host: string, insecure = false) => candidateOrigins(host, insecure).map(({ origin }) => origin)
  assert.deepEqual(origins('docker.io'), ['https://registry-1.docker.io'])
  assert.deepEqual(origins('r.example:5000'), ['https://r.example:5000'])
  assert.deepEqual(origins('r.example:5000', true), ['https://r.example:5000', 'http://r.example:5000'])
  for (const host of ['localhost:5000', '127.0.0.1', '127.9.9.9:1', '[::1]:5000', 'a.localhost'])
    assert.equal(origins(host).length, 2, host)
  for (const host of ['10.0.0.1', 'localhost.example', '127.example']) assert.equal(isLoopback(host), false, host)
  for (const host of ['a/b', 'user@host', 'host?x', '']) assert.throws(() => candidateOrigins(host, false))
})

test('something that is no registry, and nothing at all', async context => {
  const noise = createTcpServer(socket => {
    socket.on('error', () => undefined)
    socket.end('SSH-2.0-OpenSSH\r\n')
  })
  await new Promise<void>(resolve => noise.listen(0, '127.0.0.1', resolve))
  context.after(() => noise.close())
  assert.ok(['ANSWER_INVALID', 'CONNECTION_LOST'].includes(await codeOf(`127.0.0.1:${(noise.address() as AddressInfo).port}`)))
  assert.equal(await codeOf('127.0.0.1:1'), 'CONNECTION_REFUSED')
})

/** A forwarding proxy that remembers what it was asked for. */
async function startProxy(context: TestContext, registry: TestRegistry, status = 200): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    if (status !== 200) return void response.writeHead(status).end()
    const target = new URL(request.url ?? '', registry.origin)
    void fetch(new URL(target.pathname, registry.origin), { headers: { accept: request.headers.accept ?? '' } }).then(
      async answer => {
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
        response.end(Buffer.from(await answer.arrayBuffer()))
      },
    )
  })
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`)
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} no\r\n\r\n`)
    const [address = '', port = ''] = registry.host.split(':')
    const upstream = connect(Number(port), address, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    for (const each of [upstream, socket]) each.on('error', () => upstream.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

test('proxies of the environment are used, but not for this machine and not where NO_PROXY says', async context => {
  const registry = await TestRegistry.start()
  context.after(() => registry.close())
  registry.store.add('a', 'b', imageFixture([layerFixture({ a: 'a' })]))
  const { url, asked } = await startProxy(context, registry)
  const environment = { HTTP_PROXY: url, HTTPS_PROXY: url }
  assert.equal(await codeOf('registry.invalid', environment, true), 'opened')
  assert.ok(asked.includes('CONNECT registry.invalid:443'))
  const before = asked.length
  assert.equal(await codeOf(registry.host, environment), 'opened')
  assert.equal(await codeOf('registry.invalid', { ...environment, no_proxy: 'registry.invalid' }, true), 'HOST_UNKNOWN')
  assert.equal(asked.length, before)
  const strict = await startProxy(context, registry, 407)
  assert.equal(await codeOf('registry.invalid', { HTTPS_PROXY: strict.url }), 'PROXY_FAILED')
})

test('an address a server names is asked for the way the server was', () => {
  const request = new URL('https://r.example/v2/a/tags/list?n=5')
  const named = (text: string, from = request) => responseUrl(text, from)?.href
  assert.equal(named('/v2/a/tags/list?last=b'), 'https://r.example/v2/a/tags/list?last=b')
  assert.equal(named('?last=b'), 'https://r.example/v2/a/tags/list?last=b')
  // A registry that does not know that a proxy before it ends TLS.
  assert.equal(named('http://r.example/x'), 'https://r.example/x')
  assert.equal(named('http://other.example/x'), 'http://other.example/x')
  assert.equal(named('https://r.example:443/x?_state=a%2Fb'), 'https://r.example/x?_state=a%2Fb')
  assert.equal(named('http://r.example/x', new URL('http://r.example/')), 'http://r.example/x')
  for (const odd of ['ftp://r.example/x', 'javascript:x', 'http://']) assert.equal(named(odd), undefined)
})

peerTest('certificates that are old, for another host or of an unknown authority are told apart', ['openssl'], async context => {
  const directory = mkdtempSync(join(tmpdir(), 'peel-tls-'))
  context.after(() => rmSync(directory, { recursive: true }))
  const openssl = (...args: string[]) => run('openssl', args, { cwd: directory })
  openssl(...'req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=ca -keyout ca.key -out ca.crt'.split(' '))
  openssl(...'req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr'.split(' '))
  const read = (name: string) => readFileSync(join(directory, name), 'utf8')
  const said = async (names: string, days: number, caFile: string | undefined) => {
    writeFileSync(join(directory, 'ext'), `subjectAltName=${names}`)
    const signed = `x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days ${days} -extfile ext -out server.crt`
    openssl(...signed.split(' '))
    const registry = await TestRegistry.start({ tls: { cert: read('server.crt'), key: read('server.key') } })
    registry.store.add('a', 'b', imageFixture([layerFixture({ a: 'a' })]))
    const options = { ...quick, environment: {}, ...(caFile !== undefined && { caFile }) }
    const source = new RegistrySource({ host: registry.host, path: 'a', tag: 'b' }, options)
    try {
      await source.roots()
      return 'opened'
    } catch (error) {
      assert.ok(error instanceof ImageError)
      assert.equal(error.code, 'TLS_UNTRUSTED')
      return `${error.message} ${error.hint}`
    } finally {
      await source.close()
      await registry.close()
    }
  }
  const ca = join(directory, 'ca.crt')
  assert.equal(await said('IP:127.0.0.1', 2, ca), 'opened')
  assert.match(await said('IP:127.0.0.1', -1, ca), /not valid at this time.*clock/s)
  assert.match(await said('DNS:other.example', 2, ca), /for another host.*other\.example/s)
  assert.match(await said('IP:127.0.0.1', 2, undefined), /not trusted here.*--cacert/s)
  // A server of TLS 1.3 that wants a client certificate may only hang up.
  const hangsUp = createTlsServer({ cert: read('server.crt'), key: read('server.key') }, socket => socket.destroy())
  context.after(() => hangsUp.close())
  await new Promise<void>(done => hangsUp.listen(0, '127.0.0.1', done))
  const host = `127.0.0.1:${(hangsUp.address() as AddressInfo).port}`
  const source = new RegistrySource({ host, path: 'a', tag: 'b' }, { ...quick, environment: {}, caFile: ca })
  await assert.rejects(source.roots(), (error: unknown) => {
    assert.ok(error instanceof ImageError)
    assert.equal(error.code, 'CONNECTION_LOST')
    return /client certificate/.test(error.hint ?? '')
  })
  await source.close()
})

test('a connection is on its way while certificates are still read', async context => {
  const directory = mkdtempSync(join(tmpdir(), 'peel-test-'))
  context.after(() => rmSync(directory, { recursive: true, force: true }))
  const authorities = join(directory, 'ca.crt')
  run('mkfifo', [authorities])
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<string>()
  const server = createTcpServer(socket => {
    socket.on('error', () => undefined)
    arrive('arrived')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  context.after(() => new Promise(resolve => server.close(resolve)))
  const { port } = server.address() as AddressInfo
  const source = new RegistrySource({ host: `127.0.0.1:${port}`, path: 'a', tag: 'b' }, { ...quick, caFile: authorities })
  const ended = source.roots().then(
    () => 'opened',
    error => String(error),
  )
  try {
    // Nothing has been written into the pipe yet that the authorities come through.
    assert.equal(await Promise.race([arrived, ended]), 'arrived')
    spawn('sh', ['-c', 'echo none > "$0"', authorities])
    assert.match(await ended, /Cannot use the certificates in .*: it holds no PEM block/)
  } finally {
    // The server ends once the connection does that no request has taken.
    await source.close()
  }
})
