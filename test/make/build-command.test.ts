import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { layerFixture } from '../kit/image/image-fixture.ts'
import { scratch } from '../kit/image/local-image.ts'
import { peerTest, run } from '../kit/peer.ts'
import { buildOnce, type PeelOptions, peel } from '../kit/program/peel-command.ts'

/** The same small program, its files made in the order given. */
function program(directory: string, order: readonly string[] = ['bin/tool', 'etc/conf', 'lib/a.so']): string {
  for (const name of order) {
    mkdirSync(join(directory, name, '..'), { recursive: true })
    writeFileSync(join(directory, name), `${name}\n`)
    chmodSync(join(directory, name), name.startsWith('bin') ? 0o755 : 0o644)
    utimesSync(join(directory, name), 1_700_000_000.5, 1_700_000_000.5)
  }
  for (const each of ['', 'bin', 'etc', 'lib']) chmodSync(join(directory, each), 0o755)
  linkSync(join(directory, 'bin/tool'), join(directory, 'bin/tool2'))
  symlinkSync('a.so', join(directory, 'lib/b.so'))
  return directory
}

async function digestOf(args: readonly string[], options: PeelOptions = {}): Promise<string> {
  const { stdout, stderr, status } = await peel(['build', ...args, '--json'], options)
  assert.equal(status, 0, stderr)
  return (JSON.parse(stdout) as { result: { digest: string } }).result.digest
}

test('the same files give the same digest under any umask, time zone, order and file system', async context => {
  const one = program(join(scratch(context), 'app'))
  const memory = existsSync('/dev/shm') ? mkdtempSync('/dev/shm/peel-test-') : scratch(context)
  context.after(() => rmSync(memory, { recursive: true, force: true }))
  const other = program(join(memory, 'app'), ['lib/a.so', 'etc/conf', 'bin/tool'])
  const first = await digestOf(['--dry-run', '--add', `${one}:/srv`], { env: { TZ: 'Asia/Tokyo' } })
  assert.equal(await digestOf(['--dry-run', '--add', `${other}:/srv`], { env: { TZ: 'America/Lima', LC_ALL: 'C' } }), first)
  buildOnce()
  const script = `umask 0077; exec "$0" bin/peel.js build --dry-run --add "$1:/srv" --json`
  const { stdout } = spawnSync('sh', ['-c', script, process.execPath, other], { encoding: 'utf8' })
  assert.equal((JSON.parse(stdout) as { result: { digest: string } }).result.digest, first)
  const dated = { env: { SOURCE_DATE_EPOCH: '1600000000' } }
  const second = await digestOf(['--dry-run', '--add', `${one}:/srv`], dated)
  assert.notEqual(second, first)
  assert.equal(await digestOf(['--dry-run', '--add', `${other}:/srv`], dated), second)
})

test('an image on nothing has the files as they were, owned by root, with times of whole seconds', async context => {
  const directory = scratch(context)
  program(join(directory, 'app'))
  await digestOf(['oci:out:1', '--add', 'app:/srv', '--set', 'cmd=["/srv/bin/tool"]', '--platform', 'linux/arm64'], {
    cwd: directory,
  })
  const { stdout } = await peel(['ls', 'oci:out:1', '--json'], { cwd: directory })
  const files = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    files.map(({ path }) => path),
    ['srv', 'srv/bin', 'srv/bin/tool', 'srv/bin/tool2', 'srv/etc', 'srv/etc/conf', 'srv/lib', 'srv/lib/a.so', 'srv/lib/b.so'],
  )
  assert.ok(files.every(({ uid, gid, mtime }) => uid === 0 && gid === 0 && mtime === '2023-11-14T22:13:20Z'))
  const { stdout: told } = await peel(['inspect', 'oci:out:1', '--json', '--platform', 'linux/arm64'], { cwd: directory })
  const { config, platform } = JSON.parse(told) as { config: Record<string, unknown>; platform: string }
  assert.equal(platform, 'linux/arm64')
  assert.equal('created' in config, false)
  assert.deepEqual(config['history'], [{ created_by: 'peel build --add app:/srv' }])
})

test('on a base only what differs is written, and the base stays byte for byte', async context => {
  const directory = scratch(context)
  program(join(directory, 'app'))
  const at = { cwd: directory }
  await digestOf(['oci:out:1', '--add', 'app:/srv'], at)
  writeFileSync(join(directory, 'app/etc/conf'), 'changed\n')
  const { stdout } = await peel(['build', 'oci:out:2', '--from', 'oci:out:1', '--add', 'app:/srv', '--json'], at)
  const { changes, layers } = JSON.parse(stdout) as { changes: object; layers: { action: string }[] }
  assert.deepEqual(changes, { added: 0, modified: 1, removed: 0, unchanged: 7 })
  assert.deepEqual(
    layers.map(({ action }) => action),
    ['kept', 'written'],
  )
  const { stdout: entries } = await peel(['ls', 'oci:out:2', '--layer', '2'], at)
  assert.deepEqual(
    entries
      .trim()
      .split('\n')
      .map(line => line.trim().split(/\s+/).at(-1)),
    ['srv', 'srv/etc', 'srv/etc/conf'],
  )
  const same = await peel(['build', 'oci:out:3', '--from', 'oci:out:2', '--add', 'app:/srv'], at)
  assert.equal(same.status, 0)
  assert.match(same.stderr, /Nothing to build/)
  assert.match(same.stderr, /--add app:\/srv changes nothing/)
})

test('an ignore file, exclude, chown, chmod and deletions act as they are typed', async context => {
  const directory = scratch(context)
  program(join(directory, 'app'))
  writeFileSync(join(directory, '.dockerignore'), '# not these\n**/*.so\n!lib/a.so\netc\n')
  const at = { cwd: directory }
  const add = 'app:/srv/,chown=1000:50,chmod=0700,exclude=bin/tool2'
  await digestOf(['oci:out:1', '--add', add, '--ignore-file', '.dockerignore', '--layer', 'dir=app', '--delete', '/etc'], at)
  const { stdout } = await peel(['ls', 'oci:out:1', '--json'], at)
  const files = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  const srv = files.filter(({ path }) => String(path).startsWith('srv'))
  assert.deepEqual(
    srv.map(({ path }) => path),
    ['srv', 'srv/bin', 'srv/bin/tool', 'srv/lib', 'srv/lib/a.so'],
  )
  assert.ok(srv.every(({ uid, gid, mode }) => uid === 1000 && gid === 50 && mode === '0700'))
  assert.deepEqual(
    files.filter(({ path }) => !String(path).startsWith('srv')).map(({ path }) => path),
    ['bin', 'bin/tool', 'bin/tool2', 'lib', 'lib/a.so'],
  )
})

test('a tar is a layer as it is: compressed it keeps its blob, plain its DiffID', async context => {
  const directory = scratch(context)
  const { tar } = layerFixture({ 'a/b': 'b', 'a/.wh.c': '', './x': 'x' })
  const packed = gzipSync(tar, { level: 9 })
  writeFileSync(join(directory, 'a.tar'), tar)
  writeFileSync(join(directory, 'a.tgz'), packed)
  writeFileSync(join(directory, 'broken.tar'), tar.subarray(0, 1124))
  writeFileSync(join(directory, 'broken.tgz'), packed.subarray(0, packed.length / 2))
  writeFileSync(join(directory, 'no.tar'), 'this is no archive at all, whatever it is called'.repeat(40))
  const at = { cwd: directory }
  const { stdout } = await peel(['build', 'oci:out:1', '--layer', 'tar=a.tar', '--layer', 'tar=a.tgz', '--json'], at)
  const { layers } = JSON.parse(stdout) as { layers: { digest: string; size: number }[] }
  assert.deepEqual(readFileSync(join(directory, `out/blobs/sha256/${layers[1]?.digest.slice(7)}`)), packed)
  const { stdout: told } = await peel(['inspect', 'oci:out:1', '--layers', '--json'], at)
  const known = (JSON.parse(told) as { layers: { diffId: string; tarSize: number }[] }).layers
  assert.deepEqual(known[0]?.diffId, known[1]?.diffId)
  assert.equal(known[0]?.tarSize, tar.length)
  assert.equal((await peel(['verify', 'oci:out:1'], at)).status, 0)
  for (const wrong of ['broken.tar', 'broken.tgz', 'no.tar', 'missing.tar']) {
    const { status, stderr } = await peel(['build', 'oci:wrong:1', '--layer', `tar=${wrong}`], at)
    assert.equal(status, 3, wrong)
    assert.match(stderr, /^peel: Cannot /)
    assert.equal(existsSync(join(directory, 'wrong')), false)
  }
})

test('wrong usage is status 2, a source that cannot be read status 3, and nothing is written', async context => {
  const at = { cwd: scratch(context) }
  for (const args of [
    [],
    ['oci:o:1'],
    ['oci:o:1', '--add', 'x,chown=me'],
    ['oci:o:1', '--layer', 'zip=x'],
    ['oci:o:1', '--add', '.', '--owner', 'x'],
  ]) {
    assert.equal((await peel(['build', ...args], at)).status, 2, args.join(' '))
  }
  const { status, stderr } = await peel(['build', 'oci:o:1', '--add', 'missing:/x'], at)
  assert.equal(status, 3)
  assert.match(stderr, /^peel: Cannot read "missing": there is no such file/)
  assert.equal(existsSync(join(at.cwd, 'o')), false)
})

test('--explain shows every document with its digest', async context => {
  const directory = scratch(context)
  program(join(directory, 'app'))
  const { stdout } = await peel(['build', 'oci:out:1', '--add', 'app:/srv', '--explain'], { cwd: directory })
  const index = JSON.parse(readFileSync(join(directory, 'out/index.json'), 'utf8')) as { manifests: { digest: string }[] }
  const [root] = index.manifests
  const manifest = JSON.parse(readFileSync(join(directory, `out/blobs/sha256/${root?.digest.slice(7)}`), 'utf8')) as {
    config: { digest: string }
    layers: { digest: string }[]
  }
  for (const digest of [root?.digest, manifest.config.digest, manifest.layers[0]?.digest])
    assert.ok(stdout.includes(String(digest)))
  assert.match(stdout, /its sha256 is the image ID/)
})

peerTest('umoci, skopeo and buildah take what is built', ['umoci', 'skopeo', 'buildah'], async context => {
  const directory = scratch(context)
  program(join(directory, 'app'))
  const at = { cwd: directory }
  await digestOf(['oci:out:1', '--add', 'app:/srv', '--layer', 'dir=app', '--delete', '/etc', '--compress', 'gzip:6'], at)
  run('skopeo', ['copy', '-q', 'oci:out:1', 'docker-archive:out.tar:out:1'], at)
  run('umoci', ['raw', 'unpack', '--rootless', '--image', 'out:1', 'root'], at)
  assert.equal(readFileSync(join(directory, 'root/srv/bin/tool2'), 'utf8'), 'bin/tool\n')
  assert.equal(existsSync(join(directory, 'root/etc')), false)
  const storage = ['--storage-driver', 'vfs', '--root', join(directory, 'storage'), '--runroot', join(directory, 'run')]
  const id = run('buildah', [...storage, 'pull', '-q', 'oci:out:1'], at)
    .toString()
    .trim()
  assert.match(id, /^[0-9a-f]{64}$/)
})

test('a name that has the very same image is done; one that has another is refused without --force', async context => {
  const directory = scratch(context)
  program(join(directory, 'app'))
  const at = { cwd: directory }
  const first = await digestOf(['oci:out:1', '--add', 'app:/srv'], at)
  assert.equal(await digestOf(['oci:out:1', '--add', 'app:/srv'], at), first)
  const { status, stderr } = await peel(['build', 'oci:out:1', '--add', 'app:/other'], at)
  assert.equal(status, 3)
  assert.match(stderr, /^peel: Cannot write/)
  assert.notEqual(await digestOf(['oci:out:1', '--add', 'app:/other', '--force'], at), first)
})
