import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import manifest from '../../package.json' with { type: 'json' }
import { peerTest, run } from '../kit/peer.ts'
import { KEY, PtySession } from '../kit/program/pty.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const node = process.execPath
const scratch = mkdtempSync(join(tmpdir(), 'peel-release-'))
const output = join(scratch, 'out')
const executable = join(output, 'peel-linux-x64')
const tarball = join(output, `peel-${manifest.version}.tgz`)
const canRelease = process.platform === 'linux' && process.arch === 'x64'
const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')
/** A program with a home of its own, as a new user has it. */
const alone = (name: string) => {
  const home = join(scratch, name)
  mkdirSync(home, { recursive: true })
  return { ...process.env, HOME: home, XDG_CACHE_HOME: join(home, 'cache') }
}

describe('a release', { skip: canRelease ? false : 'made on linux-x64' }, () => {
  before(() => run(node, ['bin/release/release.js', '--output', output, '--architectures', 'x64'], { cwd: root }))
  after(() => rmSync(scratch, { recursive: true, force: true }))

  test('is verified by its own digests, and says which file was changed', () => {
    const verify = ['bin/release/release.js', '--output', output, '--architectures', 'x64', '--verify']
    assert.match(run(node, verify, { cwd: root }).toString(), /^verified/m)
    const changed = join(scratch, 'changed')
    cpSync(output, changed, { recursive: true })
    appendFileSync(join(changed, 'peel.cdx.json'), ' ')
    assert.throws(
      () => run(node, ['bin/release/release.js', '--output', changed, '--verify'], { cwd: root }),
      /peel\.cdx\.json has another digest/,
    )
  })

  test('is the same when it is made again: the executable here, all of it in the soak', () => {
    const again = join(scratch, 'again')
    const whole = process.env['PEEL_SOAK'] !== undefined
    const made = whole ? ['release.js', '--output', again, '--architectures', 'x64'] : ['executable.js', again, 'x64']
    run(node, [`bin/release/${made[0]}`, ...made.slice(1)], { cwd: root })
    const names = readdirSync(again)
    assert.ok(names.includes('peel-linux-x64'))
    for (const name of names) assert.equal(digest(join(again, name)), digest(join(output, name)), name)
  })

  test('has a package of nothing but what runs', () => {
    const names = run('tar', ['-tzf', tarball]).toString().trim().split('\n')
    assert.deepEqual(
      names.filter(
        name =>
          !/^package\/(?:dist\/[\w.-]+\.(?:c?js|txt)|bin\/[\w-]+\.c?js|docs\/(?:peel\.1|schemas\/[\w-]+\.json)|[A-Z]+(?:\.md)?|package\.json)$/.test(
            name,
          ),
      ),
      [],
    )
    const packed = JSON.parse(run('tar', ['-xzOf', tarball, 'package/package.json']).toString()) as object
    assert.deepEqual(
      Object.keys(packed).filter(key => /dependencies|scripts/i.test(key)),
      [],
    )
  })

  test('has a package that is installed without a network and runs on the oldest, the present and the newest Node', async () => {
    const prefix = join(scratch, 'installed')
    const said = run('npm', ['install', '--offline', '--prefix', prefix, '--global', '--loglevel', 'warn', tarball], {
      env: alone('npm'),
    })
    assert.doesNotMatch(said.toString(), /warn/i)
    const installed = join(prefix, 'lib/node_modules')
    assert.deepEqual(readdirSync(installed), ['peel'])
    assert.ok(existsSync(join(prefix, 'share/man/man1/peel.1')), 'man peel')
    for (const version of ['22.19.0', process.versions.node, '26.12.1']) {
      const program = run(node, ['bin/release/node-executable.js', version, 'x64'], { cwd: root }).toString().trim()
      const env = alone(version)
      const peel = (...args: string[]) =>
        run(program, [join(installed, 'peel/bin/peel.js'), ...args], { env, cwd: scratch }).toString()
      assert.equal(peel('--version'), `${manifest.version}\n`)
      assert.match(peel('waste', 'demo:'), /hidden/)
      // Compiled code is kept where `peel cache` counts it, and goes with it.
      const kept = readdirSync(join(env.XDG_CACHE_HOME, 'peel/code'), { recursive: true })
      assert.ok(kept.length >= 4, kept.join(' '))
      peel('cache', 'clear')
      assert.equal(readdirSync(join(env.XDG_CACHE_HOME, 'peel')).includes('code'), false)
      peel('copy', 'demo:', `oci:served-${version}`)
      const inTerminal = async (args: readonly string[], text: string) => {
        const session = new PtySession(program, [join(installed, 'peel/bin/peel.js'), ...args], { settings: {}, cwd: scratch })
        try {
          await session.until(screen => screen.includes(text), text)
          session.type(KEY.ctrlC)
          await session.ended()
        } finally {
          await session.close()
        }
      }
      await inTerminal(['demo'], 'SECRETS')
      await inTerminal(['serve', `./served-${version}`, '--listen', '127.0.0.1:0'], 'docker pull')
    }
  })

  test('has an executable that opens and squashes in a pseudo-terminal', async () => {
    const session = new PtySession(executable, ['demo'], { settings: {} })
    try {
      await session.until(screen => screen.includes('SECRETS'), 'the story with its secrets')
      session.type('s')
      await session.until(screen => /SQUASH/.test(screen) && / → /.test(screen), 'the plan')
      session.type(KEY.ctrlC)
      assert.equal(await session.ended(), 0)
    } finally {
      await session.close()
    }
  })

  peerTest(
    'has an executable that needs nothing but the libraries it links',
    ['ldd', 'chroot'],
    () => {
      const below = join(scratch, 'root')
      for (const [, library = ''] of run('ldd', [executable])
        .toString()
        .matchAll(/(\/\S+)(?= \(0x)/g)) {
        mkdirSync(dirname(join(below, library)), { recursive: true })
        copyFileSync(library, join(below, library))
      }
      mkdirSync(join(below, 'tmp'))
      copyFileSync(executable, join(below, 'peel'))
      const peel = (...args: string[]) =>
        run('chroot', [below, '/peel', ...args], { env: { HOME: '/', PATH: `${process.env['PATH']}:/usr/sbin` } }).toString()
      peel('squash', 'demo:', 'oci:/image')
      assert.match(peel('verify', 'oci:/image'), /^ok: /)
      assert.match(peel('check', 'demo:', '--fail-on', 'none'), /secret/i)
    },
    { root: true },
  )

  peerTest('has an executable for arm64 that writes the very same image', ['qemu-aarch64-static'], () => {
    run(node, ['bin/release/executable.js', scratch, 'arm64'], { cwd: root })
    const emulated = ['-L', '/usr/aarch64-linux-gnu', join(scratch, 'peel-linux-arm64')]
    const squashed = (program: string, args: readonly string[], name: string) =>
      run(program, [...args, 'squash', 'demo:', `oci:${join(scratch, name)}`, '--json', '--platform', 'linux/amd64'], {
        env: alone(`${name} home`),
      })
    const digestIn = (json: Buffer) => (JSON.parse(json.toString()) as { result: { digest: string } }).result.digest
    assert.equal(digestIn(squashed('qemu-aarch64-static', emulated, 'arm64')), digestIn(squashed(executable, [], 'x64')))
  })

  test('has an image that peel itself finds nothing in', () => {
    const report = JSON.parse(
      run(executable, ['check', join(output, 'peel-image-linux-x64.tar'), '--json'], { env: alone('check') }).toString(),
    ) as {
      passed: boolean
      findings: unknown[]
    }
    assert.deepEqual([report.passed, report.findings], [true, []])
  })

  peerTest('has a Debian package of the executable, its manual page and completions', ['dpkg-deb'], () => {
    const names = run('dpkg-deb', ['--fsys-tarfile', join(output, `peel_${manifest.version}_amd64.deb`)])
    const listed = run('tar', ['-tf', '-'], { input: names }).toString()
    for (const name of [
      './usr/bin/peel',
      './usr/share/man/man1/peel.1.gz',
      './usr/share/doc/peel/copyright',
      './usr/share/bash-completion/completions/peel',
    ]) {
      assert.ok(listed.includes(`${name}\n`), name)
    }
  })
})
