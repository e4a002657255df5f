import assert from 'node:assert/strict'
import { type ChildProcess, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { imageFixture, layerFixture, writeLayout } from '../kit/image/image-fixture.ts'
import { buildOnce, peel } from '../kit/program/peel-command.ts'

const directory = mkdtempSync(join(tmpdir(), 'peel-endings-'))
const env = { XDG_CACHE_HOME: join(directory, 'cache') }
after(() => rmSync(directory, { recursive: true, force: true }))

const program = fileURLToPath(new URL('../../bin/peel.js', import.meta.url))
const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`directory/file-${index}`, `${index}`]))
const layout = writeLayout(join(directory, 'layout'), { t: imageFixture([layerFixture(many)]) })

/** Runs peel in a shell, `$@` being node and the program, so that its output can be sent anywhere. */
function inShell(line: string) {
  buildOnce()
  return spawnSync('bash', ['-c', line, 'bash', process.execPath, program], { encoding: 'utf8', env: { ...process.env, ...env } })
}

describe('how commands end', () => {
  test('a pipe that closes early ends a long listing quietly', () => {
    const { stdout, stderr } = inShell(`"$@" ls "${layout}" --json | head -1; echo "\${PIPESTATUS[0]}"`)
    assert.match(stdout, /^\{"path":"directory",.*\n0\n$/)
    assert.equal(stderr, '')
  })

  test('a full disk under standard output is one sentence and status 3', t => {
    if (!existsSync('/dev/full')) return t.skip('there is no /dev/full')
    const { stdout, stderr } = inShell(`"$@" ls "${layout}" > /dev/full; echo $?`)
    assert.equal(stdout, '3\n')
    assert.equal(stderr, 'peel: Cannot finish: no space is left on the device\n')
    for (const args of ['--help', 'ls --help', '--version'])
      assert.equal(inShell(`"$@" ${args} > /dev/full; echo $?`).stdout, '3\n')
  })

  test('standard error that is closed, full or no longer read does not matter', () => {
    assert.equal(inShell(`"$@" ls "${layout}" nothing 2>&-; echo $?`).stdout, '3\n')
    const odd = { blob: Buffer.concat([gzipSync(layerFixture({ a: 'a' }).tar), Buffer.from('garbage')]) }
    const warning = writeLayout(join(directory, 'warning'), { t: imageFixture([layerFixture({ a: 'a' }, odd)]) })
    if (existsSync('/dev/full')) assert.equal(inShell(`"$@" ls "${warning}" 2>/dev/full; echo $?`).stdout, 'a\n0\n')
    const target = join(directory, 'target')
    inShell(`{ "$@" extract "${warning}" a "${target}"; } 2>&1 >/dev/null | true`)
    assert.ok(existsSync(target))
  })

  test('a signal while a layer is read ends with 130, or 143, and one word', async t => {
    if (!existsSync('/proc/self/fd')) return t.skip('there is no /proc to see when the layer is open')
    const image = imageFixture([layerFixture({ zeros: '\0'.repeat(400_000_000) })])
    const large = writeLayout(join(directory, 'large'), { t: image })
    const blob = image.layers[0]?.digest.split(':')[1] ?? ''
    for (const [signal, status] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const started = (child: ChildProcess) => void whenOpen(child, blob).then(() => child.kill(signal))
      const result = await peel(['ls', large, '--no-cache'], { env, started })
      assert.equal(result.status, status)
      assert.equal(result.stderr, 'peel: Interrupted.\n')
      assert.equal(result.stdout, '')
    }
  })
})

/** Waits until the process has a file of this name open. */
async function whenOpen(child: ChildProcess, name: string): Promise<void> {
  const fds = `/proc/${child.pid}/fd`
  const isOpen = () => {
    try {
      return readdirSync(fds).some(fd => readlinkSync(`${fds}/${fd}`).endsWith(name))
    } catch {
      return false
    }
  }
  while (child.exitCode === null && !isOpen()) await setTimeout(5)
}

describe('peel cache', () => {
  test('says how much it holds and empties it', async () => {
    await peel(['ls', layout], { env })
    const size = JSON.parse((await peel(['cache', 'size', '--json'], { env })).stdout)
    assert.equal(size.directory, join(env.XDG_CACHE_HOME, 'peel'))
    assert.ok(size.bytes > 0 && size.files > 0)
    assert.equal((await peel(['cache', 'clear'], { env })).status, 0)
    assert.deepEqual(readdirSync(size.directory), ['CACHEDIR.TAG'])
    assert.match((await peel(['cache', 'size'], { env })).stdout, /^0 B in 0 files in /)
    assert.equal((await peel(['cache', 'burn'], { env })).status, 2)
  })

  test('--no-cache leaves none', async () => {
    await peel(['ls', layout, '--no-cache'], { env })
    assert.match((await peel(['cache', 'size'], { env })).stdout, /^0 B in 0 files in /)
  })
})

describe('peel history', () => {
  test('--json has every step beside the layer it made', async () => {
    const { history } = JSON.parse((await peel(['history', 'demo:', '--json'], { env })).stdout)
    assert.equal(history.length, 13)
    assert.deepEqual(
      history
        .filter(({ position }: { position: number | null }) => position !== null)
        .map(({ position }: { position: number }) => position),
      [0, 1, 2, 3, 4, 5, 6, 7],
    )
    assert.deepEqual(
      history.slice(0, 2).map(({ createdBy, emptyLayer }: Record<string, unknown>) => [createdBy, emptyLayer]),
      [
        ['ADD rootfs.tar / # buildkit', false],
        ['CMD ["sh"]', true],
      ],
    )
    assert.equal((await peel(['history', 'demo:', '--json', '--dockerfile'], { env })).status, 2)
  })
})
