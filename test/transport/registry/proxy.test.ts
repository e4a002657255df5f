import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { ImageError } from '../../../src/error.ts'
import { Http } from '../../../src/transport/http/http.ts'
import { isNeverProxied, proxiesOf, proxyOf } from '../../../src/transport/http/proxy.ts'

test('proxies are read in both cases and without a scheme, and never quoted', () => {
  assert.deepEqual(proxiesOf({ HTTPS_PROXY: 'proxy:3128', http_proxy: 'http://p', HTTP_PROXY: 'http://q', NO_PROXY: 'a' }), {
    httpsProxy: 'http://proxy:3128',
    httpProxy: 'http://p',
    noProxy: 'a',
  })
  for (const wrong of ['ftp://user:secret@proxy', 'http://[user:secret']) {
    assert.throws(
      () => proxiesOf({ HTTPS_PROXY: wrong }),
      (error: unknown) => error instanceof ImageError && error.code === 'PROXY_FAILED' && !/secret/.test(error.message),
    )
  }
})

test('this machine and the networks of NO_PROXY are asked without a proxy', () => {
  const never = (host: string, noProxy = '') => isNeverProxied(new URL(`https://${host}`), noProxy)
  for (const host of ['localhost:5000', '127.0.0.2', '[::1]:5000']) assert.ok(never(host), host)
  assert.ok(never('10.1.2.3:5000', 'x.example, 10.0.0.0/8'))
  assert.ok(never('[fd00::5]', 'fd00::/16'))
  for (const [host, noProxy] of [
    ['11.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '10.0.0.0/99,10.0.0.0/x,/8,fd00::/16'],
    ['ten.example', '10.0.0.0/8'],
  ] as const)
    assert.ok(!never(host, noProxy), host)
})

test('the proxy of an address, for the words of a failure', () => {
  const proxies = { httpProxy: 'http://p', httpsProxy: '', noProxy: '.inner.example,10.0.0.0/8' }
  assert.equal(proxyOf(new URL('https://r.example'), proxies), 'http://p')
  for (const direct of ['https://r.inner.example', 'https://10.9.9.9', 'http://localhost'])
    assert.equal(proxyOf(new URL(direct), proxies), undefined)
})

test('a proxy that takes the connection and is silent is waited for as long as a registry is, and not once that is given up', async () => {
  const sockets = new Set<Socket>()
  const silent = createServer(socket => void sockets.add(socket.on('error', () => undefined)))
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const environment = { HTTPS_PROXY: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` }
  const http = new Http('registry.example', { environment, timeouts: { connect: 50, headers: 50, body: 50 } })
  const request = { method: 'GET', url: new URL('https://registry.example/v2/') } as const
  await assert.rejects(http.send(request), { code: 'NO_ANSWER' })
  const stop = new AbortController()
  const asked = http.send({ ...request, patience: 600_000, signal: stop.signal })
  setImmediate(() => stop.abort(new Error('stopped')))
  await assert.rejects(asked, /stopped/)
  await http.close()
  for (const socket of sockets) socket.destroy()
  silent.close()
})
