import assert from 'node:assert/strict'
import { test } from 'node:test'
import { processUser } from '../../src/make/process-user.ts'
import { runtimeConfig } from '../../src/make/runtime-config.ts'
import { runtimeProblems } from '../kit/spec/runtime-schema.ts'

type Bundle = {
  readonly process: {
    readonly args: readonly string[]
    readonly env: readonly string[]
    readonly cwd: string
    readonly user: { readonly uid: number; readonly gid: number; readonly additionalGids?: readonly number[] }
  }
  readonly annotations: Readonly<Record<string, string>>
  readonly mounts: readonly { readonly destination: string; readonly options: readonly string[]; readonly source: string }[]
  readonly linux: { readonly namespaces: readonly { readonly type: string }[]; readonly uidMappings?: unknown }
}

const PASSWD = 'root:x:0:0:root:/root:/bin/sh\n# no one\napp:x:1000:50:App:/srv/app:/bin/sh\nbad line\nnohome:x:7:8:::\n'
const GROUP = 'root:x:0:\nextra:x:2000:other,app\nwheel:x:10:app\nstaff:x:50:app\n'
const NAME = 'org.opencontainers.image.'

function converted(config: object, rootless = false): Bundle {
  const container = 'config' in config ? (config.config as { User?: string; Volumes?: object } | null) : undefined
  const bundle = runtimeConfig(config as Record<string, unknown>, {
    user: processUser(container?.User, PASSWD, GROUP),
    volumes: Object.keys(container?.Volumes ?? {}).map((destination, index) => ({ destination, source: `volumes/${index}` })),
    rootless: rootless ? { uid: 501, gid: 20 } : undefined,
  })
  assert.deepEqual(runtimeProblems(bundle), [], JSON.stringify(config))
  return bundle as Bundle
}

test('command, directory and environment are the image’s, word for word', () => {
  const args = (config: object | null) => converted({ config }).process.args
  assert.deepEqual(args({ Entrypoint: ['/a', 'b'], Cmd: ['c d', ''] }), ['/a', 'b', 'c d', ''])
  assert.deepEqual(args({ Entrypoint: ['/a'] }), ['/a'])
  assert.deepEqual(args({ Entrypoint: null, Cmd: ['x'] }), ['x'])
  assert.deepEqual(args({ Entrypoint: [], Cmd: null }), ['sh'])
  assert.deepEqual(args(null), ['sh'])
  const cwd = (WorkingDir: unknown) => converted({ config: { WorkingDir } }).process.cwd
  assert.equal(cwd(''), '/')
  assert.equal(cwd(undefined), '/')
  assert.equal(cwd('/srv/../x'), '/srv/../x')
  assert.equal(cwd('srv'), '/srv')
  const env = (Env: unknown, User = '') => converted({ config: { Env, User } }).process.env
  assert.deepEqual(env(['PATH=/x', 'A=1', 'A=2', 'HOME=']), ['PATH=/x', 'A=1', 'A=2', 'HOME='])
  assert.equal(env(null)[0], 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin')
  assert.equal(env([], 'app').at(-1), 'HOME=/srv/app')
  assert.equal(env(['TERM=dumb']).at(-1), 'HOME=/root')
  assert.equal(env([], '4242').at(-1), 'HOME=/')
  assert.equal(env([], 'nohome').at(-1), 'HOME=/')
})

test('a user is found as conversion.md has it: further groups for a name without a group only', () => {
  const users: readonly (readonly [user: string | undefined, uid: number, gid: number, more: readonly number[]])[] = [
    [undefined, 0, 0, []],
    ['', 0, 0, []],
    ['root', 0, 0, []],
    ['app', 1000, 50, [2000, 10]],
    ['1000', 1000, 50, []],
    ['1234', 1234, 0, []],
    ['app:', 1000, 50, [2000, 10]],
    ['app:extra', 1000, 2000, []],
    ['app:7', 1000, 7, []],
    ['1234:5', 1234, 5, []],
    ['1234:wheel', 1234, 10, []],
    ['nohome', 7, 8, []],
    ['4294967295:0', 4_294_967_295, 0, []],
  ]
  for (const [user, uid, gid, more] of users) {
    const expected = { uid, gid, ...(more.length > 0 && { additionalGids: more }) }
    assert.deepEqual(converted({ config: { User: user } }).process.user, expected, user)
  }
  for (const wrong of ['nobody', 'app:nogroup', ':', 'no one', '4294967296', '-1', '#']) {
    assert.throws(() => processUser(wrong, PASSWD, GROUP), { code: 'USER_UNKNOWN' }, wrong)
  }
  assert.throws(() => processUser('app', '', ''), { code: 'USER_UNKNOWN' })
})

test('annotations are implied by the config, and labels win over them', () => {
  const full = {
    os: 'linux',
    architecture: 'arm64',
    variant: 'v8',
    'os.version': '1.2',
    'os.features': ['a', 'b'],
    author: 'A <a@b>',
    created: '2024-01-01T00:00:00Z',
    config: {
      StopSignal: 'SIGQUIT',
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Labels: { mine: 'x', [`${NAME}author`]: 'label', [`${NAME}os.version`]: '' },
    },
  }
  assert.deepEqual(converted(full).annotations, {
    [`${NAME}os`]: 'linux',
    [`${NAME}architecture`]: 'arm64',
    [`${NAME}variant`]: 'v8',
    [`${NAME}os.version`]: '',
    [`${NAME}os.features`]: 'a,b',
    [`${NAME}author`]: 'label',
    [`${NAME}created`]: '2024-01-01T00:00:00Z',
    [`${NAME}stopSignal`]: 'SIGQUIT',
    [`${NAME}exposedPorts`]: '80/tcp,53/udp',
    mine: 'x',
  })
  assert.deepEqual(converted({}).annotations, {})
  assert.deepEqual(converted({ os: 'linux', created: null, config: { Labels: null, ExposedPorts: null } }).annotations, {
    [`${NAME}os`]: 'linux',
  })
  for (const odd of [{ config: { ExposedPorts: ['80'] } }, { author: 7 }, { config: { Labels: { a: 1, b: 'c' } } }])
    converted(odd)
})

test('volumes are mounted from the bundle', () => {
  const { mounts } = converted({ config: { Volumes: { '/data': {}, '/srv/db': {} } } })
  assert.deepEqual(
    mounts.slice(-2).map(({ destination, source }) => [destination, source]),
    [
      ['/data', 'volumes/0'],
      ['/srv/db', 'volumes/1'],
    ],
  )
})

test('without root the user is root of a namespace, no further groups, no network of its own, no foreign groups on mounts', () => {
  const { process, mounts, linux } = converted({ config: { User: 'app' } }, true)
  assert.deepEqual(process.user, { uid: 1000, gid: 50 })
  assert.deepEqual(linux.uidMappings, [{ containerID: 0, hostID: 501, size: 1 }])
  const types = linux.namespaces.map(({ type }) => type)
  assert.ok(types.includes('user') && !types.includes('network'))
  assert.ok(mounts.every(({ options }) => options.every(option => !/^[ug]id=/.test(option))))
  assert.deepEqual(mounts.find(({ destination }) => destination === '/sys')?.options[0], 'rbind')
  assert.ok(mounts.some(({ destination }) => destination === '/etc/resolv.conf'))
})

test('the frame around the image is that of `runc spec`, without cgroups', () => {
  const own = ['nosuid', 'noexec', 'nodev']
  const terminals = ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620']
  const shared = [
    { destination: '/proc', type: 'proc', source: 'proc', options: own },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
  ]
  const memory = { destination: '/dev/shm', type: 'tmpfs', source: 'shm', options: [...own, 'mode=1777', 'size=65536k'] }
  const queues = { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: own }
  const devpts = { destination: '/dev/pts', type: 'devpts', source: 'devpts' }
  const namespaces = (bundle: Bundle) => bundle.linux.namespaces.map(({ type }) => type).sort()
  const root = converted({})
  assert.deepEqual(root.mounts, [
    ...shared,
    { ...devpts, options: [...terminals, 'gid=5'] },
    memory,
    queues,
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...own, 'ro'] },
  ])
  assert.deepEqual(namespaces(root), ['ipc', 'mount', 'network', 'pid', 'uts'])
  const rootless = converted({ config: { Volumes: { '/a/b': {}, '/a': {} } } }, true)
  assert.deepEqual(rootless.mounts, [
    ...shared,
    { ...devpts, options: terminals },
    memory,
    queues,
    { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', ...own, 'ro'] },
    { destination: '/etc/resolv.conf', type: 'none', source: '/etc/resolv.conf', options: ['rbind', 'ro'] },
    { destination: '/a', type: 'none', source: 'volumes/1', options: ['rbind', 'rw', 'nosuid', 'nodev'] },
    { destination: '/a/b', type: 'none', source: 'volumes/0', options: ['rbind', 'rw', 'nosuid', 'nodev'] },
  ])
  assert.deepEqual(namespaces(rootless), ['ipc', 'mount', 'pid', 'user', 'uts'])
  const { linux, process } = root as unknown as {
    readonly linux: Record<string, unknown>
    readonly process: Record<string, unknown>
  }
  const masked = 'acpi asound kcore keys latency_stats timer_list timer_stats sched_debug'.split(' ').map(name => `/proc/${name}`)
  assert.deepEqual(linux['maskedPaths'], [...masked, '/sys/firmware', '/proc/scsi'])
  assert.deepEqual(linux['readonlyPaths'], ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'])
  const all = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE']
  assert.deepEqual(process['capabilities'], { bounding: all, effective: all, permitted: all })
  assert.deepEqual(process['rlimits'], [{ type: 'RLIMIT_NOFILE', hard: 1024, soft: 1024 }])
  assert.deepEqual([process['noNewPrivileges'], process['terminal']], [true, false])
})
