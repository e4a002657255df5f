import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { peel } from '../kit/program/peel-command.ts'

describe('the frame of the command line', () => {
  test('--version and --help answer on standard output with status 0', async () => {
    const version = await peel(['--version'])
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/)
    assert.equal(version.status, 0)
    const help = await peel(['--help'])
    assert.match(help.stdout, /^Usage: peel/)
    assert.match(help.stdout, /completion/)
    assert.equal(help.status, 0)
  })

  test('a subcommand explains itself, common options included', async () => {
    for (const args of [
      ['completion', '--help'],
      ['help', 'completion'],
    ]) {
      const { stdout, status } = await peel(args)
      assert.match(stdout, /^Usage: peel completion .*<shell>/)
      assert.match(stdout, /--semantics/)
      assert.equal(status, 0)
    }
    const topic = await peel(['help', 'guesses'])
    assert.doesNotMatch(topic.stdout, /^Usage/)
    assert.equal(topic.status, 0)
  })

  test('wrong usage is status 2, said in two lines on standard error', async () => {
    const { status, stdout, stderr } = await peel(['--fro'])
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.match(
      stderr,
      /^peel: Cannot understand the command line: unknown option '--fro'\nRun "peel --help" for what it takes\.\n$/,
    )
    const near = await peel(['squash', '--frm'])
    assert.match(near.stderr, /\nRun "peel squash --help" for what it takes\. Did you mean --format\?\n$/)
  })

  test('with --json an error is an object on standard output too', async () => {
    const { status, stdout } = await peel(['completion', '--json'])
    assert.equal(status, 2)
    const { error } = JSON.parse(stdout)
    assert.equal(error.code, 'USAGE')
    assert.match(error.message, /^Cannot /)
    assert.match(error.hint, /peel completion --help/)
  })

  test('wrong usage of a command names the help of that command, a look at an index the command that has it', async () => {
    for (const [args, hint] of [
      [['ls', '--bogus', 'x'], /Run "peel ls --help"/],
      [['copy', 'x'], /Run "peel copy --help"/],
      [['flatten', 'x', 'y', '--layers'], /Run "peel squash --help"/],
      [['index', 'list'], /peel inspect INDEX shows what an index lists/],
      [['index', 'create'], /peel index create oci:DIR:TAG/],
    ] as const) {
      const { status, stderr } = await peel(args)
      assert.equal(status, 2)
      assert.match(stderr, hint)
    }
  })

  test('common options are taken before and after the subcommand', async () => {
    assert.equal((await peel(['--quiet', 'completion', 'bash'])).status, 0)
    assert.equal((await peel(['completion', 'bash', '--quiet'])).status, 0)
    assert.equal((await peel(['completion', 'bash', '--semantics', 'neither'])).status, 2)
  })

  test('completion scripts are accepted by their shells and know every command', async t => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const { stdout, status } = await peel(['completion', shell])
      assert.equal(status, 0)
      assert.match(stdout, /completion/)
      const checked = spawnSync(shell, ['-n'], { input: stdout, encoding: 'utf8' })
      if (checked.error !== undefined) t.diagnostic(`${shell} is not installed`)
      else assert.equal(checked.status, 0, checked.stderr)
    }
  })

  test('an older Node gets one clear sentence', t => {
    const old = '/usr/bin/node'
    const { stdout } = spawnSync(old, ['--version'], { encoding: 'utf8' })
    const [major = 99] = (stdout ?? '').slice(1).split('.').map(Number)
    if (major >= 22) return t.skip('the system has no older Node')
    const program = fileURLToPath(new URL('../../bin/peel.js', import.meta.url))
    const { status, stderr, stdout: said } = spawnSync(old, [program], { encoding: 'utf8' })
    assert.equal(status, 3)
    assert.equal(said, '')
    assert.match(stderr, /^peel: Cannot start: Node [\d.]+ is too old, 22\.19 or newer is needed\.\n/)
    const json = spawnSync(old, [program, 'ls', 'image', '--json'], { encoding: 'utf8' })
    assert.equal(json.status, 3)
    assert.equal(JSON.parse(json.stdout).error.code, 'NODE_TOO_OLD')
  })
})
