import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ImageError } from '../../../src/error.ts'
import { formatReference, parseReference } from '../../../src/image/reference.ts'
import {
  openImageByName,
  pagesOfNames,
  registryCatalog,
  registryReferrers,
  repositoryTags,
} from '../../../src/transport/remote.ts'
import { checkPolicy } from '../../../src/transport/settings/signature-policy.ts'
import { type Endpoint, whereToList, whereToRead, whereToWrite } from '../../../src/transport/settings/where-to-ask.ts'
import { imageFixture, layerFixture } from '../../kit/image/image-fixture.ts'
import { scratch } from '../../kit/image/local-image.ts'
import { TestRegistry } from '../../kit/registry/test-registry.ts'

const isError = (code: string) => (error: unknown) => error instanceof ImageError && error.code === code
const image = imageFixture([layerFixture({ a: 'a' })])

/** A machine with these settings files, by their paths below `/` or, after `~/`, below the user's home. */
function machine(context: TestContext, files: Readonly<Record<string, string>>) {
  const root = scratch(context)
  const home = join(root, 'home/u')
  for (const [name, text] of Object.entries(files)) {
    const path = name.startsWith('~/') ? join(home, name.slice(2)) : join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return { root, environment: { HOME: home }, retry: { base: 1, tries: 1 } }
}

const shown = (endpoints: readonly Endpoint[]) =>
  endpoints.map(
    ({ reference, insecure, isMirror }) =>
      `${formatReference(reference)}${insecure ? ' insecure' : ''}${isMirror ? ' mirror' : ''}`,
  )
const reads = async (text: string, places: ReturnType<typeof machine>) => shown(await whereToRead(parseReference(text), places))
const D = `sha256:${'0'.repeat(64)}`

test('without settings a name is its registry’s', async context => {
  const none = machine(context, {})
  assert.deepEqual(await reads('nginx', none), ['docker.io/library/nginx:latest'])
  assert.deepEqual(await reads('h.example/a/b:1', none), ['h.example/a/b:1'])
})

test('short names are aliases first, then looked up in every search registry; full names are not', async context => {
  const places = machine(context, {
    'etc/containers/registries.conf':
      'unqualified-search-registries = ["one.example", "docker.io"]\n[aliases]\n"tool" = "old.example/tool"\n',
    'etc/containers/registries.conf.d/000-shortnames.conf': '[aliases]\n"tool" = "quay.example/t/tool"\n"gone" = ""\n',
  })
  assert.deepEqual(await reads('tool:2', places), ['quay.example/t/tool:2'])
  assert.deepEqual(await reads('app:1', places), ['one.example/app:1', 'docker.io/library/app:1'])
  assert.deepEqual(await reads('me/app', places), ['one.example/me/app:latest', 'docker.io/me/app:latest'])
  assert.deepEqual(await reads('docker.io/library/app:1', places), ['docker.io/library/app:1'])
})

test('a registry’s name alone is no image of Docker Hub, unless a setting says what it means', async context => {
  const none = machine(context, {})
  for (const host of [
    'localhost:5000',
    'localhost',
    '127.0.0.1:5000',
    '10.0.0.1',
    'ghcr.io',
    'r.example.com:443',
    'r.example:5000',
  ]) {
    const hint = new RegExp(`^Write ${host}/NAME:TAG; \`peel catalog ${host}\` lists its repositories\\.`)
    for (const where of [whereToRead, whereToWrite, whereToList])
      await assert.rejects(where(parseReference(host), none), (error: unknown) => {
        assert.ok(error instanceof ImageError && error.code === 'REFERENCE_INVALID', host)
        return error.message.endsWith('it names a registry and no repository') && hint.test(error.hint ?? '')
      })
  }
  for (const host of ['[::1]:5000', '[::1]']) assert.throws(() => parseReference(host), /names a registry and no repository/)
  for (const name of ['nginx', 'redis:7', 'node.js:18', 'docker.io/library/my.app', 'out.tar', 'registry:5000'])
    assert.equal((await reads(name, none)).length, 1, name)
  const searched = machine(context, { 'etc/containers/registries.conf': 'unqualified-search-registries = ["one.example"]' })
  assert.deepEqual(await reads('my.app:1', searched), ['one.example/my.app:1'])
  const named = machine(context, { 'etc/containers/registries.conf.d/1.conf': '[aliases]\n"my.app" = "two.example/my.app"\n' })
  assert.deepEqual(await reads('my.app', named), ['two.example/my.app:latest'])
})

test('registries.conf of version 1 is read: searched, insecure and blocked hosts; both versions in one file are refused', async context => {
  const old = machine(context, {
    'etc/containers/registries.conf':
      '[registries.search]\nregistries = ["one.example"]\n[registries.insecure]\nregistries = ["one.example"]\n[registries.block]\nregistries = ["bad.example"]\n',
  })
  assert.deepEqual(await reads('app:1', old), ['one.example/app:1 insecure'])
  await assert.rejects(reads('bad.example/app:1', old), isError('REGISTRY_BLOCKED'))
  const mixed = machine(context, {
    'etc/containers/registries.conf': 'unqualified-search-registries = ["a.example"]\n[registries.search]\nregistries = []\n',
  })
  await assert.rejects(reads('app:1', mixed), isError('SETTINGS_INVALID'))
})

test('tags, repositories and referrers are listed where the settings lead, never at a mirror', async context => {
  const registry = await TestRegistry.start()
  context.after(() => registry.close())
  registry.store.add('team/app', '1', image)
  const places = machine(context, {
    'etc/containers/registries.conf': `
unqualified-search-registries = ["moved.example"]
[[registry]]
prefix = "moved.example"
location = "${registry.host}"
insecure = true
[[registry.mirror]]
location = "127.0.0.1:1"
[[registry]]
prefix = "shut.example"
blocked = true
`,
  })
  for (const name of ['moved.example/team/app', 'team/app'])
    assert.deepEqual((await repositoryTags(parseReference(name), places)).names, ['1'])
  assert.deepEqual((await registryCatalog('moved.example', places)).names, ['team/app'])
  assert.deepEqual((await registryReferrers(parseReference('moved.example/team/app:1'), image.descriptor, places)).referrers, [])
  for await (const { names } of pagesOfNames({ host: 'moved.example', path: 'team/app' }, places, AbortSignal.timeout(60_000)))
    assert.deepEqual(names, ['1'])
  await assert.rejects(repositoryTags(parseReference('shut.example/a'), places), isError('REGISTRY_BLOCKED'))
  await assert.rejects(registryCatalog('shut.example', places), isError('REGISTRY_BLOCKED'))
})

test('the longest prefix decides on location, mirrors, insecure and blocked', async context => {
  const places = machine(context, {
    'etc/containers/registries.conf': `
[[registry]]
prefix = "h.example"
location = "h.example"
blocked = true
[[registry]]
prefix = "h.example/team"
location = "store.example:5000/mirrored/team"
insecure = true
[[registry.mirror]]
location = "m1.example/cache/team"
[[registry.mirror]]
location = "m2.example/team/"
insecure = true
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "m3.example/team"
pull-from-mirror = "tag-only"
[[registry]]
prefix = "*.wild.example"
location = "inner.example/wild"
[[registry]]
location = "old.example"
mirror-by-digest-only = true
[[registry.mirror]]
location = "m4.example"
`,
  })
  assert.deepEqual(await reads('h.example/team/app:1', places), [
    'm1.example/cache/team/app:1 mirror',
    'm3.example/team/app:1 mirror',
    'store.example:5000/mirrored/team/app:1 insecure',
  ])
  assert.deepEqual(await reads(`h.example/team/app@${D}`, places), [
    `m1.example/cache/team/app@${D} mirror`,
    `m2.example/team/app@${D} insecure mirror`,
    `store.example:5000/mirrored/team/app@${D} insecure`,
  ])
  await assert.rejects(reads('h.example/teamwork/app:1', places), isError('REGISTRY_BLOCKED'))
  await assert.rejects(whereToWrite(parseReference('h.example/x:1'), places), isError('REGISTRY_BLOCKED'))
  assert.deepEqual(await reads('a.wild.example/x:1', places), ['inner.example/wild/x:1'])
  assert.deepEqual(await reads('old.example/x:1', places), ['old.example/x:1'])
  assert.deepEqual(shown([await whereToWrite(parseReference('h.example/team/app:1'), places)]), [
    'store.example:5000/mirrored/team/app:1 insecure',
  ])
})

test('the user’s file stands for the system’s, and drop-ins go before what came earlier', async context => {
  const places = machine(context, {
    'etc/containers/registries.conf': 'unqualified-search-registries = ["system.example"]',
    '~/.config/containers/registries.conf': 'unqualified-search-registries = ["user.example"]',
    'etc/containers/registries.conf.d/10.conf': '[[registry]]\nlocation = "h.example"\nblocked = true',
    '~/.config/containers/registries.conf.d/20.conf': '[[registry]]\nlocation = "h.example"\ninsecure = true',
  })
  assert.deepEqual(await reads('app', places), ['user.example/app:latest'])
  assert.deepEqual(await reads('h.example/a:1', places), ['h.example/a:1 insecure'])
  const named = join(places.root, 'mine.conf')
  writeFileSync(named, 'unqualified-search-registries = ["mine.example"]')
  const chosen = { ...places, environment: { ...places.environment, CONTAINERS_REGISTRIES_CONF: named } }
  assert.deepEqual(await reads('app', chosen), ['mine.example/app:latest'])
})

test('docker’s daemon.json names insecure hosts and networks, and mirrors of Docker Hub', async context => {
  const places = machine(context, {
    'etc/docker/daemon.json': JSON.stringify({
      'insecure-registries': ['h.example:5000', '10.0.0.0/8', 'fd00::/8'],
      'registry-mirrors': ['https://m.example', 'http://10.1.1.1:5000/hub/'],
    }),
  })
  assert.deepEqual(await reads('h.example:5000/a:1', places), ['h.example:5000/a:1 insecure'])
  assert.deepEqual(await reads('h.example/a:1', places), ['h.example/a:1'])
  assert.deepEqual(await reads('10.2.3.4:5000/a:1', places), ['10.2.3.4:5000/a:1 insecure'])
  assert.deepEqual(await reads('11.2.3.4:5000/a:1', places), ['11.2.3.4:5000/a:1'])
  assert.deepEqual(await reads('[fd00::1]:5000/a:1', places), ['[fd00::1]:5000/a:1 insecure'])
  assert.deepEqual(await reads('nginx:1', places), [
    'm.example/library/nginx:1 mirror',
    '10.1.1.1:5000/hub/library/nginx:1 insecure mirror',
    'docker.io/library/nginx:1',
  ])
})

test('settings that cannot be read are named, and not passed over', async context => {
  for (const [name, text] of [
    ['etc/containers/registries.conf', 'unqualified = ['],
    ['etc/docker/daemon.json', '{'],
  ] as const)
    await assert.rejects(reads('app', machine(context, { [name]: text })), (error: unknown) => {
      assert.ok(error instanceof ImageError && error.message.includes(name), String(error))
      return error.code === 'SETTINGS_INVALID'
    })
})

test('a mirror serves, with no credentials of another; one that fails is passed over and the registry asked', async context => {
  const [registry, mirror] = [await TestRegistry.start({ basic: 'user:pass' }), await TestRegistry.start()]
  context.after(() => Promise.all([registry.close(), mirror.close()]))
  registry.store.add('team/app', '1', image)
  mirror.store.add('cache/team/app', '1', image)
  const auths = { [registry.host]: { auth: Buffer.from('user:pass').toString('base64') } }
  const conf = `[[registry]]\nlocation = "${registry.host}"\n[[registry.mirror]]\nlocation = "${mirror.host}/cache"\n`
  const places = machine(context, { 'etc/containers/registries.conf': conf })
  const options = { ...places, environment: { ...places.environment, DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) } }
  const open = async () => {
    const source = await openImageByName(parseReference(`${registry.host}/team/app:1`), options)
    const [root] = await source.roots()
    for (const layer of image.layers) for await (const _ of source.fetchUnverified(layer));
    await source.close()
    assert.equal(root?.digest, image.descriptor.digest)
    return (source.diagnostics ?? []).map(({ message }) => message)
  }
  assert.match((await open()).join(), new RegExp(`comes from the mirror ${mirror.host}`))
  assert.equal(registry.seen.length, 0)
  assert.ok(mirror.seen.every(({ headers }) => headers.authorization === undefined))
  mirror.always(/blobs/, { type: 'status', status: 404 })
  await open()
  mirror.always(/./, { type: 'status', status: 503 })
  assert.match((await open()).join(), new RegExp(`comes from ${registry.host}.*`))
  const before = mirror.seen.length
  await open()
  assert.equal(mirror.seen.length, before, 'it rests for a while')
})

test('a policy that rejects is obeyed, one that wants a signature never ignored, the most specific scope decides', async context => {
  const policy = {
    default: [{ type: 'reject' }],
    transports: {
      docker: {
        '': [{ type: 'insecureAcceptAnything' }],
        'bad.example': [{ type: 'reject' }],
        'bad.example/good': [{ type: 'insecureAcceptAnything' }],
        'bad.example/good/app:1': [{ type: 'signedBy', keyType: 'GPGKeys' }],
        '*.wild.example': [{ type: 'sigstoreSigned' }],
        'empty.example': [],
      },
      oci: { '/trusted': [{ type: 'insecureAcceptAnything' }] },
    },
  }
  const places = machine(context, { 'etc/containers/policy.json': JSON.stringify(policy) })
  const ask = (transport: string, scope: string) =>
    checkPolicy(transport, scope, places).then(
      () => 'taken',
      (error: ImageError) => `${error.code} ${error.message}`,
    )
  assert.equal(await ask('docker', 'docker.io/library/nginx:1'), 'taken')
  assert.match(await ask('docker', 'bad.example/a:1'), /^POLICY_REJECTED .*rejects it/)
  assert.equal(await ask('docker', 'bad.example/good/app:2'), 'taken')
  assert.match(await ask('docker', 'bad.example/good/app:1'), /^POLICY_REJECTED .*wants a signature \(signedBy\)/)
  assert.match(await ask('docker', 'bad.example:5000/a:1'), /taken/)
  assert.match(await ask('docker', 'a.b.wild.example/x:1'), /sigstoreSigned/)
  assert.match(await ask('docker', 'empty.example/x:1'), /rejects/)
  assert.equal(await ask('oci', '/trusted/layout'), 'taken')
  assert.match(await ask('oci', '/other'), /rejects/)
  assert.match(await ask('docker-daemon', 'app:1'), /rejects/)
  assert.equal(await checkPolicy('docker', 'x/y:1', machine(context, {})).then(() => 'taken'), 'taken')
  await assert.rejects(
    checkPolicy('docker', 'x/y:1', machine(context, { '~/.config/containers/policy.json': '{}' })),
    isError('SETTINGS_INVALID'),
  )
})
