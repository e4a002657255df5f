import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { withoutPasswords } from '../../src/cli/run/report.ts'
import { peel } from '../kit/program/peel-command.ts'

describe('a password that was typed as a part of a name is not repeated', () => {
  const typed = [
    'u:hunter2@127.0.0.1:1/a:1',
    'https://u:hunter2@127.0.0.1:1/a',
    'oci://u:hunter2@h/a',
    'u:hunter2@example.invalid',
  ]
  for (const name of typed)
    test(name, async () => {
      for (const args of [
        ['inspect', name, '--json'],
        ['copy', 'demo:', name, '--json'],
        ['squash', 'demo:', name],
      ]) {
        const { status, stdout, stderr } = await peel(args)
        assert.ok(status === 2 || status === 3, `${args[0]}: ${status}`)
        assert.ok(!(stdout + stderr).includes('hunter2'), stderr)
      }
    })

  test('an engine’s address', async () => {
    const env = { DOCKER_HOST: 'tcp://u:hunter2@127.0.0.1:1' }
    const { stderr } = await peel(['inspect', 'docker-daemon:a:1'], { env })
    assert.match(stderr, /^peel: Cannot reach a container engine: tcp:\/\/u:\*\*\*@127\.0\.0\.1:1 /)
  })

  test('nothing else is taken for one', () => {
    const plain = [
      `Cannot read ghcr.io/o/app:1@sha256:${'0'.repeat(64)}: it is gone`,
      'Cannot read "oci:dir@0": there is none',
      'Cannot read "app:1@2"',
      'oci:dir@1.2/x: no such layout',
      'me@example.org: no such user; at 10:30 ask me@example.org',
    ]
    for (const text of plain) assert.equal(withoutPasswords(text), text)
    const long = '('.repeat(200_000)
    assert.equal(withoutPasswords(long), long)
  })
})
