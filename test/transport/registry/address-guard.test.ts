import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImageError } from '../../../src/error.ts'
import { type AddressClass, addressClass } from '../../../src/transport/http/address-class.ts'
import { AddressGuard } from '../../../src/transport/http/address-guard.ts'
import { Http } from '../../../src/transport/http/http.ts'
import type { Resolve } from '../../../src/transport/http/registry-options.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

test('every spelling of an address has the class of what it reaches', () => {
  const classes: readonly (readonly [AddressClass | undefined, string])[] = [
    [
      'loopback',
      '127.0.0.1 127.255.0.9 0.0.0.0 localhost a.localhost localhost. [::1] ::1 [::] [::ffff:127.0.0.1] [64:ff9b::7f00:1] [::ffff:0:7f00:1]',
    ],
    [
      'link-local',
      '169.254.169.254 [fe80::1] [febf::1] [::ffff:a9fe:a9fe] [64:ff9b::169.254.169.254] [2002:a9fe:a9fe::1] 168.63.129.16 [::ffff:168.63.129.16] [2001:0:4136:e378:8000:63bf:5601:5601]',
    ],
    [
      'private',
      '10.1.2.3 172.16.0.1 172.31.255.1 192.168.0.1 100.100.100.200 198.18.0.1 192.0.0.192 [fd00:ec2::254] [fec0::1] [::ffff:10.0.0.1] [64:ff9b:1::1]',
    ],
    ['reserved', '224.0.0.1 255.255.255.255 [ff02::1]'],
    [
      'public',
      '1.1.1.1 172.32.0.1 172.15.0.1 100.128.0.1 192.0.2.1 [2001:db8::1] [64:ff9b::101:101] [::ffff:8.8.8.8] [2606:4700::1111]',
    ],
    [undefined, 'registry.example localhost.example 10.example'],
  ]
  for (const [expected, hosts] of classes) for (const host of hosts.split(' ')) assert.equal(addressClass(host), expected, host)
})

test('numbers in other notations are seen through', () => {
  const guard = new AddressGuard('registry.example', { environment: {} })
  for (const host of [
    '2130706433',
    '0x7f.1',
    '017700000001',
    '0',
    '169.254.43518',
    '[::ffff:7f00:1]',
    '[::ffff:169.254.169.254]',
  ])
    assert.throws(() => guard.check(new URL(`http://${host}/`)), refuses, host)
})

const refuses = (error: unknown) => error instanceof ImageError && error.code === 'ADDRESS_REFUSED'

const resolving =
  (names: Readonly<Record<string, readonly string[]>>): Resolve =>
  (hostname, done) =>
    done(
      null,
      (names[hostname] ?? []).map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
    )

function lookUp(guard: AddressGuard, hostname: string): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    guard.lookup(hostname, { all: true }, (error, addresses) =>
      error === null ? resolve((addresses as { address: string }[]).map(({ address }) => address)) : reject(error),
    )
  })
}

test('a public registry leads nowhere else, a private one to its own network, and a second answer of the resolver changes nothing', async () => {
  const names = {
    'r.example': ['192.0.2.1'],
    'in.example': ['10.0.0.1'],
    'near.example': ['10.9.9.9'],
    'meta.example': ['169.254.169.254'],
    'both.example': ['127.0.0.1', '192.0.2.9'],
    'me.example': ['127.0.0.1'],
  }
  const open = new AddressGuard('r.example', { environment: {} }, resolving(names))
  await lookUp(open, 'r.example')
  for (const host of ['in.example', 'meta.example', 'me.example']) await assert.rejects(lookUp(open, host), refuses, host)
  assert.deepEqual(await lookUp(open, 'both.example'), ['192.0.2.9'], 'only what may be reached is tried')
  const inside = new AddressGuard('in.example', { environment: {} }, resolving(names))
  await lookUp(inside, 'in.example')
  assert.deepEqual(await lookUp(inside, 'near.example'), ['10.9.9.9'])
  for (const host of ['meta.example', 'me.example']) await assert.rejects(lookUp(inside, host), refuses, host)
  // One that is public first and private later was public once.
  let answers = ['192.0.2.1']
  const moving = new AddressGuard('r.example', { environment: {} }, (hostname, done) =>
    done(
      null,
      (hostname === 'r.example' ? answers : ['10.0.0.1']).map(address => ({ address, family: 4 })),
    ),
  )
  await lookUp(moving, 'r.example')
  answers = ['10.0.0.7']
  await lookUp(moving, 'r.example')
  await assert.rejects(lookUp(moving, 'in.example'), refuses)
})

test('--insecure and PEEL_PRIVATE_HOSTS let a host through', async () => {
  const resolve = resolving({ 'r.example': ['192.0.2.1'], 'in.example': ['10.0.0.1'] })
  const named = new AddressGuard('r.example', { environment: { PEEL_PRIVATE_HOSTS: 'other, in.example 10.0.0.2' } }, resolve)
  await lookUp(named, 'r.example')
  assert.deepEqual(await lookUp(named, 'in.example'), ['10.0.0.1'])
  named.check(new URL('http://10.0.0.2/'))
  assert.throws(() => named.check(new URL('http://10.0.0.3/')), refuses)
  new AddressGuard('r.example', { insecure: true, environment: {} }).check(new URL('http://169.254.169.254/'))
})

test('a name that resolves to this machine is refused when the connection is made, and nothing arrives there', async () => {
  const service = await TestRegistry.start()
  const port = service.host.split(':')[1]
  const http = new Http('r.example', {
    environment: {},
    resolve: resolving({ 'r.example': ['192.0.2.1'], 'evil.example': ['127.0.0.1'] }),
  })
  await assert.rejects(http.send({ method: 'GET', url: new URL(`http://evil.example:${port}/`) }), refuses)
  await assert.rejects(http.send({ method: 'GET', url: new URL(`http://127.0.0.1:${port}/`) }), refuses)
  assert.deepEqual(service.log, [])
  await http.close()
  await service.close()
})
