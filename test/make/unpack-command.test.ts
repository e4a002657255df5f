import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { hasPeer, peerTest, run } from '../kit/peer.ts'
import { peel } from '../kit/program/peel-command.ts'
import { runtimeProblems } from '../kit/spec/runtime-schema.ts'
import { listDirectory } from '../kit/tree/directory-listing.ts'

const image = imageFixture(
  [
    layerFixture({
      'bin/': { mode: 0o755 },
      'bin/tool': { content: 'tool', mode: 0o4755 },
      'bin/link': { flag: '1', link: 'bin/tool', mode: 0o4755 },
      'etc/': { mode: 0o755 },
      'etc/passwd': 'app:x:1000:1000::/home/app:/bin/sh\n',
      'etc/group': 'extra:x:2000:app\n',
      'data/': { mode: 0o700, uid: 1000, gid: 1000 },
      'data/seed': { content: 'seed', uid: 1000, gid: 1000, pax: { mtime: '1700000000.123456789' } },
      sh: { flag: '2', link: 'bin/tool' },
    }),
    layerFixture({ 'etc/.wh.gone': '', 'etc/more': 'more' }),
  ],
  { config: { config: { User: 'app', Cmd: ['/bin/tool'], Volumes: { '/data': {} } } } },
)

function layout(directory: string): string {
  writeLayout(join(directory, 'in'), { '1': image })
  return directory
}

test('a bundle has the image’s tree, its config and its volumes with what was in them', async context => {
  const at = { cwd: layout(scratch(context)) }
  const { status, stderr } = await peel(['unpack', 'oci:in:1', 'bundle'], at)
  assert.equal(status, 0, stderr)
  const config: unknown = JSON.parse(readFileSync(join(at.cwd, 'bundle/config.json'), 'utf8'))
  assert.deepEqual(runtimeProblems(config), [])
  assert.deepEqual((config as { process: { user: object } }).process.user, { uid: 1000, gid: 1000, additionalGids: [2000] })
  assert.equal(readFileSync(join(at.cwd, 'bundle/volumes/0/seed'), 'utf8'), 'seed')
  assert.equal(readFileSync(join(at.cwd, 'bundle/rootfs/etc/more'), 'utf8'), 'more')
  const again = await peel(['unpack', 'oci:in:1', 'bundle'], at)
  assert.equal(again.status, 3)
  assert.match(again.stderr, /already there/)
})

test('an unknown user is an error that leaves no bundle', async context => {
  const directory = scratch(context)
  writeLayout(join(directory, 'in'), {
    '1': imageFixture([layerFixture({ a: 'a' })], { config: { config: { User: 'nobody' } } }),
  })
  const { status, stderr } = await peel(['unpack', 'oci:in:1', 'bundle'], { cwd: directory })
  assert.equal(status, 3)
  assert.match(stderr, /passwd has no user "nobody"/)
  assert.equal(existsSync(join(directory, 'bundle')), false)
})

/** Kills the program at the moment when it would give what it has made its final name. */
const KILLED_AT_RENAME = `import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
fs.renameSync = () => process.kill(process.pid, 'SIGKILL')
syncBuiltinESMExports()`

test('a killed run leaves a directory beside the bundle, which the next run there removes with the files that it gave away', async context => {
  const at = { cwd: layout(scratch(context)) }
  const place = join(at.cwd, 'place')
  mkdirSync(place)
  const env = { NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(KILLED_AT_RENAME)}` }
  assert.equal((await peel(['unpack', 'oci:in:1', 'place/bundle'], { ...at, env })).status, null)
  const [left = '', ...more] = readdirSync(place)
  assert.match(left, /^\.peel-/)
  assert.deepEqual(more, [])
  assert.equal(readFileSync(join(place, left, 'tree/rootfs/data/seed'), 'utf8'), 'seed')
  mkdirSync(join(place, '.peel-mine'))
  const { status, stderr } = await peel(['unpack', 'oci:in:1', 'place/bundle'], at)
  assert.equal(status, 0, stderr)
  assert.deepEqual(readdirSync(place).toSorted(), ['.peel-mine', 'bundle'])
  assert.equal(statSync(join(place, 'bundle')).mode & 0o777, 0o700, 'programs with set-id bits lie there')
})

for (const rootless of [[], ['--rootless']]) {
  test(`what changed in a bundle is one more layer, and unpacks to the bundle ${rootless.join('')}`, async context => {
    const at = { cwd: layout(scratch(context)) }
    await peel(['unpack', 'oci:in:1', 'bundle', ...rootless], at)
    const nothing = await peel(['unpack', 'oci:in:1', 'bundle', '--repack', 'oci:none:1'], at)
    assert.match(nothing.stderr, /Nothing to repack/, nothing.stdout)
    const root = join(at.cwd, 'bundle/rootfs')
    writeFileSync(join(root, 'etc/new'), 'new')
    writeFileSync(join(root, 'etc/more'), 'MORE')
    rmSync(join(root, 'bin'), { recursive: true })
    symlinkSync('usr/bin', join(root, 'bin'))
    chmodSync(join(root, 'etc/passwd'), 0o600)
    // A directory that a runtime makes to mount on is no part of it.
    mkdirSync(join(root, 'proc'))
    const { stdout, status, stderr } = await peel(['unpack', 'oci:in:1', 'bundle', '--repack', 'oci:out:1', '--json'], at)
    assert.equal(status, 0, stderr)
    const { layers } = JSON.parse(stdout) as { layers: { action: string }[] }
    assert.deepEqual(
      layers.map(({ action }) => action),
      ['kept', 'kept', 'written'],
    )
    const { stdout: entries } = await peel(['ls', 'oci:out:1', '--layer', '3', '--json'], at)
    const paths = entries
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { path: string; type: string }).path)
    assert.deepEqual(paths, ['bin', 'etc', 'etc/more', 'etc/new', 'etc/passwd'])
    const { stdout: owner } = await peel(['ls', 'oci:out:1', 'data/seed', '--json'], at)
    assert.deepEqual((JSON.parse(owner) as { uid: number; mtime: string }).uid, 1000)
    assert.equal((JSON.parse(owner) as { mtime: string }).mtime, '2023-11-14T22:13:20.123456789Z')
    assert.equal((await peel(['verify', 'oci:out:1'], at)).status, 0)
    const wrong = await peel(['unpack', 'oci:out:1', 'bundle', '--repack', 'oci:out:2'], at)
    assert.equal(wrong.status, 3)
  })
}

test('a directory that no layer lists and a fifo that was never made are no changes of a bundle, whatever time it was unpacked at', async context => {
  const at = { cwd: scratch(context) }
  writeLayout(join(at.cwd, 'in'), { '1': imageFixture([layerFixture({ 'usr/share/doc/a': 'a', 'run/fifo': { flag: '6' } })]) })
  assert.equal((await peel(['unpack', 'oci:in:1', 'bundle', '--rootless'], at)).status, 0)
  const { status, stderr } = await peel(['unpack', 'oci:in:1', 'bundle', '--repack', 'oci:out:1'], at)
  assert.equal(status, 0, stderr)
  assert.match(stderr, /changes nothing/)
})

test('repacking needs a bundle', async context => {
  const at = { cwd: layout(scratch(context)) }
  const { status, stderr } = await peel(['unpack', 'oci:in:1', 'nowhere', '--repack', 'oci:out:1'], at)
  assert.equal(status, 3)
  assert.match(stderr, /it has no rootfs/)
  assert.equal((await peel(['unpack', 'oci:in:1', 'x', '--force'], at)).status, 2)
})

peerTest(
  'the tree is umoci’s, and what it says of the process too',
  ['umoci', 'getfattr'],
  async context => {
    const at = { cwd: layout(scratch(context)) }
    await peel(['unpack', 'oci:in:1', 'ours'], at)
    run('umoci', ['unpack', '--image', 'in:1', 'theirs'], at)
    // Node gives times to a quarter of a microsecond.
    const lines = (name: string) =>
      listDirectory(join(at.cwd, name, 'rootfs')).map(node => ({ ...node, mtime_ns: BigInt(node.mtime_ns ?? 0) / 1000n }))
    assert.deepEqual(lines('ours'), lines('theirs'))
    const process = (name: string) =>
      (JSON.parse(readFileSync(join(at.cwd, name, 'config.json'), 'utf8')) as { process: object }).process
    const [ours, theirs] = [process('ours'), process('theirs')] as { args: unknown; cwd: unknown; user: unknown }[]
    assert.deepEqual([ours?.args, ours?.cwd, ours?.user], [theirs?.args, theirs?.cwd, theirs?.user])
  },
  { root: true },
)

peerTest(
  'runc runs a bundle as the image says',
  ['runc', 'busybox'],
  async context => {
    const directory = scratch(context)
    mkdirSync(join(directory, 'app/bin'), { recursive: true })
    const busybox = run('sh', ['-c', 'command -v busybox']).toString().trim()
    run('cp', ['-L', busybox, join(directory, 'app/bin/busybox')])
    symlinkSync('busybox', join(directory, 'app/bin/sh'))
    mkdirSync(join(directory, 'app/etc'))
    writeFileSync(join(directory, 'app/etc/passwd'), 'app:x:1000:1000::/home/app:/bin/sh\n')
    writeFileSync(join(directory, 'app/etc/group'), 'extra:x:2000:app\n')
    const at = { cwd: directory }
    const command = 'cmd=["/bin/sh","-c","/bin/busybox id -u; /bin/busybox id -G; /bin/busybox pwd; echo $GREETING"]'
    const settings = ['--set', 'user=app', '--set', command, '--set', 'workdir=/etc', '--set', 'env.GREETING=hello']
    await peel(['build', 'oci:out:1', '--add', 'app:/', ...settings], at)
    await peel(['unpack', 'oci:out:1', 'bundle'], at)
    const name = `peel-test-${process.pid}`
    const output = run('runc', ['--root', join(directory, 'state'), 'run', '-b', 'bundle', name], at).toString()
    assert.equal(output, '1000\n1000 2000\n/etc\nhello\n')
    assert.ok(hasPeer('runc'))
  },
  { root: true },
)
